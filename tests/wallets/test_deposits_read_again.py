"""Blocks that are read again, and a database that was set back: no deposit twice, and none lost."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction

from lucidpay.clock import utc_now
from lucidpay.verification import deposits as checks
from lucidpay.verification.findings import Scope
from tests.sandbox.people import Person, settle, usdt_draft
from tests.sandbox.process import SandboxProcess
from tests.tron.chain import scan_all, send
from tests.tron.lying_node import Behaviour, changes
from tests.tron.two_nodes import RECEIPTS, Two, away, back, forks_after
from tests.wallets.books import UNIT, booked, faucet, hot, read, solidify
from tests.wallets.depositing import (
    book_all,
    deposit_address,
    follow,
    fuel,
    sweep,
    thief_of,
)
from tron.address import address_parse
from tron.errors import WrongChain
from tron.halt import halt, lift, open_halts
from tron.models import ChainFlow, HaltCause, ScanCursor, WatchedPair
from tron.rewind import scan_rewind
from wallets.models import Account, Asset, Journal
from wallets.models_deposit import Deposit, DepositAddress
from wallets.services.deposits import deposit_addresses_pass_over

pytestmark = pytest.mark.django_db


@pytest.fixture
def two(node: SandboxProcess, settings: Any) -> Iterator[Two]:
    """Point the platform at two nodes of one chain; each lies when told to."""
    from tests.tron.lying_node import lying_node

    with lying_node(node.url) as first, lying_node(node.url) as second:
        settings.TRON_NODES = [first.url, second.url]
        yield first, second


def rewind() -> None:
    """Forget what one node alone has told, as a person does after it lied."""
    scan_rewind(by="tests", reason="the first node lied", now=utc_now())


def lift_all() -> None:
    """Lift what was pulled."""
    keys = [one.pk for one in open_halts()]
    lift(halts=keys, reason="understood", by="tests", now=utc_now())


def deposits() -> list[tuple[str, int]]:
    """Return the deposits with their amounts, and require that each is booked once."""
    rows = list(Deposit.objects.order_by("pk").values_list("txid", "log_index", "units"))
    references = [f"{txid}/{index}" for txid, index, _ in rows]
    journals = Journal.objects.filter(reference__in=references)
    assert sorted(journals.values_list("reference", flat=True)) == sorted(references)
    scope = Scope(now=utc_now())
    wrong = [found for check in (checks.UNBOOKED, checks.NEVER_CAME, checks.OTHER_SUM)
             for found in check(scope)]  # fmt: skip
    assert wrong == []
    return [(txid, units) for txid, _, units in rows]


def pays(txid: str, recipient: str, units: int) -> Behaviour:
    """Tell a receipt as if its transfer had been of this much, to somebody else."""

    def change(receipts: Any) -> Any:
        for receipt in receipts:
            if receipt["id"] == txid:
                [log] = receipt["log"]
                log["topics"][2] = "00" * 12 + address_parse(recipient).hex()[2:]
                log["data"] = f"{units:064x}"
        return receipts

    return changes(change)


def test_what_one_node_invents_is_no_deposit(node: SandboxProcess, two: Two) -> None:
    read()
    deposit, payer = deposit_address(), Person()
    faucet(node, payer.address, usdt=100, trx=100)
    node.mine()
    made = usdt_draft(node, payer, Person(), UNIT)
    two[0].on(RECEIPTS, pays(made.txid, deposit.address, 500 * UNIT))
    settle(node, made, payer)
    solidify(node)
    read()
    book_all()
    assert ChainFlow.objects.get(txid=made.txid).recipient == deposit.address
    assert deposits() == []
    (why,) = open_halts()
    assert (why.cause, made.txid in why.reason) == (HaltCause.NODE, True)
    back(two[0])
    rewind()
    lift_all()
    read()
    book_all()
    assert deposits() == []
    assert not ChainFlow.objects.exists()
    assert open_halts() == []


def test_what_one_node_invents_between_a_pair_is_not_booked(node: SandboxProcess, two: Two) -> None:
    read()
    payer, payee = Person(), Person()
    WatchedPair.objects.create(sender=payer.address, recipient=payee.address, from_block=0)
    faucet(node, payer.address, usdt=100, trx=100)
    node.mine()
    made = usdt_draft(node, payer, Person(), UNIT)
    two[0].on(RECEIPTS, pays(made.txid, payee.address, 500 * UNIT))
    settle(node, made, payer)
    solidify(node)
    read()
    book_all()
    assert ChainFlow.objects.get().booked_at is None
    assert [one.cause for one in open_halts()] == [HaltCause.NODE]


def test_a_deposit_waits_for_the_second_node_and_is_booked_once_after_all(
    node: SandboxProcess, two: Two
) -> None:
    read()
    deposit = deposit_address()
    faucet(node, deposit.address, usdt=30)
    away(two[1])
    solidify(node)
    read()
    book_all()
    assert deposits() == []
    halt(cause=HaltCause.OPERATOR, reason="drill", by="tests", now=utc_now())
    rewind()
    assert not ChainFlow.objects.exists()
    read()
    back(two[1])
    read()
    book_all()
    assert [units for _, units in deposits()] == [30 * UNIT]


def test_a_fork_that_one_node_told_leaves_no_deposit_behind(
    node: SandboxProcess, two: Two, settings: Any
) -> None:
    read()
    deposit = deposit_address()
    forks_after(node, two[0])
    faucet(node, deposit.address, usdt=30)
    solidify(node)
    read()
    book_all()
    assert deposits() == []
    assert len(open_halts()) == 1
    settings.TRON_NODES = [two[1].url]
    node.mine()
    with pytest.raises(WrongChain):
        scan_all(now=utc_now())
    rewind()
    read()
    book_all()
    assert [units for _, units in deposits()] == [30 * UNIT]


def test_what_was_booked_is_not_booked_again_when_its_block_is_read_again(
    node: SandboxProcess,
) -> None:
    """A wallet of ours is booked on one node's word; so a flow may be known when it comes again."""
    read()
    deposit = deposit_address()
    faucet(node, deposit.address, usdt=30)
    before = ScanCursor.objects.values().get()
    follow(node)
    known = deposits()
    set_back(before)
    faucet(node, deposit.address, usdt=7)
    follow(node)
    assert deposits()[:1] == known
    assert [units for _, units in deposits()] == [30 * UNIT, 7 * UNIT]
    assert booked(Account.Kind.PAYMENTS, Asset.USDT) == -37 * UNIT


def set_back(place: dict[str, Any]) -> None:
    """Let the scanner read again what it has read, flows and deposits being kept."""
    from tron.models import ScannedBlock

    ScannedBlock.objects.filter(number__gt=place["number"]).delete()
    ScanCursor.objects.filter(genesis_id=place["genesis_id"]).update(**place)


def test_after_a_restore_nothing_is_lost_and_no_address_is_handed_out_twice(
    node: SandboxProcess,
) -> None:
    wallet, _ = hot(node)
    known = deposit_address()
    faucet(node, known.address, usdt=30)
    follow(node)
    backup = transaction.savepoint()
    lost = [deposit_address() for _ in range(3)]
    faucet(node, known.address, usdt=4)
    for number, one in enumerate(lost, start=1):
        faucet(node, one.address, usdt=number)
    follow(node)
    fuel(node, wallet, known, trx=20)
    tx = sweep(known, wallet, node, units=30 * UNIT)
    send(node, tx)
    follow(node)
    amounts = sorted(units for _, units in deposits())
    transaction.savepoint_rollback(backup)  # the database is restored
    assert Deposit.objects.count() == 1
    call_command("wallet", "pass-over", "5")
    read()
    book_all()
    assert sorted(units for _, units in deposits()) == amounts
    paid = dict(Deposit.objects.filter(asset="USDT").values_list("address__address", "units"))
    assert [paid[one.address] for one in lost] == [UNIT, 2 * UNIT, 3 * UNIT]
    fresh = deposit_address()
    assert fresh.index == known.index + 6
    assert fresh.address not in {one.address for one in lost}
    # What left us meanwhile nobody ordered, as far as this database knows.
    assert tx.txid in {one.subject for one in open_halts()}
    assert thief_of(fresh).address == fresh.address


def test_more_than_a_thousand_addresses_are_passed_over() -> None:
    first = deposit_address()
    assert deposit_addresses_pass_over(count=1_001, now=utc_now()) == first.index + 1_002
    assert DepositAddress.objects.count() == 1_002
    assert deposit_address().index == 1_002
