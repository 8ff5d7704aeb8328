"""Giving a deposit address what moving its money takes: TRX to burn, or energy of a stake.

For each sweep one thing at a time. The sweep's row is locked while it is asked for, and names it
from the same transaction on; and the database refuses a second open operation of its key. So
whatever is repeated, crashes or runs twice gives once.
"""

from datetime import datetime

import structlog
from django.db import transaction

from gateway.models_sweep import Sweep
from gateway.services.sweep_want import sweep_locked
from lucidpay.money import UNITS_PER_TOKEN
from staking.models import DelegationPolicy
from staking.services.delegate import resource_delegate
from tron.account import Resource
from wallets.models import Wallet, WalletKind, WalletStatus
from wallets.models_operation import Operation
from wallets.services.operate import Asker, operation_request
from wallets.services.operate_prepare import Prepared
from wallets.services.transfer_trx import trx_transfer

log = structlog.get_logger(__name__)

BY = "sweep"


def policy_lending(wallet: Wallet) -> DelegationPolicy | None:
    """Return by which policy a stake works for the wallet, and so for its deposit addresses.

    Only one that a worker can sign for: nobody is to sign for every sweep.
    """
    rows = DelegationPolicy.objects.select_related("staking_wallet").filter(
        hot_wallet=wallet, enabled=True, staking_wallet__kind=WalletKind.HOT,
        staking_wallet__status=WalletStatus.ACTIVE,
    )  # fmt: skip
    return rows.defer("staking_wallet__sealed_key").first()


def sweep_top_up(sweep: Sweep, amount_sun: int, *, cost_sun: int, now: datetime) -> bool:
    """Ask for the TRX that the address lacks; return whether it was this sweep still.

    Raises ``TrxLimitExceeded``, ``InsufficientTrx``, ``WalletNotReady`` and what else
    ``trx_transfer`` raises; nothing is asked for then.
    """
    prepared = trx_transfer(
        wallet=sweep.wallet, recipient=sweep.address.address, amount_sun=amount_sun
    )
    return _ask(sweep, prepared, None, cost_sun, now)


def sweep_lend(
    sweep: Sweep, policy: DelegationPolicy, stake_sun: int, *, cost_sun: int, now: datetime
) -> bool:
    """Ask for the energy that the address lacks; return whether it was this sweep still.

    Raises what ``resource_delegate`` and ``operation_request`` raise; nothing is asked for then.
    """
    least_sun = policy.least_trx * UNITS_PER_TOKEN
    prepared = resource_delegate(
        wallet=policy.staking_wallet,
        receiver=sweep.address.address,
        amount_sun=min(max(stake_sun, least_sun), policy.most_trx * UNITS_PER_TOKEN),
        resource=Resource.ENERGY,
    )
    return _ask(sweep, prepared, policy.staking_wallet, cost_sun, now)


def _ask(
    sweep: Sweep, prepared: Prepared, lender: Wallet | None, cost_sun: int, now: datetime
) -> bool:
    with transaction.atomic():
        row = sweep_locked(sweep)
        if row is None:
            return False
        operation = ask_once(prepared, f"{BY} {row.pk}", now)
        row.funding, row.cost_sun = operation, max(row.cost_sun, cost_sun)
        row.lender = lender or row.lender
        row.save(update_fields=["funding", "cost_sun", "lender"])
    return True


def ask_once(prepared: Prepared, once_key: str, now: datetime) -> Operation:
    """Ask for an operation of which one is open at a time."""
    operation = operation_request(
        wallet_id=prepared.wallet_id,
        order=prepared.order,
        cost=prepared.cost,
        asker=Asker(BY),
        now=now,
        once_key=once_key,
    )
    log.info("sweep_given", operation=operation.public_id, kind=operation.kind, key=once_key)
    return operation
