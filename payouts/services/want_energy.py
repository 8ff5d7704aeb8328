"""Telling the stake how much energy payouts will need, so that it can be lent in time."""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Avg, Case, F, Sum, Value, When

from payouts.models import Payout
from payouts.queries import due_now
from payouts.states import Status
from staking.services.want_energy import energy_want, wallets_lent_to

# A delegation is solid within two minutes; scheduled payouts are known long before.
AHEAD = timedelta(minutes=10)
# Of a transfer to somebody who holds USDT, until the screening has measured it.
ENERGY_GUESS = 65_000


def energies_want(*, now: datetime) -> int:
    """Tell of each wallet that is lent energy how much its payouts need; return how many were.

    Those that are due within ten minutes and wait for nobody, and those that are signed and in no
    block yet.
    """
    wallets = wallets_lent_to()
    for wallet_id in wallets:
        energy_want(wallet_id=wallet_id, energy=_energy(wallet_id, now), now=now)
    return len(wallets)


def _energy(wallet_id: UUID, now: datetime) -> int:
    coming = due_now(wallet_id, now=now + AHEAD).order_by()
    measured = coming.filter(screened_energy__gt=0).aggregate(mean=Avg("screened_energy"))["mean"]
    guess = Value(int(measured or ENERGY_GUESS))
    each = Case(When(screened_energy__gt=0, then=F("screened_energy")), default=guess)
    pending = coming.aggregate(energy=Sum(each, default=0))["energy"]
    signed = Payout.objects.filter(
        wallet_id=wallet_id, status=Status.PROCESSING, transaction__block_number=None
    )
    on_the_way = signed.aggregate(energy=Sum("transaction__energy_estimate", default=0))["energy"]
    # With the signer's margin: a payout goes out when all that its fee limit allows is covered.
    return (int(pending) + int(on_the_way)) * (100 + settings.TRON_ENERGY_MARGIN_PERCENT) // 100
