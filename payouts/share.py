"""Who of a chunk of payouts is paid now, when money, energy or TRX do not suffice for all.

In the order of urgency and age as long as there is enough for all. When TRX or energy is short,
those of the same priority that need least go first: a transfer to somebody who holds USDT takes
half as much energy as one to somebody who does not, so as many as can be are paid. Who has waited
long keeps their turn by age, and what stake will cover is kept back for them.

Energy is counted in sun, as what it would cost to burn it (``payouts/purse.py``).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import F, Min, Q

from payouts.kinds import BatchType, Priority, Review
from payouts.models import Payout
from payouts.models_review import Approval
from payouts.purse import Purse
from payouts.services.price import Quote
from payouts.services.wait import LOOK_AGAIN_S, NO_TRX, WAITS_FOR_ENERGY

BATCHES = "batches"
# Who has waited for so long is not passed by cheaper ones any more.
PASSED_AT_MOST = timedelta(minutes=10)
# Energy may come sooner than reckoned: somebody stakes or delegates it.
LOOK_AT_MOST = timedelta(minutes=5)
# An approval must not expire while its payout waits for energy.
APPROVAL_LEFT = timedelta(minutes=10)
COMES_BACK_IN = timedelta(days=1)
DAYS_MAX = 30  # beyond what anybody may wait, and within what a time can hold
PACED = Q(priority__in=(Priority.NORMAL, Priority.LOW)) & (
    Q(batch__isnull=False) | ~Q(batch_type=BatchType.IMMEDIATE)
)


def waited_long(payout: Payout, now: datetime) -> bool:
    """Return whether a payout keeps its turn, whatever those behind it need."""
    return now - payout.due_at >= PASSED_AT_MOST


def is_paced(payout: Payout) -> bool:
    """Return whether a payout may wait for energy at all: as ``PACED`` says."""
    is_of_batch = payout.batch_id is not None or payout.batch_type != BatchType.IMMEDIATE
    return is_of_batch and payout.priority in (Priority.NORMAL, Priority.LOW)


def waits_until(payouts: Iterable[Payout], now: datetime) -> dict[UUID, datetime]:
    """Return the times until which payouts may wait for energy; of those that may.

    Nobody may unless ``PACE_TO_ENERGY`` says so. Who was approved not so long that it must be
    approved again.
    """
    if settings.PACE_TO_ENERGY != BATCHES:
        return {}
    at_most = timedelta(minutes=settings.PACE_AT_MOST_MINUTES)
    paced = [payout for payout in payouts if is_paced(payout)]
    found = {payout.pk: payout.due_at + at_most for payout in paced}
    if approved := [payout.pk for payout in paced if payout.review == Review.APPROVED]:
        rows = Approval.objects.filter(payout__in=approved, round=F("payout__review_round"))
        for key, at in rows.values_list("payout").annotate(Min("expires_at")):
            found[key] = min(found[key], at - APPROVAL_LEFT)
    return {key: until for key, until in found.items() if until > now}


@dataclass
class EnergyQueue:
    """Those that wait for energy, one behind the other."""

    now: datetime
    until: dict[UUID, datetime]
    look_at: dict[Payout, datetime] = field(default_factory=dict)
    queued_sun: int = 0

    def joins(self, payout: Payout, fee_limit_sun: int, purse: Purse) -> str:
        """Return why this one waits now, nothing when it does not.

        One that all of the stake would not cover never waits, nor does any without stake.
        """
        until = self.until.get(payout.pk)
        if until is None or not purse.energy_sun < fee_limit_sun <= purse.energy_daily_sun:
            return ""
        self.queued_sun += fee_limit_sun
        back_at = self._back_at(purse)
        soon = self.now + timedelta(seconds=LOOK_AGAIN_S)
        self.look_at[payout] = min(max(soon, min(back_at, self.now + LOOK_AT_MOST)), until)
        about = f", about {self._clock(back_at)}" if back_at < until else ""
        burns = f"it burns TRX instead from {self._clock(until)} on"
        return f"{WAITS_FOR_ENERGY}{about}; {burns}."

    def _back_at(self, purse: Purse) -> datetime:
        """Return when there is enough for all that wait so far.

        What is used comes back evenly within a day at the latest (java-tron
        ``ResourceProcessor``), and with it what transfers under way are about to use.
        """
        used_sun = purse.energy_daily_sun - purse.energy_sun
        days = min(DAYS_MAX, (self.queued_sun - purse.energy_sun) / used_sun)
        return self.now + COMES_BACK_IN * days

    def _clock(self, time: datetime) -> str:
        return f"{time:%H:%M} UTC" if time.date() == self.now.date() else f"{time:%d %b %H:%M} UTC"


@dataclass
class Share:
    """Who is paid now, each with the TRX to hold; and why, and until when, the others wait."""

    chosen: dict[Payout, int]
    waiting: dict[Payout, str]
    look_at: dict[Payout, datetime]


def shared(
    refusals: dict[Payout, str],
    quotes: dict[UUID, Quote],
    purse: Purse,
    until: dict[UUID, datetime],
    now: datetime,
) -> Share:
    """Share a purse among payouts in signing order; ``refusals`` says why some wait anyway.

    ``until``: of those that may wait for energy (``waits_until``).
    """

    def turn(payout: Payout) -> tuple[int, int, UUID]:
        fee_limit_sun = quotes[payout.pk].fee_limit_sun
        return payout.priority, 0 if waited_long(payout, now) else fee_limit_sun, payout.pk

    def share(order: Iterable[Payout]) -> Share:
        queue = EnergyQueue(now, until)
        return _share({one: refusals[one] for one in order}, quotes, replace(purse), queue)

    found = share(refusals)
    is_short = any(why.startswith((NO_TRX, WAITS_FOR_ENERGY)) for why in found.waiting.values())
    return share(sorted(refusals, key=turn)) if is_short else found


def _share(
    refusals: dict[Payout, str], quotes: dict[UUID, Quote], purse: Purse, queue: EnergyQueue
) -> Share:
    """Give the purse out in order. One that does not fit waits alone and lets others pass.

    But for the first that has waited long and would be paid once energy has come back: what it
    needs is kept back, and it is looked at every time.
    """
    share = Share({}, {}, queue.look_at)
    is_kept_back = False
    for payout, refusal in refusals.items():
        quote = quotes[payout.pk]
        burns = (quote.fee_limit_sun, quote.extra_sun)
        why = refusal or purse.refusal(payout.amount_micro, *burns)
        if not why or why.startswith(NO_TRX):
            why = queue.joins(payout, quote.fee_limit_sun, purse) or why
        if not why:
            share.chosen[payout] = purse.take(payout.amount_micro, *burns)
            continue
        share.waiting[payout] = why
        is_first = why.startswith(NO_TRX) and not is_kept_back and waited_long(payout, queue.now)
        if is_first and purse.could_pay(*burns):
            purse.take(0, *burns)
            share.look_at[payout], is_kept_back = queue.now, True
    return share
