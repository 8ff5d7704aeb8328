"""Payouts that have to wait, each with the reason where an operator looks for it."""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from payouts.models import Payout
from payouts.queries import due_for_signing
from payouts.states import Status

LOOK_AGAIN_S = 20
NO_USDT = "The paying wallet is short of USDT."
NO_TRX = "The paying wallet is short of TRX for network fees."
NO_CHAIN = "The TRON node cannot be relied on now."
NO_KEY = "The paying wallet's key or books cannot be used."
LIVE_ELSEWHERE = "Another transaction of this payout could still pay. A person must look."


def payouts_wait(payouts: list[Payout], reason: str) -> None:
    """Say why these wait; only rows that do not say so already are written."""
    stale = [payout.pk for payout in payouts if payout.wait_reason != reason]
    if stale:
        rows = Payout.objects.filter(pk__in=stale, status=Status.PENDING)
        rows.update(wait_reason=reason)


def wallet_waits(*, wallet_id: UUID, reason: str, now: datetime) -> None:
    """Say why the next due payouts of a wallet wait: those the signer would have taken.

    One that the wallet could not pay anyway keeps that reason.
    """
    due = due_for_signing(wallet_id, now=now).exclude(wait_reason=NO_USDT)
    payouts_wait(list(due[: settings.PAYOUT_CHUNK]), reason)


def payout_look_again(payout: Payout, reason: str, now: datetime) -> None:
    """Put one locked payout aside for a while, so that it stands in nobody's way."""
    payout.wait_reason = reason
    payout.sign_after = now + timedelta(seconds=LOOK_AGAIN_S)
    payout.save(update_fields=["wait_reason", "sign_after"])
