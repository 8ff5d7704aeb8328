"""Emptying deposit addresses, step by step: what each of them needs next, and doing that."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import transaction

from gateway.models_sweep import Sweep
from gateway.policy.sweeping import (
    GIVEN,
    LONG_S,
    MEDIUM_S,
    SHORT_S,
    TOO_LITTLE,
    Lend,
    Means,
    Seen,
    Sign,
    Step,
    TopUp,
    Wait,
    cost_sun,
    fuel_sun,
    lying_at,
    micro_per_trx,
    step_of,
)
from gateway.services.sweep_fund import policy_lending, sweep_lend, sweep_top_up
from gateway.services.sweep_see import seen_of
from gateway.services.sweep_sign import sweep_sign
from gateway.services.sweep_want import REASON_MAX, sweep_renew, wallet_swept_to
from gateway.states import SweepStatus
from lucidpay.errors import LucidError
from payouts.services.wait import NO_CHAIN
from staking.models import DelegationPolicy
from tron.errors import NodeError
from tron.reference import reference_now
from wallets.models import Wallet
from wallets.models_operation import OperationStatus
from wallets.services.book_flows import OutflowUnjudged
from wallets.vault import KeyDoesNotOpen

log = structlog.get_logger(__name__)

CHUNK = 20
# Who has taken a sweep up and died is followed by somebody else after so long.
CLAIM_S = 60
OTHER_AMOUNT = "Another amount lies there now, or it is to go to another wallet."
UNJUDGED = "Something left the address, and the books are finding out why."
NO_KEY = "The key of the address does not open. A person must look at the worker's log."


@dataclass(frozen=True)
class Terms:
    """What is the same for all sweeps of a chunk."""

    wallet: Wallet
    policy: DelegationPolicy | None
    micro_per_trx: int
    now: datetime


def sweeps_go_on(*, now: datetime) -> tuple[int, int]:
    """Take the next step of each sweep whose turn it is; return (looked at, signed).

    What goes wrong with one stops no other. Raises ``Halted``, ``ChainNotReady``, ``NodeError``
    or ``VaultClosed``, when none of them can go on.
    """
    reference_now(now=now)  # nothing is given to an address from which nothing could be sent
    wallet = wallet_swept_to()
    if wallet is None:
        return 0, 0
    claimed = _claimed(now)
    terms = Terms(wallet, policy_lending(wallet), micro_per_trx(), now)
    ready = [one for one in claimed if _is_ready(one, terms)]
    signed = 0
    for sweep, seen in zip(ready, _seen_of(ready, terms), strict=True):
        signed += _go_on(sweep, seen, terms)
    return len(claimed), signed


def sweeps_wait(reason: str, *, now: datetime) -> None:
    """Say why none of the sweeps whose turn it is can go on."""
    due = Sweep.objects.filter(status=SweepStatus.WANTED, look_at__lte=now)
    due.exclude(wait_reason=reason[:REASON_MAX]).update(wait_reason=reason[:REASON_MAX])


def _claimed(now: datetime) -> list[Sweep]:
    """Take the next sweeps up by moving their turn on: two workers take different ones."""
    with transaction.atomic():
        due = Sweep.objects.filter(status=SweepStatus.WANTED, look_at__lte=now)
        free = due.select_for_update(skip_locked=True, no_key=True).order_by("look_at")
        keys = list(free.values_list("pk", flat=True)[:CHUNK])
        later = now + timedelta(seconds=CLAIM_S)
        Sweep.objects.filter(pk__in=keys).update(look_at=later)
    return _loaded(keys)


def _loaded(keys: list[UUID]) -> list[Sweep]:
    rows = Sweep.objects.select_related("address__account", "wallet", "funding")
    return list(rows.defer("wallet__sealed_key").filter(pk__in=keys).order_by("pk"))


def _is_ready(sweep: Sweep, terms: Terms) -> bool:
    """Return whether it is to be moved as it stands, and nothing under way is waited for."""
    if sweep.funding is not None and sweep.funding.status == OperationStatus.OPEN:
        _wait(sweep, Wait(GIVEN, SHORT_S), terms.now)
        return False
    wanted = lying_at([sweep.address])[sweep.address_id].wanted()
    if wanted == (sweep.asset, sweep.units) and sweep.wallet_id == terms.wallet.pk:
        return True
    why = OTHER_AMOUNT if wanted else TOO_LITTLE
    sweep_renew(sweep, terms.wallet, why, now=terms.now)
    return False


def _seen_of(sweeps: list[Sweep], terms: Terms) -> list[Seen | Wait]:
    try:
        return seen_of(sweeps, terms.wallet)
    except NodeError:
        for sweep in sweeps:
            _wait(sweep, Wait(NO_CHAIN, SHORT_S), terms.now)
        raise


def _go_on(sweep: Sweep, seen: Seen | Wait, terms: Terms) -> bool:
    """Take the next step of one; return whether it was signed."""
    if isinstance(seen, Wait):
        _wait(sweep, seen, terms.now)
        return False
    means = Means(fuel_sun(sweep.address.address), terms.policy is not None, terms.micro_per_trx)
    step = step_of(sweep.asset, sweep.units, seen, means)
    costs_sun = cost_sun(seen, means)
    try:
        if isinstance(step, Sign):
            return sweep_sign(sweep, seen, cost_sun=costs_sun, now=terms.now)
        _give(sweep, step, seen, costs_sun, terms)
    except OutflowUnjudged:
        _wait(sweep, Wait(UNJUDGED, SHORT_S), terms.now)
    except KeyDoesNotOpen:
        log.critical("sweep_cannot_be_signed", sweep=sweep.public_id, exc_info=True)
        _wait(sweep, Wait(NO_KEY, LONG_S), terms.now)
    except LucidError as error:
        _wait(sweep, Wait(_refused(error), MEDIUM_S), terms.now)
    return False


def _give(sweep: Sweep, step: Step, seen: Seen, costs_sun: int, terms: Terms) -> None:
    match step:
        case Wait():
            _wait(sweep, step, terms.now)
            return
        case TopUp(amount_sun):
            sweep_top_up(sweep, amount_sun, cost_sun=costs_sun, now=terms.now)
        case Lend(stake_sun):
            _lend(sweep, stake_sun, seen, costs_sun, terms)
    _wait(sweep, Wait(GIVEN, SHORT_S), terms.now)


def _lend(sweep: Sweep, stake_sun: int, seen: Seen, costs_sun: int, terms: Terms) -> None:
    """Lend energy, or give TRX to burn where the stake cannot be lent now."""
    try:
        if terms.policy is not None:
            sweep_lend(sweep, terms.policy, stake_sun, cost_sun=costs_sun, now=terms.now)
    except LucidError as error:
        log.warning("energy_not_lent", sweep=sweep.public_id, error=str(error))
        means = Means(fuel_sun(sweep.address.address), False, terms.micro_per_trx)
        step = step_of(sweep.asset, sweep.units, seen, means)
        _give(sweep, step, seen, cost_sun(seen, means), terms)


def _refused(error: LucidError) -> str:
    """Return why the wallet gives the address nothing now, in words."""
    told = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in error.details.items())
    return f"{error.message} ({told})" if told else error.message


def _wait(sweep: Sweep, wait: Wait, now: datetime) -> None:
    again = now + timedelta(seconds=wait.pause_s)
    rows = Sweep.objects.filter(pk=sweep.pk, status=SweepStatus.WANTED)
    rows.update(wait_reason=wait.reason[:REASON_MAX], look_at=again)
