"""Signing sweeps: stored, signed, committed, before anything is sent."""

from datetime import datetime

from django.db import transaction

from gateway.models_sweep import Sweep
from gateway.policy.sweeping import Seen
from gateway.services.sweep_want import sweep_locked
from gateway.states import SweepStatus
from lucidpay.clock import utc_now
from tron.halt import refuse_halted
from tron.models import Purpose, TxKind
from tron.networks import network
from tron.reference import Reference, reference_now
from tron.store import transactions_store
from tron.transactions import Draft, sign
from wallets.kinds import Asset
from wallets.services.book_flows import refuse_unjudged_outflow
from wallets.services.deposits import deposit_signer


def sweep_sign(sweep: Sweep, seen: Seen, *, cost_sun: int, now: datetime) -> bool:
    """Sign the one transaction of a sweep; return whether it was this sweep still.

    It is on disk before anybody can send it. Raises ``ChainNotReady``, ``OutflowUnjudged``,
    ``Halted``, ``VaultClosed`` or ``KeyDoesNotOpen``; it waits then.
    """
    signer = deposit_signer(sweep.address)
    reference = reference_now(now=utc_now())
    with transaction.atomic(durable=True):
        row = sweep_locked(sweep)
        if row is None:
            return False
        signed = sign(_draft(row, str(sweep.wallet.address), seen, reference), signer)
        stored = transactions_store(
            {row.pk: signed}, energies={row.pk: seen.energy}, reference=reference, now=now,
            purpose=Purpose.SWEEP,
        )  # fmt: skip
        row.transaction, row.status, row.wait_reason = stored[row.pk], SweepStatus.SIGNED, ""
        row.cost_sun = max(row.cost_sun, cost_sun)
        row.save(update_fields=["transaction", "status", "wait_reason", "cost_sun"])
        refuse_unjudged_outflow(row.address.address)
        refuse_halted()
    return True


def _draft(sweep: Sweep, taker: str, seen: Seen, reference: Reference) -> Draft:
    is_call = sweep.asset == Asset.USDT
    return Draft(
        kind=TxKind.TRANSFER if is_call else TxKind.TRANSFER_TRX,
        sender=sweep.address.address,
        recipient=taker,
        contract=network().usdt_contract if is_call else "",
        amount=sweep.units,
        fee_limit_sun=seen.fee_limit_sun if is_call else 0,
        ref_block_id=reference.block_id,
        expiration_ms=reference.expiration_ms,
        timestamp_ms=reference.chain_time_ms,
    )
