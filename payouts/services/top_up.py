"""Filling hot wallets: a payout from one of our wallets to another, which people must approve.

It counts against nobody's limits, as our own money stays ours. However often somebody looks, and
whoever looks, a wallet has at most one open top-up: the rule's row lock says so among those who
look, and a unique constraint to everybody.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import IntegrityError, transaction

from access.console import amount_text
from lucidpay.ids import new_id
from lucidpay.sql import constraint_of
from payouts.models import Origin, Payout, Priority, Review, Router, RouterType
from payouts.models_top_up import TopUpRule
from payouts.services.wait import WAITS_FOR_APPROVAL
from payouts.states import Status
from payouts.story import begin
from tron.models import ChainFlow
from wallets import ledger
from wallets.models import SIGNED_BY_PEOPLE, Asset, Wallet, WalletKind, WalletStatus

BY = "top-up"
ONE_OPEN = "payout_one_open_top_up"
OPEN = (Status.PENDING, Status.PROCESSING)
UNPAID = (Status.FAILED, Status.CANCELLED)

IS_OFF = "The rule is switched off."
NOT_PAYING = "No router pays from the wallet, or it is not in use, or not hot."
NO_SOURCE = "The source is not in use, or its key is here."
IS_OPEN = "A top-up is under way already."
UNBOOKED = "Money has come in that is not in the books yet."
ENOUGH = "It has enough."
PAUSED = "The last one was not paid: it is asked for again after a pause, or a change of the rule."
SOURCE_EMPTY = "The source has nothing."


@dataclass(frozen=True)
class Looked:
    """What came of a look at one rule: a payout, or why there is none."""

    rule: TopUpRule
    payout: Payout | None
    why_not: str = ""


def top_ups_request(*, now: datetime) -> list[Looked]:
    """Ask for a top-up of every wallet that needs one; return what came of each rule."""
    keys = TopUpRule.objects.order_by("pk").values_list("pk", flat=True)
    looked = [_look(key, now) for key in keys]
    return [one for one in looked if one is not None]


def _look(key: int, now: datetime) -> Looked | None:
    rules = TopUpRule.objects.select_related("wallet", "source").defer(
        "wallet__sealed_key", "source__sealed_key"
    )
    try:
        with transaction.atomic():
            # Whoever else looks at it waits here, and then finds the payout.
            rule = rules.select_for_update(of=("self",)).filter(pk=key).first()
            return None if rule is None else _request(rule, now)
    except IntegrityError as error:
        if constraint_of(error) != ONE_OPEN:
            raise
        return Looked(rules.get(pk=key), None, IS_OPEN)


def _request(rule: TopUpRule, now: datetime) -> Looked:
    why_not = _why_not(rule, now)
    if why_not:
        return Looked(rule, None, why_not)
    # After what is open was looked at: what has ended by then is in the books, or is seen there.
    has_micro = _free_micro(rule.wallet)
    if has_micro >= rule.below_micro:
        return Looked(rule, None, ENOUGH)
    amount_micro = min(rule.up_to_micro - has_micro, _free_micro(rule.source))
    if amount_micro <= 0:
        return Looked(rule, None, SOURCE_EMPTY)
    payout = _payout(rule, amount_micro, now)
    begin(payout, by=BY, details=_told(rule, has_micro))
    return Looked(rule, payout)


def _why_not(rule: TopUpRule, now: datetime) -> str:
    """Return what speaks against a top-up, whatever the wallet has; nothing when nothing does."""
    if not rule.enabled:
        return IS_OFF
    if not _pays(rule.wallet):
        return NOT_PAYING
    is_used = rule.source.status == WalletStatus.ACTIVE
    if not is_used or rule.source.kind not in SIGNED_BY_PEOPLE:
        return NO_SOURCE
    mine = Payout.objects.filter(
        recipient_address=rule.wallet.address, origin=Origin.TOP_UP
    ).order_by("-pk")
    if mine.filter(status__in=OPEN).exists():
        return IS_OPEN
    # That of the last one is written down together with its end, and booked a moment later.
    if ChainFlow.objects.filter(recipient=rule.wallet.address, booked_at=None).exists():
        return UNBOOKED
    last = mine.first()
    if last is not None and last.status in UNPAID and _is_fresh(last, rule, now):
        return PAUSED
    return ""


def _pays(wallet: Wallet) -> bool:
    is_hot = wallet.kind == WalletKind.HOT and wallet.status == WalletStatus.ACTIVE
    return is_hot and Router.objects.filter(wallet=wallet).exists()


def _is_fresh(last: Payout, rule: TopUpRule, now: datetime) -> bool:
    """Return whether people have just said no: asking them at once again would say nothing new."""
    is_changed = rule.changed_at > last.updated_at
    return not is_changed and last.updated_at > now - timedelta(seconds=settings.TOP_UP_PAUSE_S)


def _free_micro(wallet: Wallet) -> int:
    return ledger.wallet_account(wallet, Asset.USDT).free_units


def _payout(rule: TopUpRule, amount_micro: int, now: datetime) -> Payout:
    return Payout(
        id=new_id(now),
        owner_id=rule.author_id,
        recipient_address=str(rule.wallet.address),
        amount_micro=amount_micro,
        reason=f"top-up of {rule.wallet.name}"[:200],
        router_type=RouterType.DIRECT,
        origin=Origin.TOP_UP,
        priority=Priority.HIGH,
        wallet=rule.source,
        review=Review.REQUIRED,
        wait_reason=WAITS_FOR_APPROVAL,
        request_id=uuid4().hex,
        due_at=now,
        sign_after=now,
        created_at=now,
        updated_at=now,
    )


def _told(rule: TopUpRule, has_micro: int) -> dict[str, Any]:
    has, below = amount_text(has_micro, "USDT"), amount_text(rule.below_micro, "USDT")
    return {
        "checks": {
            "recipient": "passed: a hot wallet of ours that pays",
            "router": f"passed: paid from {rule.source.address}, where people sign",
            "limits": "not asked: our own money stays ours",
            "review": "required: a top-up always is",
        },
        "hits": {"top_up": f"A top-up by a rule: {rule.wallet.name} has {has}, under {below}."},
    }
