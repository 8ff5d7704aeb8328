"""Examples of the network calls, for the API's documentation."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

_TIME = "2026-01-31T09:00:00Z"
_BLOCK_ID = "0000000004a3f1c2" + "5d" * 24
_TXID = "7d5a" * 16
_FROM, _TO = "TK31Bs4p7BZionueRbSrG5ZTfxPyHCLy3a", "T9yD14Nj9j7xAB4dbGeiX9h8unkKHxuWwb"


def _answer(name: str, value: Any) -> OpenApiExample:
    return OpenApiExample(name, value=value, response_only=True, status_codes=["200"])


STATUS_EXAMPLE = _answer(
    "healthy",
    {
        "network": "nile",
        "status": "healthy",
        "latest_block": 77853123,
        "solid_block": 77853105,
        "block_timestamp": _TIME,
        "lag_seconds": 2,
        "nodes_total": 2,
        "nodes_healthy": 2,
        "last_updated": _TIME,
    },
)
INFO_EXAMPLE = _answer(
    "nile",
    {
        "network": "nile",
        "genesis_id": "0000000000000000d698d4192c56cb6be724a558448e2684802de4d6cd8690dc",
        "block_time_seconds": 3,
        "energy_price_sun": 100,
        "bandwidth_price_sun": 1000,
        "memo_fee_sun": 1000000,
        "usdt_contract": "TXYZopYRdj2D9XRtbG411XZZ3kM5VkAeBf",
        "node_version": "4.8.0",
        "latest_block": 77853123,
        "solid_block": 77853105,
    },
)
HEALTH_EXAMPLE = _answer(
    "one is down",
    {
        "nodes": [
            {
                "url": "https://nile.trongrid.io",
                "status": "healthy",
                "latest_block": 77853123,
                "solid_block": 77853105,
                "lag_seconds": 2,
                "latency_ms": 84,
                "last_error": None,
            },
            {
                "url": "https://tron.example:8090",
                "status": "down",
                "latest_block": None,
                "solid_block": None,
                "lag_seconds": None,
                "latency_ms": None,
                "last_error": "tron.example:8090: wallet/getblock: no connection",
            },
        ]
    },
)
BLOCK_EXAMPLES = [
    _answer(
        "solid",
        {
            "number": 77853122,
            "block_id": _BLOCK_ID,
            "parent_id": "0000000004a3f1c1" + "7e" * 24,
            "timestamp": _TIME,
            "witness_address": _FROM,
            "transaction_count": 1,
            "txids": [_TXID],
            "solid": True,
        },
    )
]
_TRANSFER: dict[str, Any] = {
    "txid": _TXID,
    "status": "solid",
    "block_number": 77853105,
    "block_timestamp": _TIME,
    "confirmations": 19,
    "contract_type": "TriggerSmartContract",
    "from_address": _FROM,
    "to_address": _TO,
    "token": "USDT",
    "amount": 12.5,
    "fee_trx": 6.7735,
    "energy_used": 64285,
    "bandwidth_used": 0,
    "result": "SUCCESS",
    "memo": None,
}
_IN_NO_BLOCK = dict.fromkeys(
    (
        "block_number",
        "block_timestamp",
        "fee_trx",
        "energy_used",
        "bandwidth_used",
        "result",
    )  # fmt: skip
)
TRANSACTION_EXAMPLES = [
    _answer("solid", _TRANSFER),
    _answer("pending", _TRANSFER | _IN_NO_BLOCK | {"status": "pending", "confirmations": 0}),
]
