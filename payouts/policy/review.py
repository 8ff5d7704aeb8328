"""Whether a person must agree to a payout: rules over facts, and what each says when it hits."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings

from access.console import amount_text
from lucidpay.money import UNITS_PER_TOKEN
from payouts.models import Payout, Review
from payouts.models_review import ReviewRule, RuleCode
from payouts.policy.facts import Facts, Known, facts_of
from payouts.services.wait import WAITS_FOR_APPROVAL


@dataclass(frozen=True)
class Rule:
    """A rule as it applies: ``parameter`` in whole USDT or hours, by the rule's ``unit``."""

    enabled: bool
    parameter: int | None = None


# What a rule's parameter counts; the others have none.
UNITS = {
    RuleCode.LARGE_AMOUNT: "whole USDT, this much or more",
    RuleCode.DAY_TOTAL: "whole USDT since 00:00 UTC, more than this",
    RuleCode.DUPLICATE: "hours",
}
# These ask a node; the others are answered by the database when a payout is asked for.
SCREENED = (RuleCode.BLACKLISTED, RuleCode.CONTRACT)
Rules = dict[str, Rule]


def default_rules() -> Rules:
    """Return the rules as they are before anybody has set them."""
    on_mainnet = settings.TRON_NETWORK == "mainnet"
    return {
        RuleCode.LARGE_AMOUNT: Rule(True, 5_000),
        RuleCode.DAY_TOTAL: Rule(True, 1_000_000),
        RuleCode.OWN_ADDRESS: Rule(True),
        RuleCode.LOOK_ALIKE: Rule(True),
        RuleCode.FIRST_PAYMENT: Rule(on_mainnet),
        RuleCode.DUPLICATE: Rule(on_mainnet, 24),
        RuleCode.BLACKLISTED: Rule(True),
        RuleCode.CONTRACT: Rule(True),
    }


def rules_with(given: dict[str, tuple[bool, int | None]]) -> Rules:
    """Return the rules with those that were set in place of the defaults.

    A rule whose row is missing, or has lost its bound, has its default: it must not vanish.
    """
    return {
        code: Rule(*_with_bound(given[code], rule)) if code in given else rule
        for code, rule in default_rules().items()
    }


def _with_bound(given: tuple[bool, int | None], rule: Rule) -> tuple[bool, int | None]:
    enabled, bound = given
    return enabled, rule.parameter if bound is None else bound


def rules_now() -> Rules:
    """Return the rules as they are set."""
    rows = ReviewRule.objects.values_list("code", "enabled", "parameter")
    return rules_with({code: (enabled, bound) for code, enabled, bound in rows})


def hits_of(amount_micro: int, facts: Facts, rules: Rules, *, now: datetime) -> dict[str, str]:
    """Return the reason of every rule that wants a person to look, by the rule's code."""
    said = {
        RuleCode.LARGE_AMOUNT: _large_amount(amount_micro, rules),
        RuleCode.DAY_TOTAL: _day_total(amount_micro, facts, rules),
        RuleCode.OWN_ADDRESS: "The recipient is a wallet of ours." if facts.is_own else "",
        RuleCode.LOOK_ALIKE: _look_alike(facts),
        RuleCode.FIRST_PAYMENT: "" if facts.is_known else "Nothing was ever paid to this address.",
        RuleCode.DUPLICATE: _duplicate(facts, rules, now),
    }
    return {code.value: reason for code, reason in said.items() if reason and rules[code].enabled}


def _bound_micro(code: RuleCode, rules: Rules) -> int:
    return (rules[code].parameter or 0) * UNITS_PER_TOKEN


def _large_amount(amount_micro: int, rules: Rules) -> str:
    bound_micro = _bound_micro(RuleCode.LARGE_AMOUNT, rules)
    if amount_micro < bound_micro:
        return ""
    return f"{_usdt(amount_micro)} is {_usdt(bound_micro)} or more."


def _day_total(amount_micro: int, facts: Facts, rules: Rules) -> str:
    bound_micro = _bound_micro(RuleCode.DAY_TOTAL, rules)
    total_micro = facts.asked_today_micro + amount_micro
    if total_micro <= bound_micro:
        return ""
    return f"With it this caller asks for {_usdt(total_micro)} today: over {_usdt(bound_micro)}."


def _look_alike(facts: Facts) -> str:
    if not facts.alike:
        return ""
    return f"It begins and ends like {facts.alike}, which we know, but is another address."


def _duplicate(facts: Facts, rules: Rules, now: datetime) -> str:
    hours = rules[RuleCode.DUPLICATE].parameter or 0
    if facts.same_at is None or facts.same_at <= now - timedelta(hours=hours):
        return ""
    return f"The same amount was asked for this recipient {facts.same_at:%Y-%m-%d %H:%M:%S} UTC."


def _usdt(micro: int) -> str:
    return amount_text(micro, "USDT")


def review_of(
    payouts: list[Payout],
    *,
    key_id: UUID | None = None,
    known: Known | None = None,
    now: datetime,
) -> dict[UUID, dict[str, Any]]:
    """Decide whether people must agree to payouts of one owner that are about to be stored.

    Sets ``review`` and ``wait_reason`` of each, and returns what its first event tells: ``hits``
    by rule, or that its caller is exempt. ``key_id``: the API key by which they were asked for.
    """
    known = known or facts_of(payouts, key_id=key_id, now=now)
    if known.is_exempt:
        for payout in payouts:
            payout.screened_at = now
        return {payout.pk: {"exempt": "Nobody reviews this caller."} for payout in payouts}
    rules = rules_with(known.rules)
    told = {}
    for payout, facts in zip(payouts, known.facts, strict=True):
        hits = hits_of(payout.amount_micro, facts, rules, now=now)
        if hits:
            payout.review, payout.wait_reason = Review.REQUIRED, WAITS_FOR_APPROVAL
        told[payout.pk] = {"hits": hits} if hits else {}
    return told


def review_whatever(
    payouts: list[Payout], told: dict[UUID, dict[str, Any]], hits: dict[str, str]
) -> dict[UUID, dict[str, Any]]:
    """Require a review of payouts about to be stored for these reasons, by their codes.

    ``told`` is what ``review_of`` said of them; an exemption does not hold against these.
    """
    for payout in payouts:
        if "exempt" in told[payout.pk]:
            payout.screened_at = None
        payout.review, payout.wait_reason = Review.REQUIRED, WAITS_FOR_APPROVAL
    return {payout.pk: {"hits": {**hits, **told[payout.pk].get("hits", {})}} for payout in payouts}
