"""Every kind of corruption of the database is named: break it, and verification says so.

The guards are switched off inside the test's own transaction, which is rolled back.
"""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import F

from lucidpay.clock import utc_now
from lucidpay.verification.findings import Scope
from lucidpay.verification.run import database_findings
from payouts.models import Payout, PayoutEvent
from payouts.models_limits import LimitWindow
from payouts.models_review import Approval
from payouts.tallies.models import TallyDelta
from staking.models import DelegationPolicy
from tests import builders
from tests.corruption import constraint_dropped, guards_off
from tests.lucidpay.world import World
from tron.models import ChainFlow, ChainTransaction, ScanCursor, ScannedBlock
from wallets.models import Account, Entry, Hold, Journal
from webhooks.models import Event

Breaking = Callable[[World], None]


def findings(*, until: str | None = None) -> list[str]:
    """Return what is wrong, or what is found up to a finding that says ``until``."""
    found = []
    for one in database_findings(Scope(now=utc_now())):
        found.append(one.what)
        if until and until in one.what:
            break
    return found


def update(model: Any, fields: dict[str, Any], **which: Any) -> None:
    """Change rows that cannot be changed."""
    with guards_off(model):
        assert model.objects.filter(**which).update(**fields) > 0


def tx_of(company: World, name: str) -> ChainTransaction:
    """Return the newest transaction of a payout."""
    found = company.payouts[name].transaction
    assert found is not None
    return found


def dead_tx() -> ChainTransaction:
    return ChainTransaction.objects.get(status="dead")


def changed(model: Any, **fields: Any) -> Callable[..., Breaking]:
    """Return a breaking that changes the rows ``which`` gives."""

    def of(which: Callable[[World], dict[str, Any]]) -> Breaking:
        return lambda company: update(model, fields, **which(company))

    return of


def of_payout(name: str) -> Callable[[World], dict[str, Any]]:
    return lambda company: {"pk": company.payouts[name].pk}


def of_tx(name: str) -> Callable[[World], dict[str, Any]]:
    return lambda company: {"pk": tx_of(company, name).pk}


def dead(_: World) -> dict[str, Any]:
    return {"status": "dead"}


def two_live(company: World) -> None:
    constraint_dropped(ChainTransaction, "chain_tx_one_live_per_subject")
    tx = ChainTransaction.objects.get(pk=tx_of(company, "processing").pk)
    tx.pk, tx.txid = None, "f" * 64
    tx.save(force_insert=True)


def another_transaction(company: World) -> None:
    """A second attempt whose reference block is before the end of the first."""
    first = dead_tx()
    second = ChainTransaction.objects.get(subject=first.subject, status="succeeded")
    early = first.ref_block_number
    changes = {"ref_block_number": early, "ref_block_id": first.ref_block_id}
    update(ChainTransaction, changes, pk=second.pk)


def proof(**facts: Any) -> Breaking:
    """Return a breaking of the noted proof of death."""

    def breaking(_: World) -> None:
        update(ChainTransaction, {"proof": {**(dead_tx().proof or {}), **facts}}, status="dead")

    return breaking


def proof_is_gone(_: World) -> None:
    constraint_dropped(ChainTransaction, "chain_tx_death_has_proof")
    update(ChainTransaction, {"proof": None}, status="dead")


def block_in_proof(**fields: Any) -> Breaking:
    """Return a breaking of a stored block in the middle of a death's proof; none: deleted."""

    def breaking(_: World) -> None:
        rows = ScannedBlock.objects.filter(number=dead_tx().ref_block_number + 1)
        assert (rows.update(**fields) if fields else rows.delete()[0]) == 1

    return breaking


def flow_of_the_dead(_: World) -> None:
    _flow(txid=dead_tx().txid)


def unordered_flow(company: World) -> None:
    _flow(sender=company.wallet.address, recipient=builders.address(), units=9)


def unbooked_flow(company: World) -> None:
    _flow(recipient=company.wallet.address, booked_at=utc_now())


def _flow(**fields: Any) -> None:
    given = {
        "txid": "e" * 64, "log_index": 0, "asset": "USDT", "sender": builders.address(),
        "recipient": builders.address(), "units": 5, "block_number": 10**9, "block_time_ms": 1,
    }  # fmt: skip
    ChainFlow.objects.create(**{**given, **fields})


def fee_of_nobody(company: World) -> None:
    _flow(sender=company.wallet.address, recipient="", asset="TRX", log_index=-2, units=9)


def internal_flow(company: World) -> None:
    """A transfer between two wallets of ours, as it is booked, explains itself."""
    _flow(sender=company.wallet.address, units=9)
    Journal.objects.create(kind="internal", reference="e" * 64 + "/0", at=utc_now())


def lost_flow(company: World) -> None:
    ChainFlow.objects.filter(txid=tx_of(company, "confirmed").txid).delete()


def event(company: World, **fields: Any) -> None:
    given = {"from_status": "", "by": "x", "at": utc_now(), "payout": company.payouts["pending"]}
    PayoutEvent.objects.create(**given | fields)


def event_without_arrow(company: World) -> None:
    event(company, from_status="pending", to_status="confirmed")


def event_that_jumps(company: World) -> None:
    event(company, from_status="processing", to_status="pending")


def event_lost(company: World) -> None:
    rows = company.payouts["confirmed"].events.filter(to_status="confirmed")
    with guards_off(PayoutEvent):
        rows.delete()


def announcement_lost(company: World) -> None:
    rows = Event.objects.filter(subject=company.payouts["confirmed"].pk, type="payout.confirmed")
    assert rows.delete()[0] == 1


def announced_twice(company: World) -> None:
    told = Event.objects.get(subject=company.payouts["failed"].pk, type="payout.failed")
    Event.objects.create(
        type=told.type, subject=told.subject, body=told.body, created_at=told.created_at
    )


def entry_lost(_: World) -> None:
    with guards_off(Entry):
        newest = Entry.objects.filter(journal__kind="payout").order_by("-pk")[0]
        Entry.objects.filter(pk=newest.pk).delete()


def journal_lost(kind: str) -> Breaking:
    def breaking(_: World) -> None:
        with guards_off(Entry, Journal):
            journal = Journal.objects.filter(kind=kind).order_by("-pk")[0]
            Entry.objects.filter(journal=journal).delete()
            Journal.objects.filter(pk=journal.pk).delete()

    return breaking


def journal_empty(_: World) -> None:
    Journal.objects.create(kind="payout", reference="nothing", at=utc_now())


def journal_invented(company: World) -> None:
    builders.fund(company.wallet, usdt_micro=-5)
    update(Journal, {"kind": "payout"}, pk=Journal.objects.order_by("-pk")[0].pk)


def entry_of_other_asset(_: World) -> None:
    update(Entry, {"asset": "TRX"}, journal__kind="payout", asset="USDT")


def account(**fields: Any) -> Breaking:
    return lambda company: update(Account, fields, wallet=company.wallet, asset="USDT")


def hold(which: dict[str, Any], **fields: Any) -> Breaking:
    return lambda _: update(Hold, fields, **which)


def hold_lost(company: World) -> None:
    with guards_off(Hold):
        Hold.objects.filter(subject=company.payouts["confirmed"].pk).delete()


def retried_twice(company: World) -> None:
    constraint_dropped(Payout, "payout_one_open_retry")
    update(Payout, {"retry_of": company.payouts["failed"]}, pk=company.payouts["pending"].pk)


def bytes_of_another(company: World) -> None:
    other = tx_of(company, "confirmed")
    update(ChainTransaction, {"signed_hex": other.signed_hex}, pk=tx_of(company, "failed").pk)


def trigger_disabled(_: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE payouts_payout DISABLE TRIGGER USER")


def trigger_dropped(_: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SELECT tgname FROM pg_trigger WHERE tgname LIKE 'pgtrigger_hold_ends%'")
        cursor.execute(f"DROP TRIGGER {cursor.fetchone()[0]} ON wallets_hold")


def function_replaced(name: str) -> Breaking:
    """Return a breaking of a trigger's function: the trigger and its comment stay."""

    def breaking(_: World) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT replace(pg_get_functiondef(oid), 'BEGIN', 'BEGIN RETURN NULL;') "
                "FROM pg_proc WHERE proname LIKE %s", [name]
            )  # fmt: skip
            cursor.execute(cursor.fetchone()[0])

    return breaking


def unique_dropped(_: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE tron_chaintransaction DROP CONSTRAINT "
                       "tron_chaintransaction_txid_key")  # fmt: skip


def foreign_key_dropped(_: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE contype = 'f' "
            "AND conrelid = 'wallets_entry'::regclass AND conname LIKE '%%journal%%'"
        )
        cursor.execute(f"ALTER TABLE wallets_entry DROP CONSTRAINT {cursor.fetchone()[0]}")


def approval(**fields: Any) -> Breaking:
    return lambda _: update(Approval, fields)


def approval_lost(_: World) -> None:
    with guards_off(Approval):
        assert Approval.objects.all().delete()[0] == 1


def approval_by_the_owner(company: World) -> None:
    update(Approval, {"approver": company.owner})


def approval_by_an_editor(company: World) -> None:
    by, told = f"user {Approval.objects.get().approver_id}", {"review": "edited"}
    row = company.payouts["approved"]
    event(company, payout=row, to_status=row.status, by=by, details=told)


def review_is(review: str) -> Breaking:
    def breaking(company: World) -> None:
        constraint_dropped(Payout, "payout_under_way_was_agreed_to")
        update(Payout, {"review": review}, pk=company.payouts["approved"].pk)

    return breaking


LONG_AGO = "2020-01-01T00:00:00Z"
STRANGER = "TLa2f6VPqDgRE67v1736s7bJ8Ray5wYjU7"
CORRUPTIONS: dict[str, tuple[Breaking, str]] = {
    "an approval that is gone": (approval_lost, "with 0 of 1 approvals in time"),
    "an approval that was over": (approval(expires_at=LONG_AGO), "with 0 of 1 approvals in time"),
    "an approval that came too late": (approval(at="2099-01-01T00:00:00Z"), "with 0 of 1"),
    "an approval of an earlier round": (approval(round=7), "with 0 of 1 approvals in time"),
    "fewer approvals than were needed": (approval(needed=2), "with 1 of 2 approvals in time"),
    "an approval by who asked": (approval_by_the_owner, "with 0 of 1 approvals in time"),
    "an approval by who edited": (approval_by_an_editor, "with 0 of 1 approvals in time"),
    "an approval of something else": (
        changed(Payout, reason="bonus")(of_payout("approved")), "is not what was approved"
    ),
    "a review that was switched off": (review_is("not_required"), "tells why it needed one"),
    "paid while a review was required": (review_is("required"), "its review is required"),
    "paid though rejected": (review_is("rejected"), "was rejected, but is confirmed"),
    "two live transactions": (two_live, "transactions that have paid or still can"),
    "a transaction of nobody": (
        changed(ChainTransaction, subject="00000000-0000-7000-8000-000000000000")(of_tx("failed")),
        "belongs to no payout",
    ),
    "another recipient": (
        changed(Payout, recipient_address=STRANGER)(of_payout("processing")), "ordered: recipient"
    ),
    "another amount": (changed(Payout, amount_micro=1)(of_payout("processing")), "ordered: amount"),
    "another wallet": (
        changed(ChainTransaction, sender=STRANGER)(of_tx("processing")), "ordered: paying wallet"
    ),
    "another contract": (
        changed(ChainTransaction, contract=STRANGER)(of_tx("processing")), "ordered: contract"
    ),
    "other bytes": (bytes_of_another, "are another transaction"),
    "a changed byte": (
        changed(ChainTransaction, signed_hex="00")(of_tx("processing")), "cannot be read"
    ),
    "another txid": (
        changed(ChainTransaction, txid="d" * 64)(of_tx("processing")), "are another transaction"
    ),
    "another expiration": (
        changed(ChainTransaction, expiration_ms=1)(of_tx("confirmed")), "are another transaction"
    ),
    "another fee limit": (
        changed(ChainTransaction, fee_limit_sun=1)(of_tx("confirmed")), "are another transaction"
    ),
    "another reference block": (
        changed(ChainTransaction, ref_block_number=3)(of_tx("processing")), "is not the number in"
    ),
    "signed before the end of the last": (another_transaction, "was signed before the end of"),
    "an end that nobody saw": (
        changed(ChainTransaction, final_at=None)(of_tx("failed")), "nobody noted when"
    ),
    "a success without success": (
        changed(ChainTransaction, result="REVERT")(of_tx("confirmed")), "does not fit"
    ),
    "a failure that is none": (
        changed(ChainTransaction, result="SUCCESS")(of_tx("failed")), "does not fit"
    ),
    "a live one with an end": (
        changed(ChainTransaction, settled_at=utc_now())(of_tx("processing")), "has facts of an end"
    ),
    "one that was found and left": (
        changed(ChainTransaction, block_number=1)(of_tx("processing")), "should have ended"
    ),
    "one that expired and was left": (
        changed(ChainTransaction, expiration_ms=1)(of_tx("processing")), "should have ended"
    ),
    "an end by one node's word": (
        lambda _: update(ScanCursor, {"agreed_number": dead_tx().ref_block_number}),
        "was that agreed upon",
    ),
    "a contradiction": (
        changed(ChainTransaction, status="contradicted")(of_tx("failed")), "not as our transfer"
    ),
    "an end nobody acts on": (
        changed(ChainTransaction, settled_at=None, final_at=LONG_AGO)(of_tx("failed")),
        "nobody has acted on it",
    ),
    "a proof that is gone": (proof_is_gone, "it has a block or no proof"),
    "a proof of another expiration": (proof(expiration_ms=1), "does not prove it"),
    "a proof from before the expiration": (proof(solid_block_time_ms=1), "does not prove it"),
    "a proof with fewer blocks": (proof(blocks_scanned=1), "does not prove it"),
    "a proof that is nonsense": (proof(solid_block="x", blocks_scanned=None), "does not prove it"),
    "a proof by a block never read": (proof(solid_block_id="0" * 64), "not stored with this id"),
    "a block of a proof is gone": (block_in_proof(), "blocks are stored"),
    "a block of a proof is not linked": (
        block_in_proof(parent_id="0" * 64), "the first does not follow the reference block"
    ),
    "a block is another": (block_in_proof(block_id="0" * 64), "does not follow the one before"),
    "a dead one moved money": (flow_of_the_dead, "dead transaction"),
    "a payment without a movement": (lost_flow, "no such movement was recorded"),
    "a scanner that is elsewhere": (
        lambda _: update(ScanCursor, {"block_id": "0" * 64}), "the scanner says it has read"
    ),
    "confirmed without payment": (
        changed(Payout, status="confirmed")(of_payout("failed")), "is confirmed, but"
    ),
    "confirmed at no time": (
        changed(Payout, confirmed_at=None)(of_payout("confirmed")), "is confirmed, but"
    ),
    "paid but failed": (
        changed(Payout, status="failed")(of_payout("confirmed")), "has paid payout_"
    ),
    "cancelled but live": (
        changed(Payout, status="cancelled")(of_payout("processing")), "it has paid or still can"
    ),
    "failed for no reason": (
        changed(Payout, error_message="")(of_payout("failed")), "without a code and a reason"
    ),
    "processing for ever": (
        changed(Payout, status="processing")(of_payout("failed")), "is processing, but"
    ),
    "an older transaction": (
        lambda company: update(
            Payout, {"transaction": dead_tx()}, pk=company.payouts["lost"].pk
        ),
        "as its newest",
    ),
    "a retry of what was paid": (
        lambda company: update(
            Payout, {"retry_of": company.payouts["confirmed"]}, pk=company.payouts["pending"].pk
        ),
        "retries payout_",
    ),
    "two retries": (retried_twice, "was retried 2 times"),
    "an event without arrow": (event_without_arrow, "which is no arrow"),
    "an event that jumps": (event_that_jumps, "the story had come to"),
    "an event that is gone": (event_lost, "but its story ends with"),
    "a silent confirmation": (announcement_lost, "happened 1 times and was announced 0 times"),
    "told twice": (announced_twice, "happened 1 times and was announced 2 times"),
    "half a booking": (entry_lost, "not to zero"),
    "a payment that is not booked": (journal_lost("payout"), "that is not in the books"),
    "a fee that is not booked": (journal_lost("fee"), "fee of transaction"),
    "an empty journal": (journal_empty, "has no entries"),
    "a booking of nothing": (journal_invented, "no end says so"),
    "another asset": (entry_of_other_asset, "on an account of"),
    "another balance": (account(balance_units=7), "its entries sum to"),
    "other held units": (account(held_units=7), "its open holds sum to"),
    "more held than there is": (account(held_units=10**13), "units of USDT for payments and has"),
    "a hold that ended and is open": (hold({"status": "open"}, ended_at=utc_now()), "its end is"),
    "a hold for nobody": (
        hold({"status": "voided"}, status="open", ended_at=None), "units is open for"
    ),
    "a hold that is gone": (hold_lost, "units are posted for it"),
    "a hold posted for a failure": (hold({"status": "voided"}, status="posted"), "is posted for"),
    "an inflow that is not booked": (unbooked_flow, "came to our wallet"),
    "an outflow nobody ordered": (unordered_flow, "no order explains it"),
    "a fee of nothing of ours": (fee_of_nobody, "for the network in block"),
    "a booking in no block": (
        changed(Journal, block_number=None)(lambda _: {"kind": "payout"}), "balance in no block"
    ),
    "a sum that is wrong": (
        lambda _: TallyDelta.objects.filter(measure="failed").update(total=7), "of 7 are told"
    ),
    "a payout that was not counted": (
        lambda _: TallyDelta.objects.all().delete(), "but 0 of 0 are told"
    ),
    "a window that says more": (
        lambda _: LimitWindow.objects.filter(kind="router").update(used_micro=F("used_micro") + 1),
        "its payouts sum to",
    ),
    "a window that is gone": (
        lambda _: LimitWindow.objects.filter(period="day").delete(), "there is no such window"
    ),
    "a trigger that is off": (trigger_disabled, "payout_arrows of payouts_payout is switched off"),
    "a trigger that is gone": (trigger_dropped, "hold_ends_once of wallets_hold is uninstalled"),
    "a trigger that does something else": (
        function_replaced("pgtrigger_hold_ends_once%"),
        "hold_ends_once of wallets_hold is outdated",
    ),
    "a rest for all triggers": (
        function_replaced("_pgtrigger_should_ignore"), "asks whether it may rest was changed"
    ),
    "a check that is gone": (
        lambda _: constraint_dropped(Payout, "payout_amount_in_range"),
        "constraint payout_amount_in_range of payouts_payout is gone",
    ),
    "an index that is gone": (
        lambda _: constraint_dropped(ChainTransaction, "chain_tx_one_live_per_subject"),
        "constraint chain_tx_one_live_per_subject of tron_chaintransaction is gone",
    ),
    "a unique column that is not": (unique_dropped, "column txid of tron_chaintransaction"),
    "a bound of lending that is gone": (
        lambda _: constraint_dropped(DelegationPolicy, "delegation_bounds"),
        "constraint delegation_bounds of staking_delegationpolicy",
    ),
    "a foreign key that is gone": (foreign_key_dropped, "column journal_id of wallets_entry"),
}  # fmt: skip


@pytest.mark.slow
def test_each_corruption_is_named(company: World, subtests: Any) -> None:
    """One company for all: each corruption is undone before the next."""
    assert findings() == []
    for name, (breaking, expected) in CORRUPTIONS.items():
        with subtests.test(name):
            point = transaction.savepoint()
            try:
                breaking(company)
                found = findings(until=expected)
            finally:
                transaction.savepoint_rollback(point)
            assert any(expected in what for what in found), found
    assert findings() == []


def test_what_a_person_or_a_booking_explains_is_no_finding(company: World) -> None:
    internal_flow(company)
    assert not any("no order explains it" in what for what in findings())
    _flow(sender=company.wallet.address, units=9, log_index=1)
    place = "e" * 64 + "/1"
    unexplained = Journal.objects.create(kind="unexplained", reference=place, at=utc_now())
    assert any("no order explains it" in what for what in findings())
    Journal.objects.create(kind="assigned", reference=str(unexplained.pk), at=utc_now())
    assert not any("no order explains it" in what for what in findings())


def test_the_limit_in_days_leaves_old_payouts_out_but_no_books(company: World) -> None:
    update(Payout, {"confirmed_at": None}, pk=company.payouts["confirmed"].pk)
    rows = Account.objects.filter(wallet=company.wallet, asset="TRX")
    rows.update(balance_units=F("balance_units") + 1)
    later = Scope(now=utc_now(), since=utc_now())
    [found] = [one.what for one in database_findings(later)]
    assert "its entries sum to" in found
