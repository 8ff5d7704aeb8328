"""What the chain's solid blocks hold, read from an index beside the node: nothing here is ours."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple
from urllib.parse import urlencode

from tests.platform.running import Platform, http
from tron.address import address_from_body, address_parse, address_text
from tron.sandbox.genesis import USDT_CONTRACT
from tron.trc20 import balance_of_data

TRX, USDT = "TRX", "USDT"
PAGE = 200


class Move(NamedTuple):
    """Money that moved, in a solid block."""

    txid: str
    asset: str
    sender: str
    recipient: str
    units: int
    time_ms: int = 0


def usdt_moves(platform: Platform) -> list[Move]:
    """Return every transfer of USDT that there ever was."""
    rows = _pages(platform, f"contracts/{USDT_CONTRACT}/events", event_name="Transfer")
    return [_of_event(row) for row in rows]


def trx_moves(
    platform: Platform, *, senders: Iterable[str], recipients: Iterable[str]
) -> list[Move]:
    """Return the transfers of TRX from or to these, each once."""
    found: dict[str, Move] = {}
    for end, addresses in (("only_from", senders), ("only_to", recipients)):
        for address in addresses:
            rows = _pages(platform, f"accounts/{address}/transactions", **{end: "true"})
            found |= {move.txid: move for row in rows if (move := _of_transfer(row))}
    return list(found.values())


def balances(platform: Platform, addresses: Iterable[str]) -> dict[str, int]:
    """Return what lies at these addresses in all, by asset."""
    sums = {TRX: 0, USDT: 0}
    for address in addresses:
        owner = address_parse(address).hex()
        account = platform.node("/walletsolidity/getaccount", {"address": owner})
        call = {
            "owner_address": owner,
            "contract_address": address_parse(USDT_CONTRACT).hex(),
            "data": balance_of_data(address).hex(),
        }
        answer = platform.node("/walletsolidity/triggerconstantcontract", call)
        sums[TRX] += account.get("balance", 0)
        sums[USDT] += int(answer["constant_result"][0], 16)
    return sums


def _pages(platform: Platform, path: str, **wanted: str) -> Iterator[dict[str, Any]]:
    query = {
        **wanted,
        "limit": str(PAGE),
        "only_confirmed": "true",
        "order_by": "block_timestamp,asc",
    }
    while True:
        page = http("GET", f"{platform.node_url}/v1/{path}?{urlencode(query)}").body
        yield from page["data"]
        if "fingerprint" not in page["meta"]:
            return
        query["fingerprint"] = page["meta"]["fingerprint"]


def _of_event(row: dict[str, Any]) -> Move:
    told = row["result"]
    sender, recipient = (
        address_from_body(bytes.fromhex(told[end].removeprefix("0x"))) for end in ("from", "to")
    )
    time_ms = row["block_timestamp"]
    return Move(row["transaction_id"], USDT, sender, recipient, int(told["value"]), time_ms)


def _of_transfer(row: dict[str, Any]) -> Move | None:
    contract = row["raw_data"]["contract"][0]
    if contract["type"] != "TransferContract" or row["ret"][0]["contractRet"] != "SUCCESS":
        return None
    told = contract["parameter"]["value"]
    sender, recipient = (
        address_text(bytes.fromhex(told[end])) for end in ("owner_address", "to_address")
    )
    return Move(row["txID"], TRX, sender, recipient, told["amount"], row["block_timestamp"])
