"""``python -m benchmarks.run_confirm NODE_PORT FILE ROUNDS``: the worker that ``confirm`` measures.

Prints one line of JSON a way. Each round makes payouts of its own, so all rounds do the same.
"""

import json
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django

django.setup()

import requests  # noqa: E402
from django.db import transaction  # noqa: E402

from benchmarks import tale  # noqa: E402
from benchmarks.cost import Cost, measured, statements  # noqa: E402
from benchmarks.in_flight import EXPIRES_MS, in_flight  # noqa: E402
from lucidpay.clock import utc_now  # noqa: E402
from payouts.models import Payout  # noqa: E402
from payouts.services.settle import _settle, payouts_settle  # noqa: E402
from payouts.states import Status  # noqa: E402
from tests.builders import hot_wallet, lift_limits  # noqa: E402
from tron.agree import blocks_agree  # noqa: E402
from tron.models import ChainTransaction, ScanCursor, TxStatus, WatchedAddress  # noqa: E402
from tron.receipts import judge  # noqa: E402
from tron.reference import Reference  # noqa: E402
from tron.scan import MET, scan_solid  # noqa: E402
from wallets.models import Wallet  # noqa: E402
from wallets.services.book_flows import flows_book  # noqa: E402

OURS_A_BLOCK, STRANGERS_A_BLOCK = 150, 150
START = (1_000, f"{1_000:016x}" + "ab" * 24, 1_750_000_000_000)
USDT_MICRO, TRX_SUN = 10**15, 10**15
TIME_OUT_S = 10


class Stand:
    """The stub node, and the chain that it tells."""

    def __init__(self, port: int, blocks: int, wallet: Wallet) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.blocks, self.wallet = blocks, wallet
        self.session = requests.Session()
        self.session.trust_env = False
        here = ScanCursor.objects.first()  # of an earlier run in this database
        start = (here.number, here.block_id, here.time_ms) if here else START
        self.chain = tale.Chain(*start)
        first = self.chain.add([])
        self._load([first], {})
        self.tell(first["number"])
        scan_solid(now=utc_now())

    def ask(self, path: str, **body: Any) -> Any:
        """Ask the node."""
        return self.session.post(f"{self.url}{path}", json=body, timeout=TIME_OUT_S).json()

    def tell(self, number: int) -> Counter[str]:
        """Let the node know a solid block; return what it was asked since the last time."""
        return Counter(self.ask("/stub/solid", number=number))

    def extend(self) -> list[int]:
        """Append blocks that hold payouts of ours, and return their numbers."""
        mine = in_flight(self.wallet, self.blocks * OURS_A_BLOCK, self.reference())
        told = []
        for first in range(0, len(mine), OURS_A_BLOCK):
            part = [tale.ours(tx) for tx in mine[first : first + OURS_A_BLOCK]]
            told.append(self.chain.add([*part, *tale.strangers(STRANGERS_A_BLOCK)]))
        self._load(told, {})
        return [block["number"] for block in told]

    def alone(self, count: int) -> list[ChainTransaction]:
        """Return payouts under way, of which the node tells only who asks for each."""
        mine = in_flight(self.wallet, count, self.reference())
        told = {tx.txid: self._receipt(tx) for tx in mine}
        self._load([], told)
        return mine

    def reference(self) -> Reference:
        """Return what is signed refers to."""
        chain = self.chain
        return Reference(chain.number, chain.block_id, EXPIRES_MS, chain.time_ms)

    def _receipt(self, tx: ChainTransaction) -> str:
        txid, sender, recipient, amount, _ = tale.ours(tx)
        chain = self.chain
        receipt = tale.receipt_of(chain.number, chain.time_ms, txid, sender, recipient, amount)
        return json.dumps(receipt)

    def _load(self, blocks: list[dict[str, Any]], receipt_of: dict[str, str]) -> None:
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump({"blocks": blocks, "receipt_of": receipt_of}, file)
            file.flush()
            self.ask("/stub/load", file=str(Path(file.name)))


def block_by_block(stand: Stand) -> dict[str, Any]:
    """Scan and settle as the blocks come, one at a time."""
    return _scanned(stand, step=1)


def catching_up(stand: Stand) -> dict[str, Any]:
    """Scan and settle blocks that have all been waiting, as after an outage."""
    return _scanned(stand, step=stand.blocks)


def _scanned(stand: Stand, *, step: int) -> dict[str, Any]:
    numbers = stand.extend()
    confirmed = _confirmed()
    total, seen, calls = Cost(), Counter[str](), Counter[str]()
    for last in numbers[step - 1 :: step]:
        stand.tell(last)
        with statements() as made, measured() as cost:
            while scan_solid(now=utc_now()):
                pass
            while blocks_agree(now=utc_now()):
                pass
            while payouts_settle(now=utc_now()):
                pass
        total.add(cost)
        seen += made
        calls += stand.tell(last)
    done = _confirmed() - confirmed
    if done != len(numbers) * OURS_A_BLOCK:
        raise RuntimeError(f"{done} payouts were confirmed")
    with measured() as booking:
        while flows_book(now=utc_now()):
            pass
    return _line(done, total) | {
        "blocks": len(numbers),
        "calls": dict(calls),
        "statements": dict(seen),
        "books_us": _us(booking.cpu_s, done),
    }


def plain_polling(stand: Stand, count: int) -> dict[str, Any]:
    """Ask for each transaction and mark its payout, as short code does; nothing else is written."""

    def mark(tx: ChainTransaction, receipt: dict[str, Any]) -> None:
        if receipt["receipt"]["result"] == "SUCCESS":
            mine = Payout.objects.filter(transaction=tx.pk)
            mine.update(status=Status.CONFIRMED, confirmed_at=utc_now())

    return _polled(stand, count, mark)


def polling_with_books(stand: Stand, count: int) -> dict[str, Any]:
    """Ask for each transaction, and write for each all that the platform writes."""

    def settle(tx: ChainTransaction, receipt: dict[str, Any]) -> None:
        verdict = judge(receipt, tx)
        tx.status, tx.found, tx.final_at = verdict.status, verdict.status, utc_now()
        tx.result, tx.fee_sun, tx.energy_used = verdict.result, verdict.fee_sun, verdict.energy_used
        tx.block_number, tx.block_time_ms = receipt["blockNumber"], receipt["blockTimeStamp"]
        with transaction.atomic():
            tx.save(update_fields=MET)
            _settle([tx.pk], utc_now())

    return _polled(stand, count, settle)


def _polled(
    stand: Stand, count: int, write: Callable[[ChainTransaction, dict[str, Any]], None]
) -> dict[str, Any]:
    mine = stand.alone(count)
    stand.tell(stand.chain.number)
    with measured() as cost:
        for tx in mine:
            write(tx, stand.ask("/walletsolidity/gettransactioninfobyid", value=tx.txid))
    return _line(count, cost) | {"calls": dict(stand.tell(stand.chain.number))}


def _confirmed() -> int:
    return Payout.objects.filter(status=Status.CONFIRMED).count()


def _line(count: int, cost: Cost) -> dict[str, Any]:
    return {
        "payouts": count,
        "per_second": count / cost.clock_s,
        "worker_us": _us(cost.worker_s, count),
        "database_us": _us(cost.database_s, count),
    }


def _us(seconds: float, count: int) -> float:
    return seconds * 1_000_000 / count


def main() -> None:
    """Take turns, and print a line of JSON for each."""
    port, rounds, blocks = (int(text) for text in sys.argv[1:4])
    lift_limits()
    # One of its own: the keys of earlier runs in this database are gone.
    wallet = hot_wallet(usdt_micro=USDT_MICRO, trx_sun=TRX_SUN)
    WatchedAddress.objects.create(address=wallet.address, from_block=0)
    stand = Stand(port, blocks, wallet)
    polled = max(1, blocks * OURS_A_BLOCK // 10)
    for _ in range(rounds):
        turn = {
            "block by block": block_by_block(stand),
            "catching up": catching_up(stand),
            "plain polling": plain_polling(stand, polled),
            "polling with books": polling_with_books(stand, polled),
        }
        sys.stdout.write(f"{json.dumps(turn)}\n")
        sys.stdout.flush()
    if ChainTransaction.objects.filter(status=TxStatus.DEAD).exists():
        raise RuntimeError("a transaction died on the way")


if __name__ == "__main__":
    main()
