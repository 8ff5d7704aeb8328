"""Every movement of a wallet's money meets one journal; what nobody ordered stops everything."""

from typing import Any

import pytest

from lucidpay.clock import utc_now
from payouts.services.settle import payouts_settle
from payouts.services.sign import payouts_sign
from tests import builders
from tests.sandbox.people import Person, call_draft, settle, trx_draft, usdt_draft
from tests.sandbox.process import SandboxProcess
from tests.tron import chain
from tests.tron.chain import reloaded
from tests.wallets.books import (
    UNIT,
    balances,
    booked,
    catch_up,
    contradictions,
    faucet,
    faucet_is_known,
    hot,
    paid,
    pay,
    read,
    solidify,
    suspense,
)
from tron.flows import FEE_LOG_INDEX
from tron.halt import Halted, lift, open_halts
from tron.models import ChainFlow, ChainTransaction, HaltCause
from tron.sandbox.vm.abi import selector, word
from wallets.models import Account, Asset, Journal
from wallets.services.book_flows import OutflowUnjudged, flows_book

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _books_agree(db: None) -> Any:
    """Whatever a test does, the books must agree with themselves at its end."""
    yield
    assert contradictions() == []


def kinds() -> list[str]:
    """Return what was booked since the openings, in order."""
    rows = Journal.objects.exclude(kind="opening").order_by("pk")
    return list(rows.values_list("kind", flat=True))


def test_a_payout_and_its_fee_are_matched_with_the_settlement(node: SandboxProcess) -> None:
    wallet, person = hot(node)
    row = paid(node, wallet, builders.user(), amount_usdt=7 * UNIT)
    catch_up(node)
    row = reloaded(row)
    assert row.status == "succeeded"
    assert row.fee_sun
    assert kinds() == ["payout", "fee"]
    assert balances(wallet) == (993 * UNIT, 1_000 * UNIT - row.fee_sun)
    assert balances(wallet) == chain_has(node, person)
    assert open_halts() == []
    assert set(ChainFlow.objects.values_list("log_index", flat=True)) == {0, FEE_LOG_INDEX}
    assert not ChainFlow.objects.filter(booked_at=None).exists()


def chain_has(node: SandboxProcess, person: Person) -> tuple[int, int]:
    from tests.sandbox.people import trx_of, usdt_of

    return usdt_of(node, person), trx_of(node, person)


def test_a_flow_of_ours_waits_for_the_settlement_and_stops_no_other(node: SandboxProcess) -> None:
    wallet, person = hot(node)
    row = paid(node, wallet, builders.user(), amount_usdt=7 * UNIT)
    faucet(node, person.address, trx=5)
    solidify(node)
    read()
    assert flows_book(now=utc_now()) == 1
    assert flows_book(now=utc_now()) == 0
    waiting = ChainFlow.objects.filter(booked_at=None)
    assert set(waiting.values_list("txid", flat=True)) == {row.txid}
    payouts_settle(now=utc_now())
    assert flows_book(now=utc_now()) == 2
    assert kinds() == ["unexplained", "payout", "fee"]
    assert balances(wallet) == chain_has(node, person)


def test_the_fee_of_a_failed_payout_is_matched(node: SandboxProcess) -> None:
    wallet, person = hot(node)
    row = paid(node, wallet, builders.user(), amount_usdt=7 * UNIT)
    node.post("/sandbox/usdt", blacklist=[person.address])
    catch_up(node)
    assert reloaded(row).status == "failed"
    assert kinds() == ["fee"]
    assert balances(wallet) == chain_has(node, person)
    assert open_halts() == []


def test_usdt_sent_with_the_wallet_s_own_key_outside_trips_and_pages(
    node: SandboxProcess, caplog: pytest.LogCaptureFixture
) -> None:
    wallet, thief = hot(node)
    stolen = usdt_draft(node, thief, Person(), 400 * UNIT)
    receipt = settle(node, stolen, thief)
    catch_up(node)
    assert balances(wallet) == (600 * UNIT, 1_000 * UNIT - receipt["fee"])
    assert balances(wallet) == chain_has(node, thief)
    assert (suspense(Asset.USDT), suspense(Asset.TRX)) == (400 * UNIT, receipt["fee"])
    (halt,) = open_halts()
    assert (halt.cause, halt.subject) == (HaltCause.OUTFLOW, stolen.txid)
    assert "nobody ordered it" in halt.reason
    assert any(line.levelname == "CRITICAL" and "halted" in line.getMessage()
               for line in caplog.records)  # fmt: skip
    assert kinds() == ["unexplained", "unexplained"]


def test_trx_sent_with_the_wallet_s_own_key_outside_trips(node: SandboxProcess) -> None:
    wallet, thief = hot(node)
    settle(node, trx_draft(node, thief, Person(), 100 * UNIT), thief)
    catch_up(node)
    assert balances(wallet) == chain_has(node, thief)
    assert suspense(Asset.TRX) == 1_000 * UNIT - balances(wallet)[1]
    assert [halt.cause for halt in open_halts()] == [HaltCause.OUTFLOW]


def test_trx_burned_by_a_call_that_moves_nothing_trips(node: SandboxProcess) -> None:
    wallet, thief = hot(node)
    approval = selector("approve(address,uint256)") + word(Person().raw[1:]) + word(10**12)
    draft = call_draft(node, thief, approval)
    receipt = settle(node, draft, thief)
    assert receipt["fee"]
    catch_up(node)
    assert suspense(Asset.TRX) == receipt["fee"]
    assert balances(wallet) == chain_has(node, thief)
    assert [halt.subject for halt in open_halts()] == [draft.txid]


def test_an_inflow_from_a_funding_source_is_funding(node: SandboxProcess) -> None:
    wallet, person = hot(node)
    faucet_is_known(node)
    faucet(node, person.address, usdt=5, trx=3)
    catch_up(node)
    assert kinds() == ["inflow", "inflow"]
    assert booked(Account.Kind.FUNDING, Asset.USDT) == -5 * UNIT
    assert balances(wallet) == (1_005 * UNIT, 1_003 * UNIT)
    assert open_halts() == []


def test_any_other_inflow_goes_to_suspense_and_halts_nothing(node: SandboxProcess) -> None:
    wallet, person = hot(node)
    faucet(node, person.address, usdt=5)
    catch_up(node)
    assert kinds() == ["unexplained"]
    assert suspense(Asset.USDT) == -5 * UNIT
    assert balances(wallet)[0] == 1_005 * UNIT  # the chain decides what can be spent
    assert open_halts() == []


def test_money_from_wallet_to_wallet_is_booked_once_and_trips_without_an_order(
    node: SandboxProcess,
) -> None:
    first, person = hot(node)
    second, other = hot(node, usdt=10)
    receipt = settle(node, usdt_draft(node, person, other, 30 * UNIT), person)
    catch_up(node)
    assert sorted(kinds()) == ["internal", "unexplained"]  # the transfer, and its fee
    assert balances(first) == (970 * UNIT, 1_000 * UNIT - receipt["fee"])
    assert balances(second)[0] == 40 * UNIT
    assert suspense(Asset.USDT) == 0
    assert len(open_halts()) == 1


def test_a_payout_to_a_wallet_of_our_own_comes_in_there_as_funding(node: SandboxProcess) -> None:
    wallet, person = hot(node)
    second, other = hot(node, usdt=10)
    paid(node, wallet, builders.user(), amount_usdt=7 * UNIT, recipient_address=other.address)
    catch_up(node)
    assert sorted(kinds()) == ["fee", "inflow", "payout"]
    assert balances(wallet) == chain_has(node, person)
    assert balances(second) == chain_has(node, other)
    assert open_halts() == []


def test_money_that_came_before_the_books_began_is_not_booked_again(node: SandboxProcess) -> None:
    first, person = hot(node)
    second = Person()
    settle(node, usdt_draft(node, person, second, 30 * UNIT), person)
    solidify(node)
    from wallets.services.open import wallet_import, wallet_open

    later = wallet_import(name="later", private_key_hex=second.key.to_hex())
    wallet_open(wallet=later)  # holds the 30 already, and the scanner has not read them yet
    catch_up(node)
    assert balances(later) == chain_has(node, second)
    assert balances(first) == chain_has(node, person)


def test_a_transfer_of_nothing_in_our_name_is_no_flow(node: SandboxProcess) -> None:
    """Swindlers write such logs from other people's addresses, to be copied from histories."""
    wallet, person = hot(node)
    swindler = chain.Person()
    faucet(node, swindler.address, trx=100)
    node.mine()
    data = selector("transferFrom(address,address,uint256)")
    data += word(person.raw[1:]) + word(swindler.raw[1:]) + word(0)
    receipt = settle(node, call_draft(node, swindler, data), swindler)
    assert receipt["receipt"]["result"] == "SUCCESS"
    assert receipt["log"]
    catch_up(node)
    assert not ChainFlow.objects.exists()
    assert open_halts() == []
    assert kinds() == []


def test_what_a_contradicted_transaction_moved_is_unexplained_and_halts(
    node: SandboxProcess,
) -> None:
    wallet, person = hot(node)
    row = paid(node, wallet, builders.user(), amount_usdt=100 * UNIT)
    node.post("/sandbox/usdt", basis_points_rate=10, maximum_fee=UNIT)
    try:
        catch_up(node)
    finally:
        node.post("/sandbox/usdt", basis_points_rate=0, maximum_fee=0)
    assert reloaded(row).status == "contradicted"
    assert kinds() == ["unexplained"] * 3  # the transfer, the token's fee, the burned fee
    assert balances(wallet) == chain_has(node, person)
    assert [halt.subject for halt in open_halts()] == [row.txid]


def test_what_a_dead_transaction_moved_is_unexplained_and_halts(node: SandboxProcess) -> None:
    """It cannot be; a proof of death that was wrong must not pass as a payout."""
    wallet, person = hot(node)
    row = paid(node, wallet, builders.user(), amount_usdt=100 * UNIT)
    ChainTransaction.objects.filter(pk=row.pk).update(
        status="dead", proof={"wrong": True}, settled_at=utc_now()
    )
    catch_up(node)
    assert kinds() == ["unexplained", "unexplained"]
    assert [halt.subject for halt in open_halts()] == [row.txid]


def test_a_fee_that_was_settled_otherwise_than_it_was_burned_halts(node: SandboxProcess) -> None:
    wallet, person = hot(node)
    row = paid(node, wallet, builders.user(), amount_usdt=7 * UNIT)
    solidify(node)
    read()
    ChainTransaction.objects.filter(pk=row.pk).update(fee_sun=1)
    payouts_settle(now=utc_now())
    flows_book(now=utc_now())
    assert balances(wallet) == chain_has(node, person)
    assert [halt.subject for halt in open_halts()] == [row.txid]


def test_nothing_stays_of_a_booking_that_breaks_off(
    node: SandboxProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The money, the halt and the mark on the flow come together or not at all."""
    wallet, thief = hot(node)
    settle(node, usdt_draft(node, thief, Person(), 400 * UNIT), thief)
    solidify(node)
    read()
    before = balances(wallet)

    class PowerCut(Exception):
        pass

    def cut(*_: object, **__: object) -> None:
        raise PowerCut

    with monkeypatch.context() as patch:
        patch.setattr("wallets.services.book_flows.ChainFlow.objects.bulk_create", cut)
        patch.setattr(
            "wallets.services.book_flows.ChainFlow.objects.filter", _breaks_at_update(cut)
        )
        with pytest.raises(PowerCut):
            flows_book(now=utc_now())
    assert (balances(wallet), kinds(), open_halts()) == (before, [], [])
    assert flows_book(now=utc_now()) == 2
    assert balances(wallet) == chain_has(node, thief)
    assert len(open_halts()) == 1


def _breaks_at_update(cut: Any) -> Any:
    """Return a ``filter`` whose rows can be read, and break when they are to be changed."""
    true_filter = ChainFlow.objects.filter

    def filtered(*args: Any, **kwargs: Any) -> Any:
        rows = true_filter(*args, **kwargs)
        if "pk__in" in kwargs:
            rows.update = cut
        return rows

    return filtered


def test_a_flow_that_cannot_be_booked_stops_no_other(node: SandboxProcess) -> None:
    wallet, person = hot(node)
    faucet(node, person.address, usdt=5)
    faucet(node, person.address, usdt=6)
    solidify(node)
    read()
    bad = ChainFlow.objects.order_by("pk").first()
    assert bad
    Journal.objects.create(
        kind="unexplained", reference=f"{bad.txid}/{bad.log_index}", at=utc_now()
    )
    assert flows_book(now=utc_now()) == 1
    assert list(ChainFlow.objects.filter(booked_at=None)) == [bad]
    assert balances(wallet)[0] == 1_000 * UNIT + sum(
        ChainFlow.objects.exclude(pk=bad.pk).values_list("units", flat=True)
    )


def test_an_outflow_that_cannot_be_booked_halts_all_the_same_and_once(
    node: SandboxProcess,
) -> None:
    _, thief = hot(node)
    stolen = usdt_draft(node, thief, Person(), 400 * UNIT)
    settle(node, stolen, thief)
    solidify(node)
    read()
    for index in (0, FEE_LOG_INDEX):
        reference = f"{stolen.txid}/{index}"
        Journal.objects.create(kind="unexplained", reference=reference, at=utc_now())
    flows_book(now=utc_now())
    (why,) = open_halts()
    assert (why.cause, why.subject) == (HaltCause.OUTFLOW, stolen.txid)
    lift(halts=[why.pk], reason="understood", by="tests", now=utc_now())
    flows_book(now=utc_now())
    assert open_halts() == []


def test_nothing_is_signed_before_an_unknown_outflow_is_judged(node: SandboxProcess) -> None:
    """A database that was set back takes what it had paid for a payout that is still due."""
    wallet, person = hot(node)
    settle(node, usdt_draft(node, person, Person(), 400 * UNIT), person)
    solidify(node)
    with pytest.raises(OutflowUnjudged):
        pay(wallet, builders.user())
    assert not ChainTransaction.objects.exists()
    while flows_book(now=utc_now()):
        pass
    with pytest.raises(Halted):
        payouts_sign(wallet_id=wallet.pk, now=utc_now())
    lift(halts=[one.pk for one in open_halts()], reason="ours", by="tests", now=utc_now())
    assert payouts_sign(wallet_id=wallet.pk, now=utc_now()) == 1
