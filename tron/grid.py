"""History of any address, from an indexer such as TronGrid where one is configured.

It is shown to people and is evidence of nothing: no payment is decided, confirmed or denied by
it. Rows of other tokens are dropped, whatever they call themselves.
"""

import asyncio
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import aiohttp
from django.conf import settings

from tron.account import address_of_hex, count_of
from tron.address import address_parse
from tron.blocks import ID, TIME_MAX_MS, reading
from tron.errors import OutcomeUnknown
from tron.flows import TRX, USDT
from tron.networks import network
from tron.route import connector, grid_keys
from tron.trc20 import UINT256_MAX
from tron.wire import Wire

LIMIT_MAX = 200  # rows a page
FINGERPRINT = re.compile(r"[A-Za-z0-9_=+/-]{1,500}")
ANSWER_TIMEOUT_S = 5.0


@dataclass(frozen=True)
class GridTransfer:
    """One transfer as the indexer tells it. Of a token it does not tell the block."""

    txid: str
    time_ms: int
    sender: str
    recipient: str
    asset: str
    units: int
    block_number: int | None = None
    is_failed: bool | None = None


@dataclass(frozen=True)
class GridPage:
    """Transfers, newest first, and where the next page begins (``None``: nowhere)."""

    transfers: tuple[GridTransfer, ...]
    fingerprint: str | None


def grid_is_configured() -> bool:
    """Return whether there is an indexer to ask."""
    return bool(settings.TRON_GRID_URL)


def usdt_history(address: str, *, limit: int, fingerprint: str = "") -> GridPage:
    """Return confirmed transfers of USDT to and from an address; up to ``limit`` rows a page.

    A page may have fewer and still not be the last. Raises ``NodeError``.
    """
    contract = network().usdt_contract
    page = _page(address, "/trc20", limit, fingerprint, {"contract_address": contract})
    with reading("history"):
        rows = [row for row in page["data"] if _is_listed(row, contract)]
        return _told(map(_usdt, rows), address, page)


def trx_history(address: str, *, limit: int, fingerprint: str = "") -> GridPage:
    """Return confirmed transfers of TRX to and from an address, as ``usdt_history``."""
    page = _page(address, "", limit, fingerprint, {})
    with reading("history"):
        contracts = [(row, row["raw_data"]["contract"][0]) for row in page["data"] if "txID" in row]
        found = (_trx(row, one) for row, one in contracts if one["type"] == "TransferContract")
        return _told(found, address, page)


def _told(found: Iterable[GridTransfer], address: str, page: Mapping[str, Any]) -> GridPage:
    ours = (one for one in found if address in (one.sender, one.recipient))
    return GridPage(tuple(ours), _next(page))


def _page(
    address: str, kind: str, limit: int, fingerprint: str, more: dict[str, str]
) -> dict[str, Any]:
    address_parse(address)
    query = {
        "limit": str(min(limit, LIMIT_MAX)),
        "only_confirmed": "true",
        "order_by": "block_timestamp,desc",
        **more,
        **({"fingerprint": fingerprint} if fingerprint else {}),
    }
    path = f"v1/accounts/{address}/transactions{kind}"
    page = asyncio.run(_get(f"{path}?{urlencode(query)}"))
    with reading("history"):
        if page["success"] is not True:
            raise OutcomeUnknown("the indexer says that it had no success")
        return dict(page)


async def _get(path: str) -> Any:
    timeout = aiohttp.ClientTimeout(total=ANSWER_TIMEOUT_S)
    async with aiohttp.ClientSession(timeout=timeout, connector=connector()) as session:
        wire = Wire(settings.TRON_GRID_URL, session, keys=grid_keys())
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                return await wire.get(path)
        except TimeoutError as error:
            raise OutcomeUnknown(f"no answer in {ANSWER_TIMEOUT_S} s", node=wire.name) from error


def _next(page: Mapping[str, Any]) -> str | None:
    fingerprint = page.get("meta", {}).get("fingerprint")
    if fingerprint is not None and not FINGERPRINT.fullmatch(fingerprint):
        raise ValueError(fingerprint)
    return fingerprint


def _is_listed(row: dict[str, Any], contract: str) -> bool:
    """Whether a row is a transfer of the listed token; approvals stand among them, too."""
    return row["token_info"]["address"] == contract and row["type"] == "Transfer"


def _usdt(row: dict[str, Any]) -> GridTransfer:
    digits = row["value"]
    if not isinstance(digits, str) or not re.fullmatch("[0-9]{1,78}", digits, re.ASCII):
        raise ValueError(digits)
    return GridTransfer(
        txid=_txid(row["transaction_id"]),
        time_ms=count_of(row["block_timestamp"], high=TIME_MAX_MS),
        sender=_address(row["from"]),
        recipient=_address(row["to"]),
        asset=USDT,
        units=count_of(int(digits), high=UINT256_MAX),
    )


def _trx(row: dict[str, Any], contract: dict[str, Any]) -> GridTransfer:
    value = contract["parameter"]["value"]
    return GridTransfer(
        txid=_txid(row["txID"]),
        time_ms=count_of(row["block_timestamp"], high=TIME_MAX_MS),
        sender=address_of_hex(value["owner_address"]),
        recipient=address_of_hex(value["to_address"]),
        asset=TRX,
        units=count_of(value["amount"]),
        block_number=count_of(row["blockNumber"]),
        is_failed=row["ret"][0]["contractRet"] != "SUCCESS",
    )


def _txid(text: str) -> str:
    if not ID.fullmatch(text):
        raise ValueError(text)
    return text


def _address(text: str) -> str:
    address_parse(text)
    return text
