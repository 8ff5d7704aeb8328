"""Headers and examples of operations, for the API's documentation."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter

from access.api.described import key_parameter, location_header, replayed_header
from access.idempotency import KeyInUse, KeyReused
from lucidpay.api.schema import id_parameter
from tron.reads import ChainAway
from wallets.api.operation_serializers import OPERATION_PATTERN
from wallets.queries import WalletNotFound
from wallets.services.operate import InsufficientTrx, WalletNotReady

OPERATION_KEY = key_parameter("operation")
OPERATION_HEADERS = [location_header("operation", 202), replayed_header(202)]
# Of every call that starts an operation.
OPERATION_REFUSALS = (
    WalletNotFound,
    WalletNotReady,
    InsufficientTrx,
    KeyInUse,
    KeyReused,
    ChainAway,
)
WALLET_ID = id_parameter("wallet_id", "wallet")
OPERATION_ID = OpenApiParameter(
    "operation_id",
    {"type": "string", "pattern": OPERATION_PATTERN},
    OpenApiParameter.PATH,
    description="`stake_` or `operation_` and 32 lower-case hex digits.",
)
OPERATION: dict[str, Any] = {
    "operation_id": "stake_01890a5dac96774bbcceb302099a8057",
    "kind": "stake",
    "status": "awaiting_signatures",
    "txid": None,
    "wallet_id": "wallet_01890a5dac96774bbcceb302099a8057",
    "address": "TNPeeaaFB7K9cmo4uQpcU32zGK8G1NYqeL",
    "to_address": None,
    "amount": 1000,
    "token": "TRX",
    "terms": {"resource": "ENERGY"},
    "block_number": None,
    "fee_trx": None,
    "energy_used": None,
    "waiting_for": None,
    "error_code": None,
    "error_message": None,
    "created_at": "2026-01-31T09:00:00.000000Z",
    "ended_at": None,
}
CONFIRMED: dict[str, Any] = {
    **OPERATION,
    "status": "confirmed",
    "txid": "7d5a" * 16,
    "block_number": 68_000_000,
    "fee_trx": 0,
    "energy_used": 0,
    "ended_at": "2026-01-31T09:01:05.000000Z",
}


def operation_example(status_code: str = "202", **fields: Any) -> OpenApiExample:
    """Return an operation that was just asked for, with these fields."""
    value = {**OPERATION, **fields}
    return OpenApiExample("asked for", value=value, response_only=True, status_codes=[status_code])


CONFIRMED_EXAMPLE = OpenApiExample(
    "confirmed", value=CONFIRMED, response_only=True, status_codes=["200"]
)
