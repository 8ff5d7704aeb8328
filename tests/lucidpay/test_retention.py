"""What was kept long enough is forgotten, in bounded steps, and what must be kept is kept."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings as django_settings
from django.contrib.sessions.models import Session

from access.models import IdempotencyRecord, TokenFamily
from access.services import forget as access_forget
from lucidpay.clock import utc_now
from lucidpay.retention import sweep
from lucidpay.verification.findings import Scope
from lucidpay.verification.run import database_findings
from payouts.history import history_of
from payouts.models import Payout
from tests import builders
from tests.lucidpay.world import World
from tron import forget as tron_forget
from tron.broadcast import broadcast_due
from tron.models import ChainTransaction, NodeAnswer, ScanCursor, ScannedBlock, TxStatus

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
DAY_MS = 86_400_000


def recorded(endpoint: str, *, at: datetime) -> IdempotencyRecord:
    """Return an answer that was stored under a key at that time."""
    record = IdempotencyRecord.objects.create(
        user=builders.user(), endpoint=endpoint, key="k", body_hash="h", status_code=200,
        response="{}",
    )  # fmt: skip
    IdempotencyRecord.objects.filter(pk=record.pk).update(created_at=at)
    return record


def left() -> set[Any]:
    return set(IdempotencyRecord.objects.values_list("pk", flat=True))


def all_steps(step: Callable[..., int], now: datetime) -> list[int]:
    """Take steps to the end, and return how much each did."""
    done = []
    while count := step(now=now):
        done.append(count)
    return done


@pytest.fixture
def forgettable(monkeypatch: pytest.MonkeyPatch) -> None:
    """An endpoint whose answers may be forgotten."""
    monkeypatch.setattr(access_forget, "FORGETTABLE", ("wallets.rename",))


@pytest.mark.contract("C-IDEM-11")
def test_answers_are_kept_for_good_unless_their_endpoint_is_named(forgettable: None) -> None:
    now = utc_now()
    old = now - timedelta(days=9_999)
    known = [*django_settings.RATE_LIMITS, "payments.create", "refunds.create", "not.yet.made"]
    kept = [recorded(name, at=old) for name in known]
    recorded("wallets.rename", at=old)
    assert all_steps(access_forget.idempotency_forget, now) == [1]
    assert left() == {one.pk for one in kept}


def test_nothing_that_the_platform_answers_is_named() -> None:
    for name in django_settings.RATE_LIMITS:
        recorded(name, at=utc_now() - timedelta(days=9_999))
    assert all_steps(access_forget.idempotency_forget, utc_now()) == []


def test_naming_an_endpoint_of_payouts_forgets_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access_forget, "FORGETTABLE", ("payouts.create",))
    recorded("payouts.create", at=utc_now() - timedelta(days=9_999))
    assert all_steps(access_forget.idempotency_forget, utc_now()) == []


@pytest.mark.contract("C-IDEM-11")
def test_forgettable_answers_are_kept_for_their_days(settings: Any, forgettable: None) -> None:
    settings.RETENTION_IDEMPOTENCY_DAYS = 40
    now = utc_now()
    young = recorded("wallets.rename", at=now - 40 * DAY + timedelta(seconds=9))
    recorded("wallets.rename", at=now - 40 * DAY - timedelta(seconds=9))
    all_steps(access_forget.idempotency_forget, now)
    assert left() == {young.pk}


@pytest.mark.contract("C-IDEM-11")
def test_no_setting_lets_them_go_before_30_days() -> None:
    given = {**os.environ, "RETENTION_IDEMPOTENCY_DAYS": "29"}
    line = [sys.executable, "-c", "import lucidpay.settings.retention"]
    done = subprocess.run(line, env=given, capture_output=True, text=True, check=False)
    assert "RETENTION_IDEMPOTENCY_DAYS=29 must be a whole number, 30" in done.stderr


def test_steps_are_bounded_and_go_on_where_the_last_one_ended(
    monkeypatch: pytest.MonkeyPatch, forgettable: None
) -> None:
    monkeypatch.setattr(access_forget, "CHUNK", 2)
    now = utc_now()
    for _ in range(5):
        recorded("wallets.rename", at=now - 999 * DAY)
    assert all_steps(access_forget.idempotency_forget, now) == [2, 2, 1]


def test_logins_are_forgotten_a_day_after_their_tokens_have_expired() -> None:
    now, owner = utc_now(), builders.user()
    for name, ends in {"old": -2 * DAY, "just": -DAY / 2, "valid": DAY}.items():
        TokenFamily.objects.create(
            user=owner, refresh_jti=name, created_at=now, expires_at=now + ends
        )
    assert all_steps(access_forget.tokens_forget, now) == [1]
    left_over = TokenFamily.objects.values_list("refresh_jti", flat=True)
    assert set(left_over) == {"just", "valid"}


def test_sessions_are_forgotten_when_they_have_expired() -> None:
    now = utc_now()
    for key, ends in {"old": -DAY, "valid": DAY}.items():
        Session.objects.create(session_key=key, session_data="", expire_date=now + ends)
    assert all_steps(access_forget.sessions_forget, now) == [1]
    assert [one.session_key for one in Session.objects.all()] == ["valid"]


def test_answers_of_nodes_are_kept_while_their_transaction_is_not_settled(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.RETENTION_NODE_ANSWERS_DAYS = 100
    monkeypatch.setattr(tron_forget, "CHUNK", 3)
    builders.hot_wallet()
    now, owner = utc_now(), builders.user()
    live, settled = (builders.payout(owner, status=one) for one in ("processing", "confirmed"))
    old, young = now - 100 * DAY - timedelta(seconds=9), now - 99 * DAY
    for payout, at in ((live, old), (settled, old), (settled, young)):
        NodeAnswer.objects.bulk_create(
            NodeAnswer(transaction=payout.transaction, node="n", outcome="o", code="c", at=at)
            for _ in range(4)
        )
    assert all_steps(tron_forget.answers_forget, now) == [3, 1]
    found = NodeAnswer.objects.values_list("transaction", "at")
    assert set(found) == {(live.transaction_id, old), (settled.transaction_id, young)}


# --- Blocks ---------------------------------------------------------------------------------------


def chain(last: int, *, agreed: int | None = None, first_ms: int = 0, step_ms: int = 3000) -> None:
    """Store blocks 1 … last, a cursor on the last, whose time is far beyond theirs."""
    ScannedBlock.objects.bulk_create(
        ScannedBlock(
            number=number, block_id=f"{number:064x}", parent_id=f"{number - 1:064x}",
            time_ms=first_ms + number * step_ms, transaction_count=0, txids_hash="", node="n",
        )
        for number in range(1, last + 1)
    )  # fmt: skip
    now_ms = first_ms + last * step_ms + django_settings.RETENTION_BLOCKS_DAYS * DAY_MS
    ScanCursor.objects.create(
        genesis_id="g", first_number=1, number=last, block_id=f"{last:064x}", time_ms=now_ms + 1,
        agreed_number=agreed or last, solid_number=last, head_number=last, head_time_ms=now_ms,
        node="n", seen_at=utc_now(),
    )  # fmt: skip


def numbers() -> list[int]:
    return list(ScannedBlock.objects.order_by("number").values_list("number", flat=True))


def end(payout: Payout, status: str, *, reference: int, block: int) -> None:
    """Let a payout's transaction refer to one block and end by another."""
    facts: dict[str, Any] = {"status": status, "block_number": None, "block_time_ms": None}
    if status == TxStatus.DEAD:
        facts["proof"] = {"solid_block": block}
    elif status != TxStatus.SENT:
        facts |= {"block_number": block, "block_time_ms": block * 3000}
    tx = ChainTransaction.objects.get(subject=payout.pk)
    # What was signed cannot be changed, so it is another one's.
    fields = {one.attname: getattr(tx, one.attname) for one in tx._meta.concrete_fields}
    changed = {
        "id": None, "txid": f"{reference:064x}", "subject": uuid4(), "ref_block_number": reference,
    }  # fmt: skip
    ChainTransaction.objects.create(**{**fields, **changed, **facts})


def test_blocks_that_a_proof_needs_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tron_forget, "BLOCKS_CHUNK", 7)
    builders.hot_wallet()
    payout = builders.payout(builders.user(), status="confirmed")
    chain(100)
    for status, reference, block in (
        (TxStatus.SUCCEEDED, 10, 14), (TxStatus.FAILED, 13, 20), (TxStatus.DEAD, 40, 55),
        (TxStatus.CONTRADICTED, 70, 71),
    ):  # fmt: skip
        end(payout, status, reference=reference, block=block)
    looked_at = all_steps(tron_forget.blocks_forget, utc_now())
    assert looked_at == [7] * 14 + [1]
    assert numbers() == [*range(10, 21), *range(40, 56), 70, 71, 100]
    assert ScanCursor.objects.get().swept_number == 99


def test_nothing_is_forgotten_from_the_oldest_living_transaction_on() -> None:
    builders.hot_wallet()
    payout = builders.payout(builders.user(), status="confirmed")
    chain(100)
    end(payout, TxStatus.SENT, reference=30, block=0)
    all_steps(tron_forget.blocks_forget, utc_now())
    assert numbers() == [*range(30, 101)]


def test_nothing_is_forgotten_that_a_second_node_has_not_confirmed() -> None:
    chain(100, agreed=60)
    all_steps(tron_forget.blocks_forget, utc_now())
    assert numbers() == [*range(60, 101)]


def test_blocks_are_kept_for_their_days_of_the_chain_s_time(settings: Any) -> None:
    settings.RETENTION_BLOCKS_DAYS = 10
    chain(100)
    ScanCursor.objects.update(time_ms=10 * DAY_MS + 50 * 3000)
    all_steps(tron_forget.blocks_forget, utc_now() + timedelta(days=999))
    assert numbers() == [*range(50, 101)]


def test_after_a_sweep_every_end_is_still_proven(company: World, settings: Any) -> None:
    assert broadcast_due(now=utc_now()) > 0
    company.solidify()  # what was under way would hold everything from its reference block on
    company.node.mine(300)
    company.scan()
    settings.RETENTION_BLOCKS_DAYS = 0
    sweep()
    kept = numbers()
    assert kept[-1] - kept[-2] > 200  # a hole
    assert [str(one) for one in database_findings(Scope(now=utc_now()))] == []
    for payout in Payout.objects.filter(status__in=("confirmed", "failed")):
        for attempt in history_of(payout, now=utc_now()).attempts:
            assert attempt.proof is not None
            assert attempt.proof.is_complete


def test_a_hole_that_no_sweep_made_is_found(company: World) -> None:
    company.node.mine(60)
    company.scan()
    ScannedBlock.objects.filter(number=numbers()[-5]).delete()
    found = [str(one) for one in database_findings(Scope(now=utc_now()))]
    assert any("does not follow the one before it" in what for what in found)


def test_a_worker_knows_everything_that_beat_asks_for() -> None:
    script = (
        "from lucidpay.celery import app; app.loader.import_default_modules();"
        "asked = {entry['task'] for entry in app.conf.beat_schedule.values()};"
        "print('retention.sweep' in asked, sorted(asked - set(app.tasks)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "True []"
