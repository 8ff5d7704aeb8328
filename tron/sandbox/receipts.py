"""What executing a transaction came to, and the ``TransactionInfo`` that tells it."""

from dataclasses import dataclass, field
from typing import Any

from tron.sandbox.records import RESOURCES, Pair

REVERT_TEXT = "REVERT opcode executed"


@dataclass(frozen=True, slots=True)
class Log:
    """One event of a contract: 20-byte address, topics and data."""

    address: bytes
    topics: tuple[bytes, ...]
    data: bytes


@dataclass(slots=True)
class Receipt:
    """The costs and the outcome of one transaction; all amounts in sun."""

    net_usage: int = 0
    net_fee_sun: int = 0
    energy_usage: int = 0
    energy_fee_sun: int = 0
    energy_total: int = 0
    energy_penalty: int = 0
    multi_sign_fee_sun: int = 0
    memo_fee_sun: int = 0
    system_fee_sun: int = 0
    contract_ret: str = "SUCCESS"
    contract_address: bytes = b""  # set for contract calls only
    output: bytes = b""
    failure: str = ""
    logs: list[Log] = field(default_factory=list)
    reward_sun: int = 0  # withdrawn by a voter or witness
    matured_sun: int = 0  # paid out of stakes whose time had come
    staked_again_sun: Pair | None = None  # by resource; None unless unfreezing was cancelled

    @property
    def fee_sun(self) -> int:
        """All that was burned (java-tron ``TransactionUtil.buildTransactionInfoInstance``)."""
        return (
            self.energy_fee_sun
            + self.net_fee_sun
            + self.multi_sign_fee_sun
            + self.memo_fee_sun
            + self.system_fee_sun
        )


def energy_penalty(energy: int, factor: int) -> int:
    """Return the part of an energy total that is the dynamic surcharge (``factor`` in 1/10000)."""
    return energy * factor // (factor + 10_000)


def _present(fields: dict[str, Any]) -> dict[str, Any]:
    """Drop what protobuf would not write: zero, empty text, empty lists and None."""
    return {name: value for name, value in fields.items() if value}


def receipt_info(
    receipt: Receipt, *, txid: bytes, number: int, timestamp_ms: int
) -> dict[str, Any]:
    """Return the ``TransactionInfo`` in hex form, as ``gettransactioninfobyid`` shows it."""
    called = bool(receipt.contract_address)
    costs = {
        "energy_usage": receipt.energy_usage,
        "energy_fee": receipt.energy_fee_sun,
        "energy_usage_total": receipt.energy_total,
        "net_usage": receipt.net_usage,
        "net_fee": receipt.net_fee_sun,
        "result": receipt.contract_ret if called else "",
        "energy_penalty_total": receipt.energy_penalty,
    }
    return _present(
        {
            "id": txid.hex(),
            "fee": receipt.fee_sun,
            "blockNumber": number,
            "blockTimeStamp": timestamp_ms,
            "contractResult": [receipt.output.hex()],
            "contract_address": receipt.contract_address.hex(),
            "receipt": _present(costs),
            "log": [_log_json(log) for log in receipt.logs],
            "result": "FAILED" if receipt.failure else "",
            "resMessage": receipt.failure.encode().hex(),
            "withdraw_amount": receipt.reward_sun,
            "withdraw_expire_amount": receipt.matured_sun,
            "cancel_unfreezeV2_amount": _cancelled_json(receipt.staked_again_sun),
        }
    )


def _cancelled_json(amounts: Pair | None) -> list[dict[str, Any]]:
    """Return a map as java-tron writes it; it names every resource, also those with nothing."""
    if amounts is None:
        return []
    named = [*zip(RESOURCES, amounts, strict=True), ("TRON_POWER", 0)]
    return [{"key": name, "value": amount} for name, amount in named]


def _log_json(log: Log) -> dict[str, Any]:
    return {
        "address": log.address.hex(),
        "topics": [topic.hex() for topic in log.topics],
        "data": log.data.hex(),
    }
