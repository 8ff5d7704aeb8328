"""Settlement of collected fees: each once, all or nothing, and never anybody else's money."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, ProgrammingError, connection, transaction

from access.models import User
from gateway import tasks
from gateway.kinds import Method
from gateway.models import Payment
from gateway.models_after import Settlement
from gateway.services import settle_fees
from gateway.services.settle_fees import Settled, settlement_make
from gateway.services.settle_fees_end import settlements_follow
from gateway.settlements import collected, collected_micro
from gateway.states import PaymentStatus, SettlementStatus
from gateway.story import advance
from lucidpay.clock import utc_now
from lucidpay.verification.findings import Scope
from lucidpay.verification.settlements import CHECKS
from payouts.explain import explain
from payouts.models import Origin, Payout, Priority, Review, Router, RouterType
from payouts.policy.twins import FEES_PAID
from payouts.services.hold_paid import payouts_hold_paid
from payouts.services.settle import payouts_settle
from payouts.states import Status
from tests import builders
from tests.builders import USDT
from tests.gateway.earned import FEE, completed, deposit_address, payment
from tests.outflows import left_without_order
from tests.payouts.rivals import Rival
from webhooks.hearing import Hearing
from webhooks.models import Event

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 4, 23, 5, tzinfo=UTC)
SLOT = datetime(2026, 3, 4, 23, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _terms(settings: Any) -> None:
    settings.SETTLEMENT_ADDRESS = builders.address()
    settings.SETTLEMENT_FREQUENCY = "daily"
    settings.SETTLEMENT_THRESHOLD_USDT = 2


@pytest.fixture
def owner(db: None) -> User:
    """A merchant, and a wallet that pays."""
    builders.hot_wallet()
    return builders.user("merchant")


def fees(owner: User, count: int = 3, **fields: Any) -> list[Payment]:
    """Return so many completed payments, before the slot unless told otherwise."""
    fields.setdefault("now", SLOT - HOUR)
    return [completed(owner, **fields) for _ in range(count)]


def settled(**given: Any) -> Settlement:
    """Return the settlement that is made."""
    made = settlement_make(**{"now": NOW, **given})
    assert made.settlement is not None, made.why_not
    return made.settlement


def findings() -> list[str]:
    scope = Scope(now=utc_now())
    return [found.what for check in CHECKS for found in check(scope)]


def ended(settlement: Settlement, status: str) -> Settlement:
    """Return it after its payout has ended and that was acted on."""
    payout = settlement.payout
    assert payout is not None
    builders.screened(payout)
    builders.end(payout, status)
    assert settlements_follow(now=NOW) == 1
    settlement.refresh_from_db()
    return settlement


@pytest.mark.contract("C-AFTER-1")
def test_what_was_collected_goes_to_the_settlement_wallet(owner: User, settings: Any) -> None:
    mine = fees(owner)
    later = completed(owner, now=SLOT)
    settlement = settled()
    assert (settlement.amount_micro, settlement.payments) == (3 * FEE, 3)
    assert (settlement.status, settlement.covers_until) == (SettlementStatus.INITIATED, SLOT)
    assert set(Payment.objects.filter(settlement=settlement)) == set(mine)
    later.refresh_from_db()
    assert later.settlement is None
    payout = Payout.objects.get()
    assert (payout.amount_micro, payout.recipient_address) == (
        3 * FEE, settings.SETTLEMENT_ADDRESS,
    )  # fmt: skip
    assert (payout.origin, payout.router_type) == (Origin.FEES, RouterType.GATEWAY)
    assert (payout.review, payout.screened_at) == (Review.NOT_REQUIRED, None)
    assert (payout.priority, payout.status, payout.limit_kinds) == (
        Priority.LOW, Status.PENDING, [],
    )  # fmt: skip
    assert payout.events.get().details["settlement_id"] == settlement.public_id
    assert findings() == []


def test_its_payout_is_nobody_s_who_could_log_in_and_those_who_see_all_hear_of_it(
    owner: User,
) -> None:
    fees(owner)
    settlement = settled()
    nobody = Payout.objects.get().owner
    assert (nobody.is_active, nobody.has_usable_password()) == (False, False)
    assert nobody.role_names() == frozenset()
    event = Event.objects.get(type="settlement.initiated")
    assert (event.subject, event.owner_id) == (settlement.pk, None)
    assert Hearing(1, may_hear=True, sees_all=True).of(event.owner_id)
    assert not Hearing(owner.pk, may_hear=True, sees_all=False).of(event.owner_id)


def test_it_is_completed_when_its_payout_is_confirmed(owner: User) -> None:
    fees(owner)
    settlement = settled()
    payout = settlement.payout
    assert payout is not None
    builders.signed(payout)
    assert settlements_follow(now=NOW) == 1
    settlement.refresh_from_db()
    assert settlement.status == SettlementStatus.PROCESSING
    assert settlements_follow(now=NOW) == 0
    builders.chain_says(payout, "succeeded")
    payouts_settle(now=utc_now())
    assert settlements_follow(now=NOW) == 1
    settlement.refresh_from_db()
    assert (settlement.status, settlement.ended_at) == (SettlementStatus.COMPLETED, NOW)
    told = Event.objects.get(type="settlement.completed")
    assert f'"settlement_id":"{settlement.public_id}"' in told.body.replace(" ", "")
    assert collected_micro(collected()) == 0
    assert findings() == []


@pytest.mark.parametrize("status", [Status.FAILED, Status.CANCELLED])
def test_a_failed_one_frees_its_fees_for_the_next(owner: User, status: str) -> None:
    mine = fees(owner)
    settlement = ended(settled(), status)
    assert settlement.status == SettlementStatus.FAILED
    assert settlement.error_message
    assert not Event.objects.filter(type="settlement.completed").exists()
    assert settlement_make(now=NOW).why_not == settle_fees.NOT_YET
    again = settled(now=NOW + timedelta(days=1))
    assert set(Payment.objects.filter(settlement=again)) == set(mine)
    assert findings() == []
    assert ended(again, Status.CONFIRMED).status == SettlementStatus.COMPLETED
    assert findings() == []


def test_a_slot_that_nobody_met_is_met_once(owner: User) -> None:
    fees(owner)
    ended(settled(now=NOW + timedelta(days=3, hours=4)), Status.CONFIRMED)
    fees(owner, now=SLOT - HOUR)  # told late
    assert settlement_make(now=NOW + timedelta(days=3, hours=5)).why_not == settle_fees.NOT_YET
    assert settled(now=NOW + timedelta(days=4)).payments == 3


def test_below_the_threshold_it_waits_and_nothing_is_touched(owner: User) -> None:
    fees(owner, 1)
    assert settlement_make(now=NOW).why_not == settle_fees.TOO_LITTLE
    fees(owner, 1)
    assert settled().amount_micro == 2 * FEE


def test_by_hand_neither_slot_nor_threshold_matters(owner: User, capsys: Any) -> None:
    ended(settled_after(owner), Status.CONFIRMED)
    completed(owner, fee_micro=1)
    call_command("settle_now")
    said = capsys.readouterr().out
    assert "pays 0.000001 USDT, the fees of 1 payments" in said
    assert Settlement.objects.order_by("-pk")[0].by == "manage.py settle_now"


def settled_after(owner: User) -> Settlement:
    fees(owner)
    return settled()


def test_by_hand_it_says_why_not(owner: User) -> None:
    with pytest.raises(CommandError, match="No fee waits"):
        call_command("settle_now")


def test_no_more_than_the_most_is_moved_the_oldest_first(owner: User, settings: Any) -> None:
    settings.SETTLEMENT_MAX_USDT = 5
    old = fees(owner, 2, fee_micro=2 * USDT, now=SLOT - 3 * HOUR)
    large = fees(owner, 1, fee_micro=6 * USDT, now=SLOT - 2 * HOUR)
    fees(owner, 2, fee_micro=2 * USDT)
    settlement = settled()
    assert set(Payment.objects.filter(settlement=settlement)) == set(old)
    assert settlement.covers_until == old[0].completed_at
    ended(settlement, Status.CONFIRMED)
    assert settled(now=NOW + timedelta(days=1)).amount_micro == 4 * USDT
    assert Payment.objects.get(pk=large[0].pk).settlement is None


def test_a_fee_that_is_more_than_the_most_is_named(owner: User, settings: Any) -> None:
    settings.SETTLEMENT_MAX_USDT = 1
    fees(owner, 1, fee_micro=6 * USDT)
    assert settlement_make(now=NOW).why_not == settle_fees.TOO_LARGE


def test_fees_that_are_billed_or_not_earned_are_not_settled(owner: User) -> None:
    fees(owner, 2, method=Method.DIRECT, deposit=None)
    payment(owner, now=SLOT - HOUR)
    with transaction.atomic():
        disputed = fees(owner, 1)
        advance(disputed, to=PaymentStatus.DISPUTED, by="t", now=NOW, note="t")
    assert settlement_make(now=NOW, only_if_due=False).why_not == settle_fees.NOTHING
    with transaction.atomic():
        advance(disputed, to=PaymentStatus.REFUNDED, by="t", now=NOW, note="t")
    assert settled(only_if_due=False).payments == 1
    assert findings() == []


@pytest.mark.parametrize(
    ("case", "why_not"),
    [
        ("no address", settle_fees.NO_ADDRESS),
        ("deposit address", settle_fees.IS_DEPOSIT),
        ("the payer", settle_fees.IS_PAYER),
        ("no wallet", settle_fees.NO_WALLET),
    ],
)
def test_it_says_what_speaks_against_it(
    owner: User, settings: Any, case: str, why_not: str
) -> None:
    fees(owner)
    wallet = Router.objects.get(pk=RouterType.GATEWAY).wallet
    assert wallet is not None
    if case == "no address":
        settings.SETTLEMENT_ADDRESS = ""
    elif case == "deposit address":
        settings.SETTLEMENT_ADDRESS = deposit_address(NOW).address
    elif case == "the payer":
        settings.SETTLEMENT_ADDRESS = wallet.address
    else:
        Router.objects.filter(pk=RouterType.GATEWAY).update(wallet=None)
    for only_if_due in (True, False):
        assert settlement_make(now=NOW, only_if_due=only_if_due).why_not == why_not
    assert not Payout.objects.exists()


def test_one_is_under_way_at_a_time(owner: User) -> None:
    fees(owner)
    settled()
    fees(owner)
    for only_if_due in (True, False):
        again = settlement_make(now=NOW + timedelta(days=1), only_if_due=only_if_due)
        assert again.why_not == settle_fees.IS_OPEN


def test_the_database_refuses_a_second_open_one(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if somebody had not looked whether there is one."""
    fees(owner)
    settled()
    fees(owner)
    monkeypatch.setattr(settle_fees, "_why_not", lambda *_: "")
    with pytest.raises(IntegrityError, match="settlement_one_open"), transaction.atomic():
        settlement_make(now=NOW)
    assert Settlement.objects.count() == 1


def test_the_database_refuses_to_settle_a_fee_again(owner: User) -> None:
    [mine, *_] = fees(owner)
    first = settled()
    ended(first, Status.CONFIRMED)
    fees(owner)
    second = settled(now=NOW + timedelta(days=1))
    for other in (None, second.pk):
        with pytest.raises(ProgrammingError, match="is settled"), transaction.atomic():
            Payment.objects.filter(pk=mine.pk).update(settlement=other)


def test_instant_settles_at_once_and_pauses_after_a_failure(owner: User, settings: Any) -> None:
    settings.SETTLEMENT_FREQUENCY = "instant"
    fees(owner, now=NOW - timedelta(seconds=1))
    ended(settled(), Status.FAILED)
    assert settlement_make(now=NOW + timedelta(minutes=59)).why_not == settle_fees.PAUSED
    ended(settled(now=NOW + HOUR), Status.CONFIRMED)
    fees(owner, now=NOW + HOUR)
    assert settled(now=NOW + HOUR + timedelta(seconds=20)).payments == 3


def test_the_task_begins_and_follows(owner: User, settings: Any) -> None:
    settings.SETTLEMENT_FREQUENCY = "instant"
    fees(owner)
    tasks.settle_fees()
    settlement = Settlement.objects.get()
    builders.end(Payout.objects.get(), Status.CANCELLED)
    tasks.settle_fees()
    settlement.refresh_from_db()
    assert settlement.status == SettlementStatus.FAILED


@pytest.mark.contract("C-AFTER-1")
@pytest.mark.django_db(transaction=True)
def test_however_many_settle_at_once_each_fee_is_settled_once(owner: User) -> None:
    fees(owner, 20)

    def once(_: int) -> Settled:
        try:
            return settlement_make(now=NOW, only_if_due=False)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(once, range(8)))
    assert len([one for one in made if one.settlement]) == 1
    assert {one.why_not for one in made if one.settlement is None} == {settle_fees.IS_OPEN}
    assert Payout.objects.get().amount_micro == 20 * FEE
    assert findings() == []


@pytest.mark.django_db(transaction=True)
def test_a_payment_that_is_being_refunded_is_passed_by_and_settled_next(owner: User) -> None:
    [refunding, *_] = fees(owner)

    def refund() -> None:
        row = Payment.objects.select_for_update().get(pk=refunding.pk)
        advance([row], to=PaymentStatus.REFUNDED, by="t", now=NOW, note="t")

    rival = Rival(refund)
    first = settled()  # does not wait for it
    rival.commit()
    assert first.payments == 2
    ended(first, Status.CONFIRMED)
    assert findings() == []
    second = settled(only_if_due=False)
    assert list(Payment.objects.filter(settlement=second)) == [refunding]
    assert findings() == []


@pytest.mark.django_db(transaction=True)
def test_what_is_worked_on_does_not_count_towards_the_threshold(owner: User, settings: Any) -> None:
    settings.SETTLEMENT_THRESHOLD_USDT = 3
    [busy, *_] = fees(owner)
    rival = Rival(lambda: Payment.objects.select_for_update().get(pk=busy.pk))
    why_not = settlement_make(now=NOW).why_not
    rival.commit()
    assert why_not == settle_fees.TOO_LARGE
    assert settled().payments == 3


@pytest.mark.django_db(transaction=True)
def test_two_who_follow_at_once_end_it_once(owner: User) -> None:
    fees(owner)
    payout = settled().payout
    assert payout is not None
    builders.end(payout, Status.CANCELLED)

    def once(_: int) -> int:
        try:
            return settlements_follow(now=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(once, range(4))) == 1
    assert Payment.objects.filter(settlement=None).count() == 3


KILLED = """
import os, signal
import django
django.setup()
from datetime import datetime
from django.db import connection
from django.conf import settings
from gateway.services import settle_fees, settle_fees_end
settings.SETTLEMENT_ADDRESS = {address!r}
settings.SETTLEMENT_THRESHOLD_USDT = 2
def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)
module, name = {where!r}
setattr({{"make": settle_fees, "end": settle_fees_end}}[module], name, die)
now = datetime.fromisoformat({now!r})
settle_fees.settlement_make(now=now)
settle_fees_end.settlements_follow(now=now)
"""


@pytest.mark.contract("C-AFTER-1")
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "where",
    [("make", "_take"), ("make", "_begin"), ("make", "begin"), ("make", "settlement_body"),
     ("end", "_move"), ("end", "_free")],
)  # fmt: skip
def test_killed_anywhere_all_of_it_has_happened_or_nothing(
    owner: User, settings: Any, where: tuple[str, str]
) -> None:
    fees(owner)
    if where[0] == "end":
        payout = settled().payout
        assert payout is not None
        builders.end(payout, Status.CANCELLED)
    before = state()
    run = KILLED.format(address=settings.SETTLEMENT_ADDRESS, where=where, now=NOW.isoformat())
    environment = {**os.environ, "DATABASE_URL": database_url()}
    died = subprocess.run([sys.executable, "-c", run], env=environment, check=False)
    assert died.returncode == -signal.SIGKILL
    assert state() == before
    settlements_follow(now=NOW)
    settled(now=NOW + timedelta(days=1))
    assert collected_micro(collected()) == 0
    assert findings() == []


def database_url() -> str:
    """Return the address of this test's own database."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    return urlunsplit(parts._replace(path=f"/{connection.settings_dict['NAME']}"))


def state() -> tuple[Any, ...]:
    return (
        list(Settlement.objects.values()), Payout.objects.count(), Event.objects.count(),
        sorted(Payment.objects.values_list("pk", "settlement")),
    )  # fmt: skip


def test_a_person_looks_at_fees_when_something_left_unordered_for_where_they_go(
    owner: User, settings: Any
) -> None:
    """A settlement that a restored database has forgotten covered other payments than the next."""
    fees(owner)
    payout = settled().payout
    assert payout is not None
    builders.screened(payout)
    left_without_order(payout.wallet, builders.address(), payout.amount_micro, txid="cd" * 32)
    assert payouts_hold_paid(now=utc_now()) == 0
    left_without_order(payout.wallet, settings.SETTLEMENT_ADDRESS, 2 * FEE)
    assert payouts_hold_paid(now=utc_now()) == 1
    payout.refresh_from_db()
    assert (payout.status, payout.review) == (Status.PENDING, Review.REQUIRED)
    told = payout.events.order_by("pk").last()
    assert told is not None
    assert told.details["hits"] == {"duplicate": FEES_PAID}
    assert payout.public_id in explain("ab" * 32, now=utc_now())
    builders.approved(payout)
    assert payouts_hold_paid(now=utc_now()) == 0
