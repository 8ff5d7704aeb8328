"""A payout file against the limits: as a whole, before any row of it is stored."""

from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError

from access.models import User
from lucidpay.clock import utc_now
from payouts.models import Payout
from payouts.models_batch import Batch
from payouts.models_limits import LimitKind, LimitWindow
from payouts.services.limits import limit_breaker_trip, limit_set
from payouts.services.wait import NO_CHAIN
from tests import builders
from tests.api.client import nothing_written
from tests.payouts.onchain import wallet_on
from tests.payouts.test_import import _stop_after, csv_file, owner, refusal, rows_of, run
from tests.sandbox.people import Person
from tests.sandbox.process import SandboxProcess

__all__ = ["owner"]
COMMAND = "payouts.management.commands.import_payouts"


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of a few rows have several chunks, on both passes over them."""
    monkeypatch.setattr(f"{COMMAND}.CHUNK", 2)
    monkeypatch.setattr("payouts.files.check.CHUNK", 2)


def limit(kind: LimitKind, subject: str, usdt: int) -> None:
    micro = usdt * builders.USDT
    limit_set(
        kind=kind, subject=subject, hourly_micro=micro, daily_micro=None, by="t", now=utc_now()
    )


def test_a_file_larger_than_its_router_s_limit_is_refused_before_anything_is_stored(
    owner: User, tmp_path: Path
) -> None:
    path = csv_file(tmp_path, *rows_of(5, amount="2000.01"))
    for words in ((), ("--dry-run",)):
        said = refusal(path, *words)
        assert "5 rows, 10000.05 USDT" in said
        assert "The file as a whole is refused. Amount exceeds daily limit." in said
        assert "limit: 10000" in said
        assert "Nothing was written" in said


def test_a_file_that_fits_exactly_is_stored_whole(owner: User, tmp_path: Path) -> None:
    run(csv_file(tmp_path, *rows_of(5, amount="2000")))
    assert Batch.objects.get().filled_at is not None
    windows = LimitWindow.objects.filter(kind=LimitKind.ROUTER)
    assert {window.used_micro for window in windows} == {10_000 * builders.USDT}


def test_what_others_have_used_of_the_limit_counts(owner: User, tmp_path: Path) -> None:
    builders.payout(builders.user(), amount_usdt=10_000)
    assert "remaining: 9999.99" in refusal(csv_file(tmp_path, *rows_of(5, amount="2000")))


def test_a_recipient_s_limit_is_compared_with_all_rows_that_pay_them(
    owner: User, tmp_path: Path
) -> None:
    recipient = builders.address()
    limit(LimitKind.RECIPIENT, recipient, 5)
    rows = [[recipient, "2", "salary", ""], *rows_of(2), *([[recipient, "2", "salary", ""]] * 2)]
    said = refusal(csv_file(tmp_path, *rows))
    assert "Amount exceeds hourly limit of this recipient" in said
    assert recipient in said


def test_a_router_that_was_stopped_refuses_the_file(owner: User, tmp_path: Path) -> None:
    limit_breaker_trip(router_type="", reason="odd", by="olga", now=utc_now())
    assert "Circuit breaker open" in refusal(csv_file(tmp_path, *rows_of(3)))


def test_rows_that_are_in_do_not_count_again_when_an_import_goes_on(
    owner: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = csv_file(tmp_path, *rows_of(5, amount="2000"))
    with monkeypatch.context() as stopped:
        _stop_after(stopped, chunks=2)
        with pytest.raises(KeyboardInterrupt):
            run(path)
    assert Batch.objects.get().rows_stored == 4
    run(path)
    assert Batch.objects.get().filled_at is not None
    with nothing_written():
        assert "imported before" in run(path)


def test_the_reservation_of_each_chunk_stays_the_guard(
    owner: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from payouts.management.commands import import_payouts

    def meanwhile(*words: Any, **named: Any) -> Batch:
        builders.payout(builders.user(), amount_usdt=4_000 * builders.USDT)
        return real(*words, **named)

    real = import_payouts.import_begin
    monkeypatch.setattr(import_payouts, "import_begin", meanwhile)
    with pytest.raises(CommandError, match="exceeds daily limit"):
        run(csv_file(tmp_path, *rows_of(5, amount="2000")))
    batch = Batch.objects.get()
    assert (batch.rows_stored, batch.filled_at) == (2, None)


def test_recipients_who_do_not_qualify_for_the_router_are_named(
    owner: User, tmp_path: Path
) -> None:
    said = refusal(csv_file(tmp_path, *rows_of(3)), "--router-type", "PayoutRouterKYC")
    for row in (2, 3, 4):
        assert f"row {row}: router_type: The recipient has no valid KYC record." in said
    assert "3 faults" in said


def test_a_dry_run_without_a_node_says_that_there_is_no_price(owner: User, tmp_path: Path) -> None:
    with nothing_written():
        assert f"3 rows have no price: {NO_CHAIN}" in run(
            csv_file(tmp_path, *rows_of(3)), "--dry-run"
        )


def test_a_dry_run_tells_what_the_rows_cost(
    chain: SandboxProcess, alice: Person, owner: User, tmp_path: Path
) -> None:
    wallet_on(chain)
    barred = builders.address()
    chain.post("/sandbox/usdt", blacklist=[barred])
    rows = [*rows_of(1), [alice.address, "1", "salary", ""], [barred, "1", "salary", ""]]
    said = run(csv_file(tmp_path, *rows), "--dry-run")
    assert "Of 3 rows 2 are priced" in said
    assert "1 rows go to addresses that the token has blacklisted" in said
    assert not Payout.objects.exists()
