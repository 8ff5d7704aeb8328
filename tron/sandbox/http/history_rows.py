"""The rows of ``/v1/…``: a transaction, a transfer of the token, an event."""

from typing import Any

from tron.address import address_from_body
from tron.sandbox.genesis import USDT_CONTRACT
from tron.sandbox.history import Entry, Event, Transfer
from tron.sandbox.json_out import transaction_stored_json
from tron.sandbox.vm.tether import APPROVAL_TOPIC, DECIMALS, TRANSFER_TOPIC

TOKEN = {"symbol": "USDT", "address": USDT_CONTRACT, "decimals": DECIMALS, "name": "Tether USD"}
COSTS = ("net_usage", "net_fee", "energy_usage", "energy_fee", "energy_usage_total")
AMOUNTS = ("withdraw_amount", "withdraw_expire_amount", "cancel_unfreezeV2_amount")
# Of an event: its name and those of its two addresses and its amount.
EVENTS = {
    TRANSFER_TOPIC.hex(): ("Transfer", ("from", "to", "value")),
    APPROVAL_TOPIC.hex(): ("Approval", ("owner", "spender", "value")),
}


def transaction_row(entry: Entry) -> dict[str, Any]:
    """Return a transaction with its costs; addresses in hex."""
    info, receipt = entry.info, entry.info["receipt"]
    row = transaction_stored_json(entry.body, False)
    row["ret"][0]["fee"] = info.get("fee", 0)
    row |= {name: receipt.get(name, 0) for name in COSTS}
    row |= {"blockNumber": info["blockNumber"], "block_timestamp": info["blockTimeStamp"]}
    row |= {name: info[name] for name in AMOUNTS if name in info}
    return row | {"internal_transactions": []}


def transfer_row(transfer: Transfer, timestamp_ms: int) -> dict[str, Any]:
    """Return a transfer; the amount is text, and no block is named."""
    return {
        "transaction_id": transfer.txid.hex(),
        "token_info": TOKEN,
        "block_timestamp": timestamp_ms,
        "from": transfer.sender,
        "to": transfer.recipient,
        "type": "Transfer",
        "value": transfer.amount,
    }


def topic_of(name: str) -> str:
    """Return the first topic of an event's name in hex; one that nobody emits for others."""
    return next((topic for topic, (known, _) in EVENTS.items() if known == name), "none")


def event_row(event: Event, solid: int) -> dict[str, Any]:
    """Return an event of the token; ``_unconfirmed`` marks one that is not solid."""
    log, info = event.log, event.info
    name, (first, second, amount) = EVENTS[log["topics"][0]]
    addresses = [f"0x{topic[-40:]}" for topic in log["topics"][1:]]
    values = [*addresses, str(int(log["data"], 16))]
    contract = address_from_body(bytes.fromhex(log["address"]))
    row = {
        "block_number": info["blockNumber"],
        "block_timestamp": info["blockTimeStamp"],
        "caller_contract_address": contract,
        "contract_address": contract,
        "event_index": event.place[-1],
        "event_name": name,
        "result": dict(enumerate(values)) | dict(zip((first, second, amount), values, strict=True)),
        "result_type": {first: "address", second: "address", amount: "uint256"},
        "event": f"{name}(address indexed {first}, address indexed {second}, uint256 {amount})",
        "transaction_id": info["id"],
    }
    return row | ({} if info["blockNumber"] <= solid else {"_unconfirmed": True})
