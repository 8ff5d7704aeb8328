"""Payouts that have to wait, each with the reason where an operator looks for it."""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction

from lucidpay.rows import rows_update
from payouts.models import Payout
from payouts.queries import due_now
from payouts.states import Status

LOOK_AGAIN_S = 20
REASON_MAX = 200
# What a reason begins with; amounts and causes may follow.
NO_USDT = "The paying wallet is short of USDT."
NO_TRX = "The paying wallet is short of TRX for network fees."
WAITS_FOR_ENERGY = "Waits for the paying wallet's energy to come back"
NO_CHAIN = "The TRON node cannot be relied on now."
NO_ANSWER = "The TRON node gave no usable answer about this transfer."
NO_KEY = "The paying wallet's key or books cannot be used."
HALTED = "Nothing is signed:"
OUTFLOW_UNJUDGED = "Something left the paying wallet, and the books are finding out why."
USDT_PAUSED = "The USDT contract is paused: nobody's transfers succeed."
USDT_DEPRECATED = "The USDT contract is deprecated: another has taken its place."
USDT_TAKES_FEE = "The USDT contract takes a fee: the recipient would get less."
SENDER_BLACKLISTED = "The USDT contract has blacklisted the paying wallet."
RECIPIENT_BLACKLISTED = "The USDT contract has blacklisted the recipient."
WOULD_REVERT = "The USDT contract would refuse this transfer now."
FEE_TOO_HIGH = "The network fee would be above TRON_FEE_LIMIT_MAX_SUN."
FEE_ABOVE_CHAIN = "The network fee would be above the most that the network allows."
CANNOT_SIGN = "It cannot be signed as it stands. A person must look at the worker's log."
WAITS_FOR_SIGNATURES = "People sign for its wallet: build its transaction and attach signatures."
WAITS_FOR_APPROVAL = "A person must approve it first."
LIVE_ELSEWHERE = "Another transaction of this payout could still pay. A person must look."


def payouts_wait(payouts: list[Payout], reason: str) -> None:
    """Say why these wait; only rows that do not say so already are written.

    Those that somebody is busy with are passed by: a large batch that is being cancelled must not
    hold up the signer for a word, nor wait for it in a circle.
    """
    stale = [payout.pk for payout in payouts if payout.wait_reason != reason]
    if not stale:
        return
    rows = Payout.objects.filter(pk__in=stale, status=Status.PENDING)
    with transaction.atomic():
        free = rows.select_for_update(skip_locked=True).values_list("pk", flat=True)
        Payout.objects.filter(pk__in=list(free)).update(wait_reason=reason)


def wallet_waits(*, wallet_id: UUID, reason: str, now: datetime) -> None:
    """Say why the next due payouts of a wallet wait: those the signer would have taken.

    One that the wallet could not pay anyway keeps that reason. Cut to what a row holds.
    """
    due = due_now(wallet_id, now=now).exclude(wait_reason=NO_USDT)
    payouts_wait(list(due[: settings.PAYOUT_CHUNK]), reason[:REASON_MAX])


def payouts_look_again(
    reasons: dict[Payout, str], now: datetime, look_at: dict[Payout, datetime] | None = None
) -> None:
    """Put locked payouts aside for a while, each with its reason, so they stand in nobody's way.

    The node is not asked about them in every sweep either. ``look_at`` says of some of them when
    they are looked at again.
    """
    soon = now + timedelta(seconds=LOOK_AGAIN_S)
    for payout, reason in reasons.items():
        payout.wait_reason = reason[:REASON_MAX]
        payout.sign_after = (look_at or {}).get(payout, soon)
    rows_update(list(reasons), ["wait_reason", "sign_after"])
