"""The books against the chain: every true difference stops everything, and no false one does."""

import random
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from lucidpay.clock import utc_now
from lucidpay.errors import ValidationFailed
from payouts.services.settle import payouts_settle
from payouts.services.sign import payouts_sign
from tests import builders
from tests.sandbox.people import Person, settle, usdt_draft
from tests.sandbox.process import SandboxProcess
from tests.tron.lying_node import Exchange, LyingNode, lying_node
from tests.waiting import until
from tests.wallets.books import (
    UNIT,
    balances,
    catch_up,
    contradictions,
    faucet,
    hot,
    paid,
    read,
    router_assign,
    solidify,
    suspense,
)
from tron.agree import blocks_agree
from tron.broadcast import broadcast_due
from tron.halt import open_halts
from tron.models import ChainFlow, HaltCause, ScannedBlock
from tron.scan import scan_solid
from wallets.balances import NoSnapshot
from wallets.models import Asset, Entry, Journal, Reconciliation, Snapshot, Wallet
from wallets.services import reconcile as reconciling
from wallets.services.book_flows import flows_book
from wallets.services.reconcile import (
    BELIEVED_AFTER,
    CorrectedBefore,
    NoDifference,
    difference_correct,
    reconcile,
    snapshot_compare,
    snapshot_take,
)

BALANCE, TOKEN = "walletsolidity/getaccount", "walletsolidity/triggerconstantcontract"


def round_(node: SandboxProcess, blocks: int = 1) -> None:
    """Make a solid block, take what snapshot is due, let all catch up and compare."""
    node.mine(blocks)
    reconcile(now=utc_now())
    catch_up(node)
    reconcile(now=utc_now())


def differences() -> list[int]:
    """Return what the comparisons found, in order."""
    rows = Reconciliation.objects.order_by("pk")
    return list(rows.values_list("difference_units", flat=True))


def causes() -> list[str]:
    return [halt.cause for halt in open_halts()]


@pytest.mark.django_db
def test_books_that_follow_the_chain_show_no_difference(node: SandboxProcess) -> None:
    wallet, person = hot(node)
    row = paid(node, wallet, builders.user(), amount_usdt=7 * UNIT)
    faucet(node, person.address, usdt=3, trx=2)
    catch_up(node)
    round_(node)
    done = {one.asset: one for one in Reconciliation.objects.all()}
    assert set(done) == {"USDT", "TRX"}
    assert done["USDT"].chain_units == done["USDT"].ledger_units == 996 * UNIT
    assert differences() == [0, 0]
    assert done["USDT"].block_id == ScannedBlock.objects.get(pk=done["USDT"].block_number).block_id
    assert not Snapshot.objects.exists()
    assert open_halts() == []
    assert row.txid


@pytest.mark.django_db
def test_it_compares_with_the_books_as_of_that_block(node: SandboxProcess) -> None:
    """What comes in after the snapshot's block is booked before the comparison."""
    wallet, person = hot(node)
    read()
    assert snapshot_take(wallet=wallet, now=utc_now())
    faucet(node, person.address, usdt=50, trx=9)
    catch_up(node)
    assert balances(wallet) == (1_050 * UNIT, 1_009 * UNIT)
    assert snapshot_compare(wallet=wallet, now=utc_now())
    assert differences() == [0, 0]
    assert set(Reconciliation.objects.values_list("ledger_units", flat=True)) == {1_000 * UNIT}


@pytest.mark.django_db
def test_it_waits_until_all_up_to_the_block_is_read_settled_and_booked(
    node: SandboxProcess,
) -> None:
    wallet, person = hot(node)
    paid(node, wallet, builders.user(), amount_usdt=7 * UNIT)
    solidify(node)
    assert snapshot_take(wallet=wallet, now=utc_now())
    steps: list[Any] = [
        lambda: None,
        read,
        lambda: flows_book(now=utc_now()),
        lambda: payouts_settle(now=utc_now()),
    ]
    for step in steps:
        step()
        assert not snapshot_compare(wallet=wallet, now=utc_now())
    flows_book(now=utc_now())
    assert snapshot_compare(wallet=wallet, now=utc_now())
    assert differences() == [0, 0]


@pytest.mark.django_db
def test_a_difference_seen_in_enough_blocks_trips_and_pages(
    node: SandboxProcess, caplog: pytest.LogCaptureFixture
) -> None:
    wallet, person = hot(node)
    settle(node, usdt_draft(node, person, Person(), 40 * UNIT), person)
    solidify(node)
    read()
    ChainFlow.objects.all().delete()  # a movement that the scanner cannot see
    for done in range(1, BELIEVED_AFTER):
        round_(node)
        assert (len(differences()), causes()) == (2 * done, [])
    round_(node)
    assert set(causes()) == {HaltCause.BOOKS}
    assert {halt.subject for halt in open_halts()} == {
        f"{person.address} USDT",
        f"{person.address} TRX",
    }
    assert any(line.levelname == "CRITICAL" and "books_differ" in line.getMessage()
               for line in caplog.records)  # fmt: skip
    count = len(differences())
    round_(node)
    assert len(differences()) == count  # believed; the next one comes in its time


@pytest.mark.django_db
def test_a_difference_that_goes_away_is_not_believed(node: SandboxProcess, settings: Any) -> None:
    """A node that now and then tells a balance of an older block."""
    settings.RECONCILE_INTERVAL_S = 1
    wallet, person = hot(node)
    stale = {"on": False}

    def tell(exchange: Exchange) -> None:
        answer = exchange.forward()
        if stale["on"]:
            answer["balance"] -= 5 * UNIT
        exchange.reply(answer)

    with lying_node(node.url) as liar:
        liar.on(BALANCE, tell)
        settings.TRON_NODES = [liar.url]
        for lies in (True, True, False, True, True, False):
            stale["on"] = lies
            take_and_compare(node, wallet)
    assert [units for units in differences() if units] == [-5 * UNIT] * 4
    assert open_halts() == []


def take_and_compare(node: SandboxProcess, wallet: Wallet) -> None:
    node.mine()
    assert snapshot_take(wallet=wallet, now=utc_now())
    catch_up(node)
    assert snapshot_compare(wallet=wallet, now=utc_now())


@pytest.mark.django_db
def test_a_balance_that_changes_between_two_readings_is_no_snapshot(
    node: SandboxProcess, settings: Any
) -> None:
    """Two backends behind one name, one of them behind the other."""
    wallet, person = hot(node)
    with lying_node(node.url) as liar:
        liar.on(BALANCE, alternates(liar))
        settings.TRON_NODES = [liar.url]
        with pytest.raises(NoSnapshot):
            snapshot_take(wallet=wallet, now=utc_now())
    assert not Snapshot.objects.exists()


def alternates(liar: LyingNode) -> Any:
    """Return a behaviour that tells another balance every second time."""

    def tell(exchange: Exchange) -> None:
        answer = exchange.forward()
        answer["balance"] -= len(liar.questions(BALANCE)) % 2
        exchange.reply(answer)

    return tell


@pytest.mark.django_db
def test_a_snapshot_older_than_what_was_read_is_thrown_away(
    node: SandboxProcess, settings: Any
) -> None:
    wallet, person = hot(node)
    old = node.post("/walletsolidity/getblock", detail=False)
    faucet(node, person.address, trx=5)
    catch_up(node)
    with lying_node(node.url) as liar:
        liar.on("walletsolidity/getblock", lambda exchange: exchange.reply(old))
        settings.TRON_NODES = [liar.url]
        assert not snapshot_take(wallet=wallet, now=utc_now())
    assert not Snapshot.objects.exists()


@pytest.mark.django_db
def test_a_snapshot_of_a_block_that_was_not_read_here_is_dropped(node: SandboxProcess) -> None:
    wallet, person = hot(node)
    node.mine()
    snapshot_take(wallet=wallet, now=utc_now())
    Snapshot.objects.update(block_id="ff" * 32, trx_sun=1)
    catch_up(node)
    assert not snapshot_compare(wallet=wallet, now=utc_now())
    assert not Snapshot.objects.exists()
    assert not Reconciliation.objects.exists()


@pytest.mark.django_db
def test_a_snapshot_of_a_block_that_nobody_ever_makes_does_not_wait_for_ever(
    node: SandboxProcess,
) -> None:
    wallet, _ = hot(node)
    node.mine()
    snapshot_take(wallet=wallet, now=utc_now())
    Snapshot.objects.update(block_number=10**9, block_id=f"{10**9:016x}" + "ab" * 24)
    catch_up(node)
    assert not snapshot_compare(wallet=wallet, now=utc_now())
    assert Snapshot.objects.exists()  # the scanner may only have looked too early
    scan_solid(now=utc_now() + timedelta(minutes=1))
    assert not snapshot_compare(wallet=wallet, now=utc_now())
    assert not Snapshot.objects.exists()


@pytest.mark.django_db
def test_a_clock_that_was_set_back_keeps_nothing_from_being_compared(
    node: SandboxProcess,
) -> None:
    hot(node)
    node.mine()
    reconcile(now=utc_now() + timedelta(days=365))
    catch_up(node)
    reconcile(now=utc_now() + timedelta(days=365))
    assert len(differences()) == 2
    round_(node)
    assert len(differences()) == 4


@pytest.mark.django_db
def test_it_looks_again_in_its_time_and_not_before(node: SandboxProcess, settings: Any) -> None:
    hot(node)
    round_(node)
    round_(node)
    assert len(differences()) == 2
    settings.RECONCILE_INTERVAL_S = 0
    round_(node)
    assert len(differences()) == 4


@pytest.mark.django_db
def test_one_node_that_is_away_stops_no_comparison(node: SandboxProcess, settings: Any) -> None:
    wallet, person = hot(node)
    node.mine()
    snapshot_take(wallet=wallet, now=utc_now())
    catch_up(node)
    settings.TRON_NODES = ["http://127.0.0.1:1"]
    reconcile(now=utc_now())
    assert differences() == [0, 0]
    reconcile(now=utc_now())


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(12))
def test_payouts_in_flight_never_raise_a_false_alarm(
    node: SandboxProcess, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same steps in any order, each as far as it comes: the books must never differ."""
    monkeypatch.setattr("tron.scan.BLOCKS_A_PASS_MAX", 4)
    dice = random.Random(seed)  # noqa: S311 (nothing here is secret)
    wallet, person = hot(node)
    router_assign(wallet=wallet)
    owner = builders.user()

    def order() -> None:
        for _ in range(dice.randrange(1, 4)):
            builders.payout(owner, amount_usdt=dice.randrange(1, 9) * 10_000)
        read()
        payouts_sign(wallet_id=wallet.pk, now=utc_now())

    steps: list[Any] = [
        order,
        lambda: faucet(node, person.address, usdt=dice.randrange(1, 9), trx=dice.randrange(1, 9)),
        lambda: broadcast_due(now=utc_now()),
        lambda: node.mine(dice.randrange(1, 8)),
        lambda: node.mine(20),
        lambda: scan_solid(now=utc_now()),
        lambda: scan_solid(now=utc_now()),
        lambda: blocks_agree(now=utc_now()),
        lambda: payouts_settle(now=utc_now()),
        lambda: flows_book(now=utc_now()),
        lambda: snapshot_take(wallet=wallet, now=utc_now()),
        lambda: snapshot_compare(wallet=wallet, now=utc_now()),
        lambda: snapshot_compare(wallet=wallet, now=utc_now()),
    ]
    for _ in range(60):
        dice.choice(steps)()
        assert not any(differences())
    catch_up(node)
    Snapshot.objects.all().delete()
    node.mine()
    assert snapshot_take(wallet=wallet, now=utc_now())
    catch_up(node)
    assert snapshot_compare(wallet=wallet, now=utc_now())
    assert not any(differences())
    assert open_halts() == []
    assert contradictions() == []


@pytest.mark.django_db(transaction=True)
def test_a_settlement_at_the_same_moment_is_seen_whole_or_not_at_all(
    node: SandboxProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look at the balance and the look at what is unbooked, the rest is booked."""
    wallet, person = hot(node)
    paid(node, wallet, builders.user(), amount_usdt=7 * UNIT)
    solidify(node)
    assert snapshot_take(wallet=wallet, now=utc_now())
    read()
    look = reconciling._is_unfinished

    def settle_all() -> None:
        try:
            payouts_settle(now=utc_now())
            flows_book(now=utc_now())
        finally:
            connection.close()

    other = Thread(target=settle_all)

    def meanwhile(*args: Any) -> bool:
        other.start()
        until("the other is through or waits", lambda: not other.is_alive() or somebody_waits())
        return look(*args)

    monkeypatch.setattr(reconciling, "_is_unfinished", meanwhile)
    snapshot_compare(wallet=wallet, now=utc_now())
    other.join()
    monkeypatch.undo()
    snapshot_compare(wallet=wallet, now=utc_now())
    assert differences() == [0, 0]


def somebody_waits() -> bool:
    """Whether a connection to this database waits for a lock."""
    with connection.cursor() as cursor:
        # Not pg_stat_activity, which stands still within a transaction.
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_two_bookers_at_once_book_everything_once(node: SandboxProcess) -> None:
    wallet, thief = hot(node)
    for _ in range(6):
        faucet(node, thief.address, usdt=1)
        settle(node, usdt_draft(node, thief, Person(), UNIT), thief)
    solidify(node)
    read()
    flows = ChainFlow.objects.count()
    barrier = Barrier(3)

    def work() -> None:
        try:
            barrier.wait()
            while flows_book(now=utc_now()):
                pass
        finally:
            connection.close()

    threads = [Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert flows == 18
    assert Journal.objects.exclude(kind="opening").count() == flows
    assert not ChainFlow.objects.filter(booked_at=None).exists()
    assert balances(wallet)[0] == 1_000 * UNIT
    assert contradictions() == []
    assert len(open_halts()) == 6


@pytest.mark.django_db
def test_a_person_corrects_exactly_the_newest_difference_and_once(node: SandboxProcess) -> None:
    wallet, person = hot(node)
    settle(node, usdt_draft(node, person, Person(), 40 * UNIT), person)
    solidify(node)
    read()
    ChainFlow.objects.filter(asset="USDT").delete()
    said: dict[str, Any] = {"wallet": wallet, "asset": Asset.USDT, "by": "ann", "now": utc_now()}
    with pytest.raises(NoDifference):
        difference_correct(reason="too early", **said)
    for _ in range(BELIEVED_AFTER):
        round_(node)
    with pytest.raises(ValidationFailed):
        difference_correct(reason=" ", **said)
    difference_correct(reason="the token's owner seized it", **said)
    assert (balances(wallet)[0], suspense(Asset.USDT)) == (960 * UNIT, 40 * UNIT)
    with pytest.raises(CorrectedBefore):
        difference_correct(reason="again", **said)
    booked = Journal.objects.get(kind="correction")
    assert (booked.by, booked.note) == ("ann", "the token's owner seized it")
    Snapshot.objects.all().delete()
    take_and_compare(node, wallet)
    assert differences()[-2:] == [0, 0]
    with pytest.raises(NoDifference):
        difference_correct(reason="nothing left", **said)


@pytest.mark.django_db
def test_a_comparison_is_never_changed(node: SandboxProcess) -> None:
    hot(node)
    round_(node)
    for change in (lambda rows: rows.update(node="x"), lambda rows: rows._raw_delete("default")):
        with pytest.raises(DatabaseError), transaction.atomic():
            change(Reconciliation.objects.all())


@pytest.mark.django_db
def test_books_that_contradict_themselves_are_named(node: SandboxProcess) -> None:
    wallet, _ = hot(node)
    assert contradictions() == []
    account = Entry.objects.filter(account__wallet=wallet).earliest("pk").account
    account.balance_units += 1
    account.held_units += 1
    account.save()
    assert len(contradictions()) == 2
