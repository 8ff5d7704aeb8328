"""The scanner stopped anywhere, and two at once: each block is taken once, whole or not at all."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from tests.sandbox.people import Person
from tests.sandbox.process import SandboxProcess
from tests.tron.chain import LATER, NOW, SOLID_LAG, scan_all, send, stored
from tests.tron.lying_node import LyingNode, drops
from tron import scan
from tron.models import (
    LIVE,
    ChainFlow,
    ChainTransaction,
    ScanCursor,
    ScannedBlock,
    TxStatus,
    WatchedAddress,
)
from tron.networks import network
from tron.node import Block
from tron.scan import scan_solid

pytestmark = pytest.mark.django_db(transaction=True)


class PowerCut(BaseException):
    """Nobody catches it, as nobody catches SIGKILL."""


def ready(node: SandboxProcess, alice: Person, count: int) -> list[ChainTransaction]:
    """Return transfers in ``count`` solid blocks of their own that are unread."""
    WatchedAddress.objects.create(address=alice.address, from_block=0)
    scan_all()
    rows = [stored(node, alice) for _ in range(count)]
    for row in rows:
        send(node, row)
        node.mine()
    node.mine(SOLID_LAG)
    return rows


def statuses(rows: list[ChainTransaction]) -> list[str]:
    """Return how they stand, in order."""
    found = dict(ChainTransaction.objects.values_list("txid", "status"))
    return [found[row.txid] for row in rows]


def whole(rows: list[ChainTransaction], start: int) -> None:
    """Check that every block was taken once and every transfer has one end and one flow."""
    place = ScanCursor.objects.get()
    numbers = ScannedBlock.objects.order_by("number").values_list("number", flat=True)
    assert list(numbers) == list(range(start + 1, place.number + 1))
    assert statuses(rows) == [TxStatus.SUCCEEDED] * len(rows)
    flows = ChainFlow.objects.filter(asset="USDT").order_by("pk").values_list("txid", flat=True)
    assert list(flows) == [row.txid for row in rows]


def numbers(arguments: Any) -> list[int]:
    """Return the numbers of the blocks among some arguments, also those in runs."""
    runs = [one for one in arguments if isinstance(one, list)]
    blocks = [read[0] for run in runs for read in run if isinstance(read, tuple)]
    return [one.number for one in (*arguments, *blocks) if isinstance(one, Block)]


@pytest.mark.parametrize("point", ["_meet", "flows_of", "_scanned"])
def test_a_cut_inside_a_run_of_blocks_leaves_nothing_of_it_and_the_next_scan_goes_on(
    node: SandboxProcess, alice: Person, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    rows = ready(node, alice, 3)
    start = ScanCursor.objects.get().number
    monkeypatch.setattr(scan, "BLOCKS_A_COMMIT", SOLID_LAG + 1)  # the first transfer is its last
    original = getattr(scan, point)
    second = start + SOLID_LAG + 2  # the block of the second transfer

    def cut(*arguments: Any) -> Any:
        result = original(*arguments)
        if second in numbers(arguments):
            raise PowerCut
        return result

    with monkeypatch.context() as patched:
        patched.setattr(scan, point, cut)
        with pytest.raises(PowerCut):
            scan_solid(now=LATER)
    assert ScanCursor.objects.get().number == second - 1
    assert ScannedBlock.objects.order_by("number").last().number == second - 1
    assert statuses(rows) == [TxStatus.SUCCEEDED, TxStatus.SIGNED, TxStatus.SIGNED]
    assert ChainFlow.objects.filter(asset="USDT").count() == 1
    scan_all()
    whole(rows, start)


def test_what_was_read_before_the_node_left_counts(
    node: SandboxProcess, liar: LyingNode, alice: Person
) -> None:
    rows = ready(node, alice, 3)
    place = ScanCursor.objects.values().get()
    path = "walletsolidity/gettransactioninfobyblocknum"

    def second_time(exchange: Any) -> None:
        if len(liar.questions(path)) == 2:
            drops(exchange)
        else:
            exchange.reply(exchange.forward())

    liar.on(path, second_time)
    assert scan_solid(now=LATER)  # more is waiting
    assert ScanCursor.objects.get().number > place["number"]
    assert sorted(status in LIVE for status in statuses(rows)) == [False, True, True]
    scan_all()
    whole(rows, place["number"])


def together(count: int) -> list[bool]:
    """Scan in several threads at once, until none finds anything, and return what they said."""
    start = threading.Barrier(count)

    def work() -> bool:
        try:
            start.wait(timeout=20)
            return scan_solid(now=LATER)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return [future.result() for future in [pool.submit(work) for _ in range(count)]]


def test_scanners_at_once_take_each_block_once(node: SandboxProcess, alice: Person) -> None:
    rows = ready(node, alice, 12)
    start = ScanCursor.objects.get().number
    together(4)
    scan_all()
    whole(rows, start)


def test_a_scanner_that_looked_before_another_one_stepped_takes_nothing_twice(
    node: SandboxProcess, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The slower one has the same blocks in hand when the faster one is done with them."""
    rows = ready(node, alice, 3)
    start = ScanCursor.objects.get().number
    ask = scan.ask

    def slow(work: Any) -> Any:
        look = ask(work)
        monkeypatch.setattr(scan, "ask", ask)
        scan_all()
        return look

    monkeypatch.setattr(scan, "ask", slow)
    assert scan_solid(now=NOW) is False
    whole(rows, start)


def test_scanners_that_begin_at_once_agree_on_the_beginning(node: SandboxProcess) -> None:
    assert together(4) == [False] * 4
    place = ScanCursor.objects.get(genesis_id=network().genesis_id)
    assert place.first_number == place.number + 1
    assert not ScannedBlock.objects.exists()
