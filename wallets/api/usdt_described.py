"""Examples of the USDT calls, for the API's documentation."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

from lucidpay.api.pagination import PAGINATION_EXAMPLE

_OURS, _THEIRS = "TK31Bs4p7BZionueRbSrG5ZTfxPyHCLy3a", "T9yD14Nj9j7xAB4dbGeiX9h8unkKHxuWwb"
_CONTRACT = "TXYZopYRdj2D9XRtbG411XZZ3kM5VkAeBf"
_PLACE = {"contract_address": _CONTRACT, "block_number": 77853105}


def _answer(name: str, value: Any) -> OpenApiExample:
    return OpenApiExample(name, value=value, response_only=True, status_codes=["200"])


BALANCE_EXAMPLE = _answer(
    "balance", {"address": _OURS, "balance_usdt": 12.5, "balance_raw": 12500000, **_PLACE}
)
ALLOWANCE_EXAMPLE = _answer(
    "allowance",
    {"owner": _OURS, "spender": _THEIRS, "allowance": 100, "allowance_raw": 100000000, **_PLACE},
)
TRANSACTIONS_EXAMPLE = _answer(
    "page",
    {
        "transactions": [
            {
                "txid": "7d5a" * 16,
                "direction": "out",
                "token": "USDT",
                "amount": 12.5,
                "counterparty": _THEIRS,
                "status": "solid",
                "block_number": 77853105,
                "timestamp": "2026-01-31T09:00:00Z",
            }
        ],
        "pagination": PAGINATION_EXAMPLE,
        "filters": {},
        "source": "scan",
        "from_block": 77000000,
    },
)
ESTIMATE_EXAMPLES = [
    OpenApiExample(
        "transfer",
        value={"from_address": _OURS, "to_address": _THEIRS, "amount": 12.5},
        request_only=True,
    ),
    _answer(
        "to a holder",
        {
            "energy_required": 64285,
            "bandwidth_required": 345,
            "energy_price_sun": 100,
            "fee_trx_burning": 6.7735,
            "fee_trx_with_resources": 6.4285,
            "recommended_fee_limit_sun": 8357050,
            "recipient_holds_usdt": True,
            "recipient_activated": True,
            "recipient_blacklisted": False,
        },
    ),
]
