"""Settling collected fees: one payout to the settlement wallet, and each fee in one settlement.

A settlement, its payout and the mark on every payment that it covers are one transaction: whoever
is killed, all of it has happened or nothing. Never merchants' money: the sum is that of the fees
of the payments that are marked.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import connection, transaction

from access.models import User
from gateway.kinds import COLLECTED
from gateway.models_after import Settlement
from gateway.policy.settling import INSTANT, is_due, slot_at
from gateway.settlements import collected, collected_micro, settlement_body
from gateway.states import EARNING, SettlementStatus
from lucidpay.ids import new_id, public_id
from lucidpay.money import UNITS_PER_TOKEN
from payouts.models import Origin, Payout, Priority, Router, RouterType
from payouts.story import begin
from wallets.models import Wallet, WalletStatus
from wallets.models_deposit import DepositAddress
from webhooks import outbox
from webhooks.outbox import Fact

BY = "fee settlement"
# Whose payouts settlements are: nobody's who could log in. With a blank, so that no form makes one.
OWNER = "LucidPay settlement"
INITIATED = "settlement.initiated"
LOCK = 4_732_018_825_771_641  # of the advisory lock: a number that nobody else takes
OPEN = (SettlementStatus.INITIATED, SettlementStatus.PROCESSING)
# After a failure, where every moment is a slot.
PAUSE = timedelta(hours=1)

NO_ADDRESS = "SETTLEMENT_ADDRESS is not set: collected fees stay in the paying wallet."
IS_DEPOSIT = "SETTLEMENT_ADDRESS is a deposit address of ours: its money would be a payer's."
IS_PAYER = "SETTLEMENT_ADDRESS is the wallet that would pay: nothing would move."
NO_WALLET = "No wallet in use is assigned to the router of the payment gateway."
IS_OPEN = "A settlement is under way already."
NOT_YET = "The next slot has not come."
PAUSED = "The last one has failed: it is tried again after an hour, or by hand."
TOO_LITTLE = "Less was collected than SETTLEMENT_THRESHOLD_USDT."
NOTHING = "No fee waits for settlement."
TOO_LARGE = "Each fee that waits is more than SETTLEMENT_MAX_USDT, or is being worked on."

# The oldest first, up to the most that one settlement may move. Payments that somebody works on
# are passed by: the next settlement has them.
TAKE = """
WITH locked AS MATERIALIZED (
  SELECT id, fee_micro, completed_at FROM gateway_payment
   WHERE settlement_id IS NULL AND status = ANY(%(earning)s) AND method = ANY(%(collected)s)
     AND completed_at IS NOT NULL AND completed_at < %(cut)s AND fee_micro <= %(most)s
   ORDER BY completed_at, id FOR NO KEY UPDATE SKIP LOCKED
), summed AS (
  SELECT id, sum(fee_micro) OVER (ORDER BY completed_at, id) AS so_far, sum(fee_micro) OVER ()
         AS total FROM locked
), taken AS (
  UPDATE gateway_payment AS payment SET settlement_id = %(settlement)s
    FROM summed WHERE summed.id = payment.id AND summed.so_far <= %(most)s
     AND summed.total >= %(least)s
  RETURNING payment.fee_micro, payment.completed_at
)
SELECT count(*), coalesce(sum(fee_micro), 0)::bigint, min(completed_at), max(completed_at)
  FROM taken
"""


@dataclass(frozen=True)
class Settled:
    """What came of a look: a settlement, or why there is none."""

    settlement: Settlement | None
    why_not: str = ""


@dataclass(frozen=True)
class Taken:
    """The fees that one settlement covers."""

    payments: int
    micro: int
    first_at: datetime
    last_at: datetime


def settlement_make(*, now: datetime, by: str = BY, only_if_due: bool = True) -> Settled:
    """Settle what was collected, or say why not.

    ``only_if_due``: when a slot is to be met, what was collected before it, from the threshold on.
    Otherwise all that was collected so far, however little. One settlement is under way at a time:
    who looks meanwhile waits, and finds it; a constraint says so as well.
    """
    with transaction.atomic():
        _lock()
        wallet = _wallet()
        why_not = _why_not(wallet, now, only_if_due)
        if why_not or wallet is None:
            return Settled(None, why_not)
        cut = slot_at(settings.SETTLEMENT_FREQUENCY, now) if only_if_due else now
        least_micro = settings.SETTLEMENT_THRESHOLD_USDT * UNITS_PER_TOKEN if only_if_due else 1
        key = new_id(now)
        # Without a lock first: below the threshold nobody's payment is touched.
        if collected_micro(collected().filter(completed_at__lt=cut)) < least_micro:
            return Settled(None, TOO_LITTLE if only_if_due else NOTHING)
        taken = _take(key, cut, max(least_micro, 1))
        if taken is None:
            return Settled(None, TOO_LARGE)
        return Settled(_begin(key, wallet, taken, cut, by, now))


def _lock() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def _wallet() -> Wallet | None:
    rows = Router.objects.select_related("wallet").defer("wallet__sealed_key")
    router = rows.filter(pk=RouterType.GATEWAY).first()
    wallet = router.wallet if router else None
    return wallet if wallet and wallet.status == WalletStatus.ACTIVE else None


def _why_not(wallet: Wallet | None, now: datetime, only_if_due: bool) -> str:
    """Return what speaks against a settlement, whatever was collected; nothing if nothing does."""
    recipient = settings.SETTLEMENT_ADDRESS
    if not recipient:
        return NO_ADDRESS
    if wallet is None:
        return NO_WALLET
    if recipient == wallet.address:
        return IS_PAYER
    if DepositAddress.objects.filter(address=recipient).exists():
        return IS_DEPOSIT
    if Settlement.objects.filter(status__in=OPEN).exists():
        return IS_OPEN
    return _why_not_now(now) if only_if_due else ""


def _why_not_now(now: datetime) -> str:
    last, frequency = Settlement.objects.order_by("-pk").first(), settings.SETTLEMENT_FREQUENCY
    if last is None:
        return ""
    if not is_due(frequency, last.created_at, now):
        return NOT_YET
    has_failed = last.status == SettlementStatus.FAILED and last.ended_at is not None
    if frequency == INSTANT and has_failed and last.ended_at > now - PAUSE:  # type: ignore[operator]
        return PAUSED
    return ""


def _take(key: Any, cut: datetime, least_micro: int) -> Taken | None:
    facts = {
        "settlement": key,
        "earning": [str(one) for one in EARNING],
        "collected": [str(one) for one in COLLECTED],
        "cut": cut,
        "most": settings.SETTLEMENT_MAX_USDT * UNITS_PER_TOKEN,
        "least": least_micro,
    }
    with connection.cursor() as cursor:
        cursor.execute(TAKE, facts)
        [row] = cursor.fetchall()
    return Taken(*row) if row[0] else None


def _begin(
    key: Any, wallet: Wallet, taken: Taken, cut: datetime, by: str, now: datetime
) -> Settlement:
    payout = _payout(key, wallet, taken.micro, now)
    begin(payout, by=by, details=_told(key, wallet, taken))
    is_cut = collected().filter(completed_at__lt=cut).exists()
    settlement = Settlement.objects.create(
        id=key,
        amount_micro=taken.micro,
        payments=taken.payments,
        covers_from=taken.first_at,
        # More was collected than one settlement may move: this one ends with its last payment.
        covers_until=taken.last_at if is_cut else cut,
        recipient=settings.SETTLEMENT_ADDRESS,
        payout=payout,
        by=by[:100],
        created_at=now,
    )
    # The instance's own: heard by those who see everybody's.
    outbox.record(INITIATED, [Fact(key, None, settlement_body(settlement))], at=now)
    return settlement


def _payout(key: Any, wallet: Wallet, amount_micro: int, now: datetime) -> Payout:
    return Payout(
        id=new_id(now),
        owner=_owner(),
        recipient_address=settings.SETTLEMENT_ADDRESS,
        amount_micro=amount_micro,
        reason=f"collected fees, {public_id('settlement', key)}",
        router_type=RouterType.GATEWAY,
        origin=Origin.FEES,
        priority=Priority.LOW,  # what is others' goes first
        wallet=wallet,
        request_id=uuid4().hex,
        due_at=now,
        sign_after=now,
        created_at=now,
        updated_at=now,
    )


def _owner() -> User:
    """Return the user whose payouts these are: without a role, a password and a way to log in."""
    nobody = {"is_active": False, "password": make_password(None)}
    return User.objects.get_or_create(username=OWNER, defaults=nobody)[0]


def _told(key: Any, wallet: Wallet, taken: Taken) -> dict[str, Any]:
    return {
        "checks": {
            "recipient": "passed: the address that SETTLEMENT_ADDRESS names",
            "router": f"passed: paid from {wallet.address}",
            "limits": "not asked: our own money stays ours",
            "review": "not required: the fees of payments that are completed",
        },
        "settlement_id": public_id("settlement", key),
        "payments": taken.payments,
    }
