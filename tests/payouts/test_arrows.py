"""The table of arrows, kept by code and, for whoever goes around the code, by the database."""

from itertools import product

import pgtrigger
import pytest
from django.db import DatabaseError, IntegrityError, transaction

from lucidpay.clock import utc_now
from lucidpay.errors import InvariantBroken
from payouts.models import Payout, PayoutEvent
from payouts.states import ARROWS, FINAL, Status
from payouts.story import advance
from tests import builders
from tron.models import FINAL as TX_FINAL
from tron.models import LIVE, ChainTransaction, TxStatus
from wallets.models import Hold
from webhooks.models import Event

pytestmark = pytest.mark.django_db
ALL = [pair for pair in product(Status, Status) if pair[0] != pair[1]]
FORBIDDEN = [pair for pair in ALL if pair not in ARROWS]

TX_ARROWS = {
    (TxStatus.AWAITING, TxStatus.SIGNED),
    (TxStatus.SIGNED, TxStatus.SENT),
    *product(LIVE, TX_FINAL),
}
TX_FORBIDDEN = [pair for pair in product(TxStatus, TxStatus) if len({*pair}) == 2]
TX_FORBIDDEN = [pair for pair in TX_FORBIDDEN if pair not in TX_ARROWS]
HOLD_FORBIDDEN = [(a, b) for a, b in product(Hold.Status, Hold.Status) if a != b and a != "open"]


def named(pair: tuple[Status, Status]) -> str:
    return f"{pair[0]}-to-{pair[1]}"


@pytest.fixture
def owner() -> object:
    builders.hot_wallet()
    return builders.user()


def test_final_states_have_no_way_out() -> None:
    assert not {start for start, _ in ARROWS} & FINAL


@pytest.mark.parametrize(("start", "end"), FORBIDDEN, ids=map(named, FORBIDDEN))
def test_the_code_refuses_what_is_no_arrow(owner: object, start: Status, end: Status) -> None:
    payout = builders.payout(owner, status=start)
    before = (PayoutEvent.objects.count(), Event.objects.count())
    with pytest.raises(InvariantBroken), transaction.atomic():
        advance([payout], to=end, by="test", now=utc_now(), note="")
    assert Payout.objects.get().status == start
    assert (PayoutEvent.objects.count(), Event.objects.count()) == before


@pytest.mark.parametrize(("start", "end"), FORBIDDEN, ids=map(named, FORBIDDEN))
def test_the_database_refuses_what_is_no_arrow(owner: object, start: Status, end: Status) -> None:
    payout = builders.payout(owner, status=start)
    with pytest.raises(DatabaseError), transaction.atomic():
        Payout.objects.filter(pk=payout.pk).update(status=end)
    assert Payout.objects.get().status == start


@pytest.mark.parametrize(("start", "end"), TX_FORBIDDEN, ids=map(named, TX_FORBIDDEN))
def test_the_database_refuses_what_is_no_arrow_of_a_transaction(
    owner: object, start: TxStatus, end: TxStatus
) -> None:
    builders.payout(owner, status=Status.PROCESSING)
    if start == TxStatus.AWAITING:  # where a transaction begins that people sign
        with pgtrigger.ignore("tron.ChainTransaction:chain_tx_arrows"):
            ChainTransaction.objects.update(status=start)
    elif start != TxStatus.SIGNED:
        ChainTransaction.objects.update(status=start, block_number=1, block_time_ms=1, proof={})
    with pytest.raises(DatabaseError, match="Invalid transition"), transaction.atomic():
        ChainTransaction.objects.update(status=end, block_number=1, block_time_ms=1, proof={})
    assert ChainTransaction.objects.get().status == start


@pytest.mark.parametrize(("start", "end"), HOLD_FORBIDDEN, ids=map(named, HOLD_FORBIDDEN))
def test_the_database_ends_no_hold_twice(owner: object, start: str, end: str) -> None:
    builders.payout(owner, status=Status.PROCESSING)
    Hold.objects.update(status=start)
    with pytest.raises(DatabaseError, match="Invalid transition"), transaction.atomic():
        Hold.objects.update(status=end)
    assert set(Hold.objects.values_list("status", flat=True)) == {start}


@pytest.mark.parametrize(
    "change",
    [{"amount_micro": 1}, {"recipient_address": "TK31Bs4p7BZionueRbSrG5ZTfxPyHCLy3a"}],
    ids=["amount", "recipient"],
)
def test_the_database_keeps_whom_and_how_much_it_pays(owner: object, change: dict) -> None:
    payout = builders.payout(owner)
    with pytest.raises(DatabaseError, match="cannot be changed"), transaction.atomic():
        Payout.objects.filter(pk=payout.pk).update(**change)


def test_the_database_refuses_a_second_live_transaction_of_a_payout(owner: object) -> None:
    payout = builders.payout(owner, status=Status.PROCESSING)
    twin = ChainTransaction.objects.get(subject=payout.pk)
    twin.pk, twin.txid = None, "f" * 64
    with pytest.raises(IntegrityError, match="chain_tx_one_live_per_subject"), transaction.atomic():
        twin.save(force_insert=True)


def test_the_database_refuses_another_transaction_after_one_that_paid(owner: object) -> None:
    payout = builders.payout(owner, status=Status.CONFIRMED)
    twin = ChainTransaction.objects.get(subject=payout.pk)
    twin.pk, twin.txid, twin.status = None, "f" * 64, "signed"
    with pytest.raises(IntegrityError, match="chain_tx_one_live_per_subject"), transaction.atomic():
        twin.save(force_insert=True)


def test_the_database_refuses_the_same_txid_twice(owner: object) -> None:
    payout = builders.payout(owner, status=Status.PROCESSING)
    twin = ChainTransaction.objects.get(subject=payout.pk)
    twin.pk, twin.subject = None, builders.uuid4()
    with pytest.raises(IntegrityError, match="txid"), transaction.atomic():
        twin.save(force_insert=True)


@pytest.mark.parametrize(
    "field", ["signed_hex", "txid", "recipient", "amount_micro", "ref_block_number", "timestamp_ms"]
)
def test_the_database_keeps_what_was_signed(owner: object, field: str) -> None:
    builders.payout(owner, status=Status.PROCESSING)
    value = "x" if field in ("signed_hex", "txid", "recipient") else 7
    with pytest.raises(DatabaseError, match="cannot be changed"), transaction.atomic():
        ChainTransaction.objects.update(**{field: value})


@pytest.mark.parametrize("model", [Payout, PayoutEvent, ChainTransaction])
def test_the_database_deletes_nothing_of_the_story(owner: object, model: type) -> None:
    builders.payout(owner, status=Status.PROCESSING)
    with pytest.raises(DatabaseError), transaction.atomic():
        model.objects.all()._raw_delete("default")


def test_every_step_leaves_one_event_and_one_announcement(owner: object) -> None:
    payout = builders.payout(owner, status=Status.CONFIRMED)
    steps = [(e.from_status, e.to_status) for e in payout.events.order_by("id")]
    assert steps == [("", "pending"), ("pending", "processing"), ("processing", "confirmed")]
    told = Event.objects.filter(subject=payout.pk).order_by("id").values_list("type", flat=True)
    assert list(told) == ["payout.created", "payout.processing", "payout.confirmed"]
