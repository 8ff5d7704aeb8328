"""A comparison of a payment as callers see it."""

from typing import Any

from gateway.models_after import Reconciliation
from lucidpay.clock import iso
from lucidpay.ids import public_id


def reconciliation_body(row: Reconciliation) -> dict[str, Any]:
    """Return one comparison as callers see it."""
    return {
        "reconciliation_id": row.public_id,
        "payment_id": public_id("pay", row.payment_id),
        "status": row.status,
        "verified": row.verified,
        "verified_at": iso(row.verified_at) if row.verified_at else None,
        "notes": row.notes or None,
        "differences": row.differences,
    }
