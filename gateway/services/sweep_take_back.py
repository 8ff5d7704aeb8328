"""Taking back the stake that deposit addresses were lent, once they have been emptied."""

from datetime import datetime, timedelta

import structlog
from django.db.models import Sum

from gateway.models_sweep import Sweep
from gateway.services.sweep_fund import BY, ask_once
from gateway.services.sweep_want import OPEN
from lucidpay.errors import LucidError
from staking.services.undelegate import resource_undelegate
from tron.account import Resource
from tron.kinds import TxKind
from wallets.models import Wallet
from wallets.models_operation import Operation, OperationStatus
from wallets.services.operate import OperationUnderWay

log = structlog.get_logger(__name__)

CHUNK = 20
BETWEEN = (TxKind.DELEGATE, TxKind.UNDELEGATE)
AGAIN_AFTER = timedelta(minutes=1)


def sweeps_take_back(*, now: datetime) -> int:
    """Ask for what ended sweeps were lent and have not given back; return how many were asked.

    One of which it cannot be taken back now stands in no other's way.
    """
    ended = Sweep.objects.filter(lender__isnull=False, ended_at__isnull=False, look_at__lte=now)
    rows = ended.select_related("lender", "address").defer("lender__sealed_key")
    due = list(rows.order_by("look_at", "pk")[:CHUNK])
    Sweep.objects.filter(pk__in=[one.pk for one in due]).update(look_at=now + AGAIN_AFTER)
    return sum(_take_back(one, now) for one in due)


def _take_back(sweep: Sweep, now: datetime) -> int:
    lender, address = sweep.lender, sweep.address.address
    if lender is None:
        return 0
    between = Operation.objects.filter(wallet=lender, kind__in=BETWEEN, recipient=address, by=BY)
    lent_anew = Sweep.objects.filter(address=sweep.address, status__in=OPEN, lender__isnull=False)
    if between.filter(status=OperationStatus.OPEN).exists() or lent_anew.exists():
        return 0
    lent_sun = _lent_sun(lender, address)
    if not lent_sun:
        Sweep.objects.filter(pk=sweep.pk).update(lender=None)
        return 0
    try:
        prepared = resource_undelegate(
            wallet=lender, receiver=address, amount_sun=lent_sun, resource=Resource.ENERGY
        )
        ask_once(prepared, f"{BY} back {address}", now)
    except OperationUnderWay:
        return 0
    except LucidError as error:
        log.warning("energy_not_taken_back", sweep=sweep.public_id, error=str(error))
        return 0
    return 1


def _lent_sun(lender: Wallet, address: str) -> int:
    """Return what sweeps have lent an address and not taken back."""
    done = Operation.objects.filter(
        wallet=lender, kind__in=BETWEEN, recipient=address, by=BY,
        status=OperationStatus.CONFIRMED,
    )  # fmt: skip
    sums = dict(done.values("kind").annotate(sun=Sum("amount_micro")).values_list("kind", "sun"))
    return max(0, sums.get(TxKind.DELEGATE, 0) - sums.get(TxKind.UNDELEGATE, 0))
