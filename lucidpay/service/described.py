"""Examples of what the service endpoints answer, for the OpenAPI document."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

from lucidpay.health import HEALTHY, UNHEALTHY
from lucidpay.service.config import GROUPS, MASK
from lucidpay.service.restart import COMMAND
from lucidpay.services import SERVICES
from payouts.models import RouterType
from payouts.states import Status
from wallets.models import WalletStatus

AT = "2026-01-31T09:00:00.000000Z"
WORKER = "celery@pay-1"
_WALLET = {
    "wallet_id": "wallet_01890a5dac96774bbcceb302099a8057",
    "name": "hot",
    "address": "TDkt1NW5RpyNZfWvBgxqQaXU5Vi45axFxg",
}


def _answer(name: str, value: Any, status: int = 200) -> OpenApiExample:
    return OpenApiExample(name, value=value, response_only=True, status_codes=[str(status)])


def _ready(status: str, broker: str) -> dict[str, Any]:
    checks = {"database": {"status": HEALTHY}, "broker": {"status": broker}}
    return {"status": status, "timestamp": AT, "checks": checks}


LIVE = _answer("alive", {"status": "alive"})
READY = _answer("ready", _ready("ready", HEALTHY))
NOT_READY = _answer("broker away", _ready("not_ready", UNHEALTHY), 503)
STATUS = _answer(
    "all is well",
    {
        "timestamp": AT,
        "services": {
            name: {
                "status": HEALTHY,
                "queue": {"name": name, "depth": 0},
                "workers": {"alive": 1, "names": [WORKER]},
                "last_success": {"at": AT, "task": patterns[0].replace("*", "scan")},
                "last_error": None,
                "trouble": [],
            }
            for name, patterns in SERVICES.items()
        },
    },
)


def _held(balance: int) -> dict[str, int]:
    return {"balance": balance, "held": 100, "available": balance - 100}


_BALANCES = {"USDT": _held(25_000), "TRX": _held(900)}
_NO_PAYOUTS = {"count": 0, "amount_usdt": 0}
_SOME_PAYOUTS = {"count": 250, "amount_usdt": 12_500.5}
_STATS: dict[str, dict[str, Any]] = {
    "tron-client": {
        "network": "mainnet",
        "latest_block": 61000038,
        "solid_block": 61000020,
        "lag_seconds": 2,
        "scanner_lag_blocks": 0,
        "kill_switch": "off",
        "error": None,
        "nodes": [
            {
                "name": "api.trongrid.io",
                "url": "https://api.trongrid.io",
                "status": HEALTHY,
                "latest_block": 61000038,
                "solid_block": 61000020,
                "lag_seconds": 2,
                "peers": 30,
                "latency_ms": 84,
                "failures": 0,
                "last_error": None,
                "throttled_until": None,
                "answered_at": AT,
            }
        ],
        "broadcast_answers": {"SUCCESS": 998, "DUP_TRANSACTION_ERROR": 2},
        "generated_at": AT,
    },
    "wallet-manager": {
        "wallets_by_status": {name: int(name == "active") for name in WalletStatus.values},
        "balances": _BALANCES,
        "open_holds": 4,
        "flows_unbooked": 0,
        "oldest_unbooked_seconds": None,
        "wallets": [{**_WALLET, "status": "active", "balances": _BALANCES}],
        "generated_at": AT,
    },
    "usdt-manager": {
        "contract_address": "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t",
        "usdt": _held(25_000),
        "comparison_waits_seconds": None,
        "compared_seconds_ago": 60,
        "suspense_open": 0,
        "wallets": [
            {
                **_WALLET,
                "usdt": _held(25_000),
                "comparison": {
                    "block_number": 61000010,
                    "chain_usdt": 25_000,
                    "books_usdt": 25_000,
                    "difference_usdt": 0,
                    "compared_at": AT,
                },
            }
        ],
        "generated_at": AT,
    },
    "payout-router": {
        "total_payouts": 250,
        "total_amount_usdt": 12_500.5,
        "success_rate": 100,
        "payouts_by_status": {
            status.value: _SOME_PAYOUTS if status == Status.CONFIRMED else _NO_PAYOUTS
            for status in Status
        },
        "payouts_by_router": {
            router: _SOME_PAYOUTS if router == RouterType.V0 else _NO_PAYOUTS
            for router in RouterType.values
        },
        "generated_at": AT,
    },
    "payment-gateway": {
        "total_payments": 250,
        "successful_payments": 241,
        "failed_payments": 6,
        "total_volume": 12_500.5,
        "total_fees": 18.75075,
        "refunded_volume": 25,
        "batches_processed": 3,
        "avg_processing_time": 74.204,
    },
    "trx-staking": {
        "wallets": [
            {
                **_WALLET,
                "energy": 131_000,
                "bandwidth": 0,
                "free_bandwidth": 600,
                "looked_at": AT,
            }
        ],
        "generated_at": AT,
    },
}
STATS = {name: _answer(name, value) for name, value in _STATS.items()}
STATS_OF_ALL = _answer("all six", _STATS)
_SETTINGS: dict[str, dict[str, Any]] = {
    "payment_processing": {"TRON_NETWORK": "mainnet", "TRON_NODES": ["api.trongrid.io"]},
    "security": {"SECRET_KEY": MASK, "VAULT_KEY": None},
    "caching": {"REDIS_URL": f"redis://{MASK}@10.0.0.7:6379/0"},
}
CONFIG = _answer("some of it", {group: _SETTINGS.get(group, {}) for group in GROUPS})
NOTHING = OpenApiExample("nothing to say", value={}, request_only=True)
RESTARTED = _answer(
    "asked",
    {
        "service": "payout-router",
        "asked_at": AT,
        "workers": [{"worker": WORKER, "asked": COMMAND, "said": "replacing 2 processes"}],
    },
    202,
)
