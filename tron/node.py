"""A node, spoken to over HTTP: few calls, each with a time-out, each answer checked.

Reads that decide about money use the ``/walletsolidity`` endpoints only. Answers are hex
(``visible`` is never asked for) and follow java-tron's JsonFormat: absent means default.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar
from urllib.parse import urlsplit

import aiohttp
from django.conf import settings

from tron.address import address_parse
from tron.blocks import Block, block_of, header_of, reading
from tron.errors import OutcomeUnknown, Refused, Throttled, Unreachable, WrongChain
from tron.networks import Network, network
from tron.trc20 import balance_of_data, transfer_data

T = TypeVar("T")

# A node gives up to 100 (java-tron Wallet.getBlocksByLimitNext), but those of a busy network are
# 20 MB, which no time-out survives.
BLOCKS_A_CALL_MAX = 20
API_KEY_HEADER = "TRON-PRO-API-KEY"
RESOURCES_BUSY = "lack of computing resources"  # java-tron's rate limiter, with HTTP 200


class Node:
    """One node. Use it inside ``open_node``."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self.url = url.rstrip("/")
        self.name = urlsplit(url).netloc.rpartition("@")[2]  # never with credentials
        self._session = session

    async def call(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """POST and return the parsed answer, or raise the ``NodeError`` that fits."""
        try:
            # A redirect would carry the API key, and signed bytes, to somebody else.
            async with self._session.post(
                f"{self.url}/{path}", json=body or {}, allow_redirects=False
            ) as response:
                text = await response.text(encoding="utf-8", errors="replace")
                status = response.status
        except aiohttp.InvalidURL:
            # Its text is the whole URL, credentials included, so it is not kept as the cause.
            raise Unreachable(f"{path}: the URL is not valid", node=self.name) from None
        except aiohttp.ClientConnectorError as error:
            raise Unreachable(f"{path}: no connection", node=self.name) from error
        except (TimeoutError, aiohttp.ClientError) as error:
            raise OutcomeUnknown(f"{path}: {type(error).__name__}", node=self.name) from error
        return self._parsed(path, status, text)

    def _parsed(self, path: str, status: int, text: str) -> Any:
        if status in (403, 429) or RESOURCES_BUSY in text:
            raise Throttled(f"{path}: HTTP {status}", node=self.name)
        if status != 200:
            raise OutcomeUnknown(f"{path}: HTTP {status}", node=self.name)
        try:
            answer = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise OutcomeUnknown(f"{path}: not JSON", node=self.name) from error
        if isinstance(answer, dict) and "Error" in answer:
            raise OutcomeUnknown(f"{path}: {str(answer['Error'])[:200]}", node=self.name)
        return answer

    async def check_genesis(self, expected: Network) -> None:
        """Raise ``WrongChain`` unless the node's block 0 is the network's (TIP-474)."""
        block = header_of(await self.call("wallet/getblockbynum", {"num": 0}))
        if block.block_id != expected.genesis_id:
            raise WrongChain(
                f"its genesis block is {block.block_id}, not {expected.name}'s", node=self.name
            )

    async def head(self) -> Block:
        """Return the newest block this node knows, without transactions."""
        return header_of(await self.call("wallet/getblock", {"detail": False}))

    async def solid(self) -> Block:
        """Return the newest solidified block, without transactions."""
        return header_of(await self.call("walletsolidity/getblock", {"detail": False}))

    async def solid_blocks(self, first: int, last: int) -> list[Block]:
        """Return the solidified blocks ``first … last`` with transactions, in order.

        Raises ``OutcomeUnknown`` when one is missing: a gap must never look like emptiness.
        """
        body = {"startNum": first, "endNum": last + 1}
        answer = await self.call("walletsolidity/getblockbylimitnext", body)
        with reading("blocks"):
            blocks = sorted(map(block_of, answer["block"]), key=lambda block: block.number)
        if [block.number for block in blocks] != list(range(first, last + 1)):
            raise OutcomeUnknown(f"blocks {first} … {last} are incomplete", node=self.name)
        return blocks

    async def receipts(self, block: Block) -> list[dict[str, Any]]:
        """Return the receipts of a solidified block, one for each of its transactions.

        Raises ``OutcomeUnknown`` when the two disagree: a node without history answers ``[]``,
        and taking that for an empty block would turn a payment into a proof of its absence.
        """
        expected = sorted(transaction["txID"] for transaction in block.transactions)
        if not expected:
            return []
        path = "walletsolidity/gettransactioninfobyblocknum"
        answer = await self.call(path, {"num": block.number})
        with reading(f"receipts of block {block.number}"):
            found = [(receipt["id"], receipt["blockNumber"]) for receipt in answer]
            if sorted(txid for txid, _ in found) != expected:
                raise OutcomeUnknown(f"receipts of block {block.number} incomplete")
            if any(number != block.number for _, number in found):
                raise OutcomeUnknown(f"receipts of another block than {block.number}")
        return list(answer)

    async def energy_price_sun(self) -> int:
        """Return what one unit of energy costs when burned, in sun (``getEnergyFee``)."""
        answer = await self.call("wallet/getchainparameters")
        with reading("chain parameters"):
            values = {item["key"]: item.get("value", 0) for item in answer["chainParameter"]}
            price_sun = int(values["getEnergyFee"])
        return _positive(price_sun, "energy price", self.name)

    async def trx_balance_sun(self, address: str) -> int:
        """Return the solidified TRX balance in sun; 0 for an account that does not exist."""
        body = {"address": address_parse(address).hex()}
        answer = await self.call("walletsolidity/getaccount", body)
        with reading("account"):
            return int(answer.get("balance", 0))

    async def token_balance(self, contract: str, owner: str) -> int:
        """Return the solidified TRC20 balance in base units."""
        data = balance_of_data(owner).hex()
        answer = await self._constant_call("walletsolidity", owner, contract, data)
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
        answer = await self._constant_call("wallet", sender, contract, data)
        with reading("energy"):
            # A revert still answers result.result = true (java-tron triggerConstantContract).
            reverted = answer["transaction"]["ret"][0].get("ret") == "FAILED"
            energy = int(answer["energy_used"])
        if reverted:
            raise Refused("the contract would revert this transfer", node=self.name, code="REVERT")
        return _positive(energy, "energy", self.name)

    async def _constant_call(
        self, side: str, owner: str, contract: str, data: str
    ) -> dict[str, Any]:
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
    """Give the configured node, its genesis block checked, for a few calls in one event loop."""
    configured = network()
    keys = settings.TRON_API_KEYS
    timeout = aiohttp.ClientTimeout(
        total=settings.TRON_TIMEOUT_S, sock_connect=settings.TRON_CONNECT_TIMEOUT_S
    )
    headers = {API_KEY_HEADER: keys[0]} if keys else {}
    async with aiohttp.ClientSession(timeout=timeout, headers=headers) as session:
        node = Node(configured.nodes[0], session)
        await node.check_genesis(configured)
        yield node


def _positive(value: int, what: str, node: str) -> int:
    """Refuse a price or an amount of energy that would make a worthless fee limit."""
    if value <= 0:
        raise OutcomeUnknown(f"{what} of {value}", node=node)
    return value


def ask(work: Coroutine[Any, Any, T]) -> T:
    """Run a few node calls to their end from synchronous code."""
    return asyncio.run(work)
