"""What needs a person: each trouble has its line, with how many, since when and where to go."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import override_settings

from access.acting import Acting
from access.models import User
from lucidpay.api.throttling import redis_client
from lucidpay.clock import utc_now
from lucidpay.dashboard.need import Found, named
from lucidpay.dashboard.needs import summary_of
from lucidpay.errors import LucidError
from lucidpay.workers import SERVED_KEY, WORKERS_KEY, worker_alive
from payouts.models import Payout
from payouts.models_batch import Batch
from payouts.models_limits import BreakerTrip
from payouts.models_review import ApprovalTier
from payouts.policy.approval import approvable_by
from payouts.services.retry import payout_retry
from payouts.services.review import refuse_approval
from payouts.services.wait import NO_TRX, NO_USDT, WAITS_FOR_ENERGY
from tests import builders
from tests.corruption import guards_off
from tests.dashboard.world import all_is_well, needs
from tests.gateway.earned import what_follows
from tests.webhooks.api import hooks
from tron.halt import halt
from tron.models import HaltCause, NodeState, TxKind
from tron.route import name_of
from wallets.models import Reconciliation, Wallet
from wallets.models_alert import BalanceAlert
from wallets.models_operation import Operation
from wallets.services.operate_clear import operation_clear

HOUR = timedelta(hours=1)


def aged(payout: Payout, **fields: object) -> Payout:
    """Let a payout be of another time, or wait for another reason."""
    Payout.objects.filter(pk=payout.pk).update(**fields)
    return payout


def compared(wallet: Wallet, block: int, differs: int) -> None:
    """Compare a wallet's USDT with the chain."""
    Reconciliation.objects.create(
        wallet=wallet, asset="USDT", block_number=block, block_id="b" * 64, node="n", at=utc_now(),
        chain_units=7 + differs, ledger_units=7, difference_units=differs,
    )  # fmt: skip


def test_it_says_calmly_that_nobody_is_needed(owner: User) -> None:
    builders.payout(owner, status="confirmed")
    builders.payout(owner)

    assert needs() == {}
    assert summary_of([]) == "Nothing needs you now."


def test_what_is_urgent_comes_first(owner: User) -> None:
    builders.in_review(owner)
    aged(builders.payout(owner), due_at=utc_now() - HOUR, wait_reason=f"{WAITS_FOR_ENERGY}, …")
    halt(cause=HaltCause.BOOKS, subject="t", reason="12 USDT", by="t", now=utc_now() - HOUR)

    told = needs()

    assert list(told) == ["halts", "review", "pending-0"]
    assert [one.level for one in told.values()] == ["urgent", "soon", "to know"]
    assert told["halts"].url == "/admin/tron/halt/"
    assert "12 USDT" in told["halts"].note
    assert told["halts"].found is not None
    assert told["halts"].found.age(utc_now()) == "1\xa0hour ago"
    assert summary_of(list(told.values())) == "3 things need you: 1 urgent."


def test_payouts_that_wait_are_told_by_the_kind_of_their_reason(owner: User) -> None:
    late = utc_now() - HOUR
    for reason in (f"{NO_TRX} It needs 13, has 2.", f"{NO_TRX} It needs 14, has 2.", NO_USDT, ""):
        aged(builders.payout(owner), due_at=late, wait_reason=reason)
    builders.payout(owner)  # it is due since a moment only

    told = {need.what: need.found for need in needs().values()}

    assert {what: found and found.count for what, found in told.items()} == {
        "Payouts wait: the paying wallet is short of TRX for fees": 2,
        "Payouts wait: the paying wallet is short of USDT": 1,
        "Payouts are due and not signed": 1,
    }


def test_payouts_of_a_paused_batch_and_of_later_are_not_late(owner: User) -> None:
    batch = builders.batch(owner, count=2)
    Payout.objects.filter(batch=batch).update(due_at=utc_now() - HOUR)
    assert set(needs()) == {"pending-0"}

    batch.paused_at = utc_now()
    batch.save(update_fields=["paused_at"])
    aged(builders.payout(owner), due_at=utc_now() + HOUR)

    assert needs() == {}


def test_a_batch_whose_file_is_not_all_in_is_a_line_of_its_own_and_soon(owner: User) -> None:
    batch = builders.batch(owner, count=2)
    Payout.objects.filter(batch=batch).update(due_at=utc_now() - HOUR)
    Batch.objects.filter(pk=batch.pk).update(filled_at=None)
    assert needs() == {}

    Batch.objects.filter(pk=batch.pk).update(created_at=utc_now() - HOUR)
    assert {key: (one.level, one.found and one.found.count) for key, one in needs().items()} == {
        "filling": ("soon", 1)
    }

    Batch.objects.filter(pk=batch.pk).update(cancelled_at=utc_now())
    assert needs() == {}


def test_what_is_signed_for_too_long_is_urgent(owner: User) -> None:
    payout = builders.payout(owner, status="processing")
    assert needs() == {}

    aged(payout, updated_at=utc_now() - HOUR)

    assert needs()["processing"].level == "urgent"


def test_a_failure_is_told_for_a_day_and_until_it_is_asked_for_again(owner: User) -> None:
    failed = builders.payout(owner, status="failed")
    assert needs()["failed"].found == Found(1, Payout.objects.get(pk=failed.pk).updated_at)

    aged(failed, updated_at=utc_now() - 25 * HOUR)
    assert needs() == {}

    aged(failed, updated_at=utc_now())
    payout_retry(payout_id=failed.pk, by="tests", reason="again", now=utc_now())
    assert "failed" not in needs()


def test_who_may_not_review_is_told_so_and_own_payouts_are_not_counted(owner: User) -> None:
    mine = builders.approver()
    builders.in_review(owner)
    builders.in_review(mine)

    assert needs(mine)["review"].note == "You may decide 1 of them."
    assert needs(builders.approver())["review"].note == "You may decide 2 of them."
    assert "may not" in needs(owner, may_review=False)["review"].note


def test_what_may_be_decided_is_what_the_service_would_let_them(owner: User) -> None:
    person, maker = builders.approver(), builders.approver("admin")
    waiting = [builders.in_review(owner), builders.in_review(person)]
    ApprovalTier.objects.create(from_amount_micro=9_000 * builders.USDT, approvals_needed=2)
    two = builders.in_review(owner, amount_usdt=9_000 * builders.USDT)
    builders.approved(two, by=person)
    with Acting(user=maker.pk):
        key, _ = builders.api_key(owner)
    with guards_off(Payout):
        with_key = aged(builders.in_review(owner), api_key=key, key_origin_id=key.pk)
    edited = builders.in_review(owner)
    edited.events.create(
        from_status="pending", to_status="pending", by=f"user {person.pk}", at=utc_now(),
        details={"review": "edited"},
    )  # fmt: skip
    unscreened = aged(builders.in_review(owner), screened_at=None)
    everything = [*waiting, two, with_key, edited, unscreened]
    rows = Payout.objects.filter(pk__in=[one.pk for one in everything])

    for who in (person, maker, owner):
        found = set(approvable_by(rows, who.pk, now=utc_now()).values_list("pk", flat=True))
        assert found == {one.pk for one in rows if _lets(one, who)}
    told = approvable_by(rows, person.pk, now=utc_now())
    assert {one.pk for one in told} == {waiting[0].pk, with_key.pk}
    assert with_key not in approvable_by(rows, maker.pk, now=utc_now())


def _lets(payout: Payout, person: User) -> bool:
    try:
        refuse_approval(payout, person, now=utc_now())
    except LucidError:
        return False
    return True


def test_a_wallet_that_runs_low_is_linked_and_told_with_its_mark(wallet: Wallet) -> None:
    BalanceAlert.objects.create(
        wallet=wallet, asset="USDT", below_units=2 * 10**12, low_since=utc_now()
    )

    told = needs()["low"]

    assert str(wallet.pk) in told.url
    assert "has 1,000,000.00 USDT, its mark is 2,000,000.00 USDT" in told.note


def test_only_the_last_comparison_counts(wallet: Wallet) -> None:
    compared(wallet, 1, differs=2_000_000)
    assert f"{wallet.name}: the chain has 2.00 USDT more" in needs()["books"].note

    compared(wallet, 2, differs=0)
    assert needs() == {}


def test_a_tripped_breaker_is_told_with_its_reason(wallet: Wallet) -> None:
    BreakerTrip.objects.create(router_type="", reason="a drill", by="olivia", at=utc_now())

    assert needs()["trips"].note == "all routers: a drill"


def test_disputes_and_payments_that_differ_have_their_lines(owner: User) -> None:
    what_follows(owner)

    told = needs()

    assert told["disputes"].url == "/admin/gateway/dispute/?state=open"
    without = needs(scopes=frozenset({"payouts:read", "wallets:read"}))
    assert told.keys() - without.keys() <= {"disputes", "checks"}
    assert "disputes" not in without


def test_webhooks_that_were_given_up_have_their_lines(owner: User) -> None:
    hook = hooks.endpoint(owner)
    [event] = hooks.happened(owner)
    given_up = hooks.delivery(hook, event)
    type(given_up).objects.filter(pk=given_up.pk).update(status="exhausted", ended_at=utc_now())
    type(hook).objects.filter(pk=hook.pk).update(
        is_active=False, disabled_at=utc_now(), disabled_for="failing"
    )

    told = needs()

    assert told["endpoints"].url == "/admin/webhooks/endpoint/?state=off"
    assert told["deliveries"].url == "/admin/webhooks/delivery/?status__exact=exhausted"


def _no_worker() -> None:
    redis_client().delete(WORKERS_KEY, SERVED_KEY)


def _one_queue() -> None:
    _no_worker()
    worker_alive("worker@here", ["tron-client"])


def _ill_node() -> None:
    NodeState.objects.create(
        name=name_of("http://127.0.0.1:1"), failures=9, checked_at=utc_now(), last_error="refused"
    )


@pytest.mark.parametrize(
    ("spoil", "key"),
    [
        (_no_worker, "workers"),
        (_one_queue, "queues"),
        (_ill_node, "nodes"),
        (lambda: all_is_well(number=5), "scanner"),
        (lambda: all_is_well(seen_at=utc_now() - HOUR), "scanner"),
        (lambda: all_is_well(head_time_ms=1_000), "head"),
        (lambda: all_is_well(genesis_id="f" * 64), "chain"),
    ],
)
def test_a_part_that_does_not_work_is_told(
    wallet: Wallet, spoil: Callable[[], None], key: str
) -> None:
    assert needs() == {}
    spoil()
    assert set(needs()) == {key}


def test_it_is_told_that_redis_is_away(wallet: Wallet) -> None:
    redis_client.cache_clear()
    with override_settings(REDIS_URL="redis://127.0.0.1:1/0"):
        told = needs()
    redis_client.cache_clear()

    assert set(told) == {"redis"}


def test_who_does_not_see_wallets_is_told_nothing_of_them(wallet: Wallet) -> None:
    compared(wallet, 1, differs=2)

    assert needs(scopes=frozenset({"payouts:read"})) == {}


def test_long_lists_are_cut() -> None:
    assert named(["a", "b", "c", "d", "e"]) == "a; b; c; and 2 more"
    assert Found(1_000).text == "1,000 or more"


def test_trx_that_may_be_paid_already_waits_for_somebody(wallet: Wallet) -> None:
    operation = Operation.objects.create(
        wallet=wallet, kind=TxKind.TRANSFER_TRX, recipient=builders.address(),
        amount_micro=5, by="user 1", created_at=utc_now(),
    )  # fmt: skip
    assert "doubted" not in needs()
    Operation.objects.update(doubted_at=utc_now() - HOUR)
    assert needs()["doubted"].found == Found(1, Operation.objects.get().doubted_at)
    operation_clear(operation_id=operation.pk, by="user 1", reason="another", now=utc_now())
    assert "doubted" not in needs()
