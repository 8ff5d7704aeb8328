"""A node: few questions, each answer checked.

Reads that decide about money use the ``/walletsolidity`` endpoints only. Answers are hex
(``visible`` is never asked for) and follow java-tron's JsonFormat: absent means default.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import aiohttp

from lucidpay.clock import utc_now
from tron import node_health as health
from tron.address import address_parse
from tron.blocks import Block, block_of, header_of, reading
from tron.errors import OutcomeUnknown, Refused, Throttled, WrongChain
from tron.halt import halt
from tron.models import HaltCause
from tron.networks import network
from tron.trc20 import balance_of_data, transfer_data
from tron.wire import Wire

T = TypeVar("T")

# A node gives up to 100 (java-tron Wallet.getBlocksByLimitNext), but those of a busy network are
# 20 MB, which no time-out survives.
BLOCKS_A_CALL_MAX = 20
# By side: what is solid, and what any block holds.
BLOCKS = {
    "walletsolidity": "walletsolidity/getblockbylimitnext",
    "wallet": "wallet/getblockbylimitnext",
}
RECEIPTS = {
    "walletsolidity": "walletsolidity/gettransactioninfobyblocknum",
    "wallet": "wallet/gettransactioninfobyblocknum",
}
GENESIS_FRESH_S = 60
VERSION_LENGTH_MAX = 40
_genesis_seen: dict[str, tuple[str, float]] = {}  # by URL: block id and when (monotonic)


class Node:
    """One node. Use it inside ``open_node`` or ``open_nodes``."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self._wire = Wire(url, session)
        self.name = self._wire.name
        self._network = network()
        self._proving = asyncio.Lock()

    async def call(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """POST and return the parsed answer, or raise the ``NodeError`` that fits.

        Raises ``WrongChain`` before anything is asked when the node is of another network.
        """
        await self.prove_genesis()
        return await self._wire.post(path, body)

    async def prove_genesis(self) -> None:
        """Raise ``WrongChain`` unless the node's block 0 is the network's (TIP-474).

        It is asked once a minute, in each process. A node of another network is accused.
        """
        seen_id, is_new = self._genesis_shown(), False
        if not seen_id:
            async with self._proving:  # of many calls at once, the first asks for all
                seen_id = self._genesis_shown()
                if not seen_id:
                    seen_id, is_new = await self._ask_genesis(), True
        if seen_id == self._network.genesis_id:
            return
        reason = f"its genesis block is {seen_id}, not {self._network.name}'s"
        if is_new:
            health.accuse(self.name, reason)
        raise WrongChain(reason, node=self.name)

    def _genesis_shown(self) -> str:
        """Return the id it has shown within a minute, empty when it has not."""
        seen_id, seen_at = _genesis_seen.get(self._wire.url, ("", 0.0))
        return "" if time.monotonic() - seen_at > GENESIS_FRESH_S else seen_id

    async def _ask_genesis(self) -> str:
        answer = await self._wire.post("wallet/getblockbynum", {"num": 0})
        seen_id = header_of(answer).block_id
        _genesis_seen[self._wire.url] = seen_id, time.monotonic()
        health.note(self.name, genesis_id=seen_id)
        return seen_id

    async def peers(self) -> int | None:
        """Return to how many nodes this one is connected, ``None`` where it does not tell.

        Gateways and closed nodes do not serve ``getnodeinfo``; they are not sick for that.
        """
        try:
            count = (await self.call("wallet/getnodeinfo"))["currentConnectCount"]
        except (OutcomeUnknown, Throttled, LookupError, TypeError):
            return None
        return count if isinstance(count, int) and 0 <= count < 2**31 else None

    async def version(self) -> str | None:
        """Return the version of the node's software, ``None`` where it does not tell."""
        try:
            told = (await self.call("wallet/getnodeinfo"))["configNodeInfo"]["codeVersion"]
        except (OutcomeUnknown, Throttled, LookupError, TypeError):
            return None
        return told[:VERSION_LENGTH_MAX] if isinstance(told, str) and told.isprintable() else None

    async def head(self) -> Block:
        """Return the newest block this node knows, without transactions."""
        return header_of(await self.call("wallet/getblock", {"detail": False}))

    async def solid(self) -> Block:
        """Return the newest solidified block, without transactions."""
        return header_of(await self.call("walletsolidity/getblock", {"detail": False}))

    async def solid_blocks(self, first: int, last: int) -> list[Block]:
        """Return the solidified blocks ``first … last``, as ``blocks``."""
        return await self.blocks(first, last, side="walletsolidity")

    async def blocks(self, first: int, last: int, *, side: str) -> list[Block]:
        """Return the blocks ``first … last`` with transactions, in order.

        ``side`` is ``walletsolidity``, or ``wallet`` for those that are not solid, too. Raises
        ``OutcomeUnknown`` when one is missing: a gap must never look like emptiness.
        """
        body = {"startNum": first, "endNum": last + 1}
        answer = await self.call(BLOCKS[side], body)
        with reading("blocks"):
            blocks = sorted(map(block_of, answer["block"]), key=lambda block: block.number)
        if [block.number for block in blocks] != list(range(first, last + 1)):
            raise OutcomeUnknown(f"blocks {first} … {last} are incomplete", node=self.name)
        return blocks

    async def receipts(self, block: Block, *, side: str = "walletsolidity") -> list[dict[str, Any]]:
        """Return the receipts of a solidified block, one for each of its transactions.

        With ``wallet``, of any block that the node knows by this number. Raises
        ``OutcomeUnknown`` when the two disagree: a node without history answers ``[]``, and
        taking that for an empty block would turn a payment into a proof of its absence.
        """
        expected = sorted(transaction["txID"] for transaction in block.transactions)
        if not expected:
            return []
        answer = await self.call(RECEIPTS[side], {"num": block.number})
        with reading(f"receipts of block {block.number}"):
            found = [(receipt["id"], receipt["blockNumber"]) for receipt in answer]
            if sorted(txid for txid, _ in found) != expected:
                raise OutcomeUnknown(f"receipts of block {block.number} incomplete")
            if any(number != block.number for _, number in found):
                raise OutcomeUnknown(f"receipts of another block than {block.number}")
        return list(answer)

    async def trx_balance_sun(self, address: str) -> int:
        """Return the solidified TRX balance in sun; 0 for an account that does not exist."""
        body = {"address": address_parse(address).hex()}
        answer = await self.call("walletsolidity/getaccount", body)
        with reading("account"):
            return int(answer.get("balance", 0))

    async def token_balance(
        self, contract: str, owner: str, *, side: str = "walletsolidity"
    ) -> int:
        """Return the TRC20 balance in base units: solidified, or with ``wallet`` at the head."""
        data = balance_of_data(owner).hex()
        answer = await self.constant_call(side, owner, contract, data)
        with reading("balanceOf"):
            return int(answer["constant_result"][0], 16)

    async def transfer_energy(
        self, *, contract: str, sender: str, recipient: str, amount: int
    ) -> int:
        """Return the energy this very transfer would use now, by running it without effect.

        Raises ``Refused`` when the contract would revert it (paused, sender blacklisted,
        balance too low).
        """
        data = transfer_data(recipient, amount).hex()
        return await self.call_energy(contract=contract, sender=sender, data=data)

    async def call_energy(self, *, contract: str, sender: str, data: str) -> int:
        """Return the energy a call (``data`` in hex) would use now, by running it without effect.

        Raises ``Refused`` when the contract would revert it, and ``OutcomeUnknown`` for an answer
        that names no energy: it would make a worthless fee limit.
        """
        answer = await self.constant_call("wallet", sender, contract, data)
        with reading("energy"):
            reverted = answer["transaction"]["ret"][0].get("ret") == "FAILED"
            energy = int(answer["energy_used"])
        if reverted:
            raise Refused("the contract would revert this call", node=self.name, code="REVERT")
        return _positive(energy, "energy", self.name)

    async def constant_call(
        self, side: str, owner: str, contract: str, data: str
    ) -> dict[str, Any]:
        """Run a call without effect, asked by ``owner``; ``data`` in hex. Return the answer.

        ``side`` is ``wallet`` (the head) or ``walletsolidity``. A revert is an answer, too
        (java-tron ``triggerConstantContract``). Raises ``Refused`` when it was not run.
        """
        body = {
            "owner_address": address_parse(owner).hex(),
            "contract_address": address_parse(contract).hex(),
            "data": data,
        }
        answer: dict[str, Any] = await self.call(f"{side}/triggerconstantcontract", body)
        with reading("constant call"):
            result = answer["result"]
            done, code = result.get("result") is True, str(result.get("code", ""))
        if not done:
            raise Refused(f"constant call: {code or 'no result'}", node=self.name, code=code)
        return answer


@asynccontextmanager
async def open_node() -> AsyncIterator[Node]:
    """Give the best node that shows the network's genesis, for a few calls in one event loop.

    What it fails to answer puts it behind the others for the next conversation.
    """
    from tron.nodes import open_nodes  # it is made of nodes

    async with open_nodes() as nodes:
        node = await nodes.first()
        with health.watched(node.name):
            yield node


def _positive(value: int, what: str, node: str) -> int:
    """Refuse a price or an amount of energy that would make a worthless fee limit."""
    if value <= 0:
        raise OutcomeUnknown(f"{what} of {value}", node=node)
    return value


def ask(work: Coroutine[Any, Any, T]) -> T:
    """Run a few node calls to their end from synchronous code.

    A node that lied meanwhile pulls the kill switch before this returns or raises.
    """
    accused: dict[str, str] = {}
    token = health.accused.set(accused)
    try:
        try:
            health.exchange()
        except BaseException:
            work.close()
            raise
        return asyncio.run(work)
    finally:
        health.accused.reset(token)
        for name, reason in accused.items():
            by, now = "nodes", utc_now()
            halt(cause=HaltCause.NODE, subject=name, reason=reason, by=by, now=now)


def forget_genesis() -> None:
    """Forget which nodes have shown their genesis block."""
    _genesis_seen.clear()
