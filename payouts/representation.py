"""What the outside sees of a payout: one shape for create, get, list and events."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from lucidpay.clock import NEVER, from_ms, iso
from lucidpay.ids import public_id
from lucidpay.money import tokens_of
from payouts.models import Payout, Priority
from tron.models import ChainTransaction

PROCESSING_TARGET = timedelta(minutes=1)
# A solid block is about a minute behind the head; the rest is queueing and one resend.
CONFIRMATION_TARGET = timedelta(minutes=3)


def payout_body(payout: Payout) -> dict[str, Any]:
    """Return the payout as callers see it; its ``transaction`` should be loaded already."""
    return {
        "payout_id": payout.public_id,
        "status": payout.status,
        "recipient_address": payout.recipient_address,
        "amount_usdt": tokens_of(payout.amount_micro),
        "reason": payout.reason or None,
        "reference_id": payout.reference_id,
        "metadata": payout.metadata,
        "router_type": payout.router_type,
        "priority": Priority(payout.priority).label,
        "batch_type": payout.batch_type,
        "batch_id": public_id("batch", payout.batch_id) if payout.batch_id else None,
        "session_id": payout.session_id or None,
        "node_id": payout.node_id or None,
        "custom_data": payout.custom_data,
        "retry_of": public_id("payout", payout.retry_of_id) if payout.retry_of_id else None,
        **_chain_facts(payout.transaction),
        "error_code": payout.error_code or None,
        "error_message": payout.error_message or None,
        "review": payout.review,
        "estimated_completion": estimate(payout.due_at, PROCESSING_TARGET),
        "estimated_confirmation": estimate(payout.due_at, CONFIRMATION_TARGET),
        "created_at": iso(payout.created_at),
        "updated_at": iso(payout.updated_at),
        "confirmed_at": iso(payout.confirmed_at) if payout.confirmed_at else None,
        "request_id": payout.request_id,
    }


def estimate(due_at: datetime, target: timedelta) -> str | None:
    """Return when something should be done, ``None`` while its release is switched off."""
    return None if due_at >= NEVER else iso(due_at + target)


def _chain_facts(tx: ChainTransaction | None) -> dict[str, Any]:
    txid = tx.txid if tx else None
    block_time_ms = tx.block_time_ms if tx else None
    return {
        "txid": txid,
        "transaction_hash": txid,
        "confirmations": tx.confirmations if tx else None,
        "block_number": tx.block_number if tx else None,
        "block_timestamp": None if block_time_ms is None else iso(from_ms(block_time_ms)),
        "fee_trx": _trx(tx.fee_sun) if tx else None,
        "energy_used": tx.energy_used if tx else None,
    }


def _trx(sun: int | None) -> Decimal | None:
    return None if sun is None else tokens_of(sun)
