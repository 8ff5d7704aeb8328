"""Headers and examples of batches and statistics, for the API's documentation."""

from typing import Any

from lucidpay.api.schema import id_parameter, location_header
from payouts.api.described import answered, asked

BATCH_ID_PARAMETER = id_parameter("batch_id", "batch")
BATCH_LOCATION_HEADER = location_header(
    "Where the batch can be read. A dry run has none.", statuses=(200, 201)
)
_BATCH = "batch_01890a5dac96774bbcceb302099a8057"
_PAYOUTS = ["payout_01890a5dac96774bbcceb302099a8058", "payout_01890a5dac96774bbcceb302099a8059"]
_CREATED: dict[str, Any] = {
    "batch_id": _BATCH,
    "total_payouts": 2,
    "total_amount_usdt": 20,
    "status": "scheduled",
    "payout_ids": _PAYOUTS,
    "successful_payouts": 0,
    "failed_payouts": 0,
    "estimated_completion": "2026-01-31T10:01:00.000000Z",
    "created_at": "2026-01-31T09:00:00.000000Z",
}
_STANDING: dict[str, Any] = {
    "batch_id": _BATCH,
    "total_payouts": 2,
    "completed_payouts": 1,
    "failed_payouts": 0,
    "pending_payouts": 1,
    "cancelled_payouts": 0,
    "status": "processing",
    "paused": False,
    "total_amount_usdt": 20,
    "completed_amount_usdt": 12.5,
    "created_at": "2026-01-31T09:00:00.000000Z",
    "estimated_completion": "2026-01-31T10:01:00.000000Z",
    "completed_at": None,
}
_WALLET = "TXYZopYRdj2D9XRtbG411XZZ3kM5VkAeBf"


def _row(amount_usdt: float, energy: int, fee_trx: float, left: tuple[float, float]) -> Any:
    return {
        "verdict": "accepted",
        "rule": None,
        "error": None,
        "payout_id": None,
        "recipient_address": "TNPeeaaFB7K9cmo4uQpcU32zGK8G1NYqeL",
        "amount_usdt": amount_usdt,
        "router_type": "PayoutRouterV0",
        "approvals_needed": 0,
        "energy": energy,
        "fee_trx": fee_trx,
        "balance_after_usdt": left[0],
        "balance_after_trx": left[1],
        "recipient_blacklisted": False,
        "unknown_because": None,
    }


_DRY_RUN: dict[str, Any] = {
    "dry_run": True,
    "verdict": "accepted",
    "rule": None,
    "error": None,
    "batch_id": None,
    "total_payouts": 2,
    "total_amount_usdt": 20,
    "payouts_in_review": 0,
    "approvals_needed": 0,
    "energy": 194570,
    "fee_trx": 19.457,
    "wallets": [
        {
            "address": _WALLET,
            "payouts": 2,
            "amount_usdt": 20,
            "balance_after_usdt": 980,
            "balance_after_trx": 480.543,
        }
    ],
    "payouts": [
        _row(12.5, 64285, 6.4285, (987.5, 493.5715)),
        _row(7.5, 130285, 13.0285, (980, 480.543)),
    ],
}

BATCH_CREATE_EXAMPLES = [
    asked(
        "two people, at the next full hour",
        {
            "payouts": [
                {
                    "recipient_address": "TNPeeaaFB7K9cmo4uQpcU32zGK8G1NYqeL",
                    "amount_usdt": 12.5,
                    "reference_id": "2026-01/4711",
                },
                {
                    "recipient_address": "TNPeeaaFB7K9cmo4uQpcU32zGK8G1NYqeL",
                    "amount_usdt": "7.50",
                    "reason": "travel of January",
                },
            ],
            "batch_type": "HOURLY",
        },
    ),
    answered("accepted", _CREATED, "201"),
    answered("made already", _CREATED | {"status": "processing", "successful_payouts": 1}, "200"),
    answered("dry run", _DRY_RUN, "200"),
]
BATCH_EXAMPLE = answered("half of it is paid", _STANDING, "200")
NOTHING_EXAMPLE = asked("nothing to say", {})
BATCH_PAUSED_EXAMPLES = [
    NOTHING_EXAMPLE,
    answered("paused", _STANDING | {"paused": True}, "200"),
]
BATCH_VERB_EXAMPLES = [NOTHING_EXAMPLE, BATCH_EXAMPLE]
BATCH_CANCEL_EXAMPLES = [
    asked("with a reason", {"reason": "paid by bank"}),
    answered(
        "the rest is cancelled",
        _STANDING
        | {
            "pending_payouts": 0,
            "cancelled_payouts": 1,
            "status": "partial",
            "completed_at": "2026-01-31T10:02:00.000000Z",
            "cancelled_now": 1,
            "not_cancelled": [{"payout_id": _PAYOUTS[0], "status": "confirmed"}],
            "not_cancelled_total": 1,
        },
        "200",
    ),
]
STATS_EXAMPLE = answered(
    "a day",
    {
        "period": "day",
        "router_type": "all",
        "total_payouts": 3,
        "successful_payouts": 2,
        "failed_payouts": 0,
        "total_amount_usdt": 30.5,
        "success_rate": 100,
        "average_amount_usdt": 10.166667,
        "recent_payouts_24h": 3,
        "payouts_by_router": {
            "PayoutRouterV0": {"count": 2, "amount_usdt": 20},
            "PayoutRouterKYC": {"count": 1, "amount_usdt": 10.5},
            "PayoutRouterDirect": {"count": 0, "amount_usdt": 0},
            "PayoutRouterGateway": {"count": 0, "amount_usdt": 0},
        },
        "circuit_breaker_status": "closed",
        "daily_limit_usage": 30.5,
        "hourly_limit_usage": 12,
        "generated_at": "2026-01-31T09:00:00.000000Z",
    },
    "200",
)
