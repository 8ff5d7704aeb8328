"""Examples of the calls that only look, for the API's documentation."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

ADDRESS, OTHER = "TNPeeaaFB7K9cmo4uQpcU32zGK8G1NYqeL", "TGzz8gjYiYRqpfmDwnLxfgPuLVNmpCswVp"
WITNESS = "TK31Bs4p7BZionueRbSrG5ZTfxPyHCLy3a"


def _answer(name: str, value: Any) -> OpenApiExample:
    return OpenApiExample(name, value=value, response_only=True, status_codes=["200"])


BALANCE_EXAMPLE = _answer(
    "staked",
    {
        "address": ADDRESS,
        "staked_energy_trx": 45000,
        "staked_bandwidth_trx": 0,
        "unstaking": [
            {
                "amount_trx": 1000,
                "resource": "ENERGY",
                "withdrawable_at": "2026-02-14T09:00:00Z",
            }
        ],
        "withdrawable_trx": 0,
        "delegated_out_trx": 40000,
        "delegated_in_trx": 0,
        "votes_total": 45000,
        "votes_used": 45000,
    },
)
REWARDS_EXAMPLE = _answer(
    "earned",
    {
        "address": ADDRESS,
        "unclaimed_trx": 3.421337,
        "claimable_at": "2026-01-31T09:00:00Z",
        "votes": [{"address": WITNESS, "count": 45000}],
    },
)
RESOURCES_EXAMPLE = _answer(
    "lent",
    {
        "address": ADDRESS,
        "energy": {"limit": 426315, "used": 64285, "available": 362030},
        "bandwidth": {
            "limit": 0,
            "used": 0,
            "available": 0,
            "free_limit": 600,
            "free_used": 345,
            "free_available": 255,
        },
        "delegations": {
            "out": [
                {
                    "owner": ADDRESS,
                    "receiver": OTHER,
                    "resource": "ENERGY",
                    "amount_trx": 40000,
                    "locked_until": None,
                }
            ],
            "in": [],
            "complete": True,
        },
    },
)
STATS_EXAMPLE = _answer(
    "two wallets",
    {
        "wallets": 2,
        "complete": True,
        "staked_energy_trx": 45000,
        "staked_bandwidth_trx": 0,
        "unstaking_trx": 1000,
        "withdrawable_trx": 0,
        "delegated_out_trx": 40000,
        "delegated_in_trx": 40000,
        "unclaimed_trx": 3.421337,
        "votes_total": 45000,
        "votes_used": 45000,
        "energy": {"limit": 426315, "used": 64285, "available": 362030},
        "bandwidth": {"limit": 0, "used": 0, "available": 0},
        "rewards_claimed_trx": 12.5,
        "staked_booked_trx": 46000,
        "operations": {"open": 0, "confirmed": 7, "failed": 1},
    },
)
ADVICE_EXAMPLE = _answer(
    "three payouts a day",
    {
        "from": "2026-01-01T09:00:00Z",
        "to": "2026-01-31T09:00:00Z",
        "days_covered": 30,
        "transfers": 90,
        "burned_trx": 599.265,
        "stake_trx": 20980,
        "saves_trx_per_30_days": 599.265,
        "unstaking_days": 14,
        "energy": {
            "busiest_24h": 192855,
            "mean_24h": 192855,
            "needed": 192855,
            "limit": 0,
            "stake_trx": 20357,
            "saves_trx_per_30_days": 578.565,
            "pays_back_days": 1056,
        },
        "bandwidth": {
            "busiest_24h": 1035,
            "mean_24h": 1035,
            "needed": 1035,
            "limit": 0,
            "stake_trx": 623,
            "saves_trx_per_30_days": 20.7,
            "pays_back_days": 903,
        },
        "renting": {
            "price_sun_per_energy_day": 60,
            "trx_per_30_days": 347.139,
            "saves_trx_per_30_days": 231.426,
        },
        "forecast": {
            "transfers_per_day": 3,
            "as_staked_trx": 19.9755,
            "as_advised_trx": 0,
        },
        "wallets": [
            {
                "wallet_id": "wallet_01890a5dac96774bbcceb302099a8057",
                "address": ADDRESS,
                "transfers": 90,
                "burned_trx": 599.265,
                "stake_energy_trx": 20357,
                "stake_bandwidth_trx": 623,
            }
        ],
    },
)
