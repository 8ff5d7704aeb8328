"""Which payouts a person must look at, and what each rule says."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from access.caller import caller_of_key
from access.idempotency import hash_of
from access.models import User
from lucidpay.clock import utc_now
from lucidpay.ids import parse_public_id
from payouts.models import Payout, RouterType
from payouts.models_review import ReviewExemption, ReviewRule, RuleCode
from payouts.policy.facts import Facts
from payouts.policy.review import default_rules, hits_of, review_of, rules_now, rules_with
from payouts.services.recipients import recipient_distrust
from payouts.services.recipients_approve import recipient_trust
from payouts.services.request import Asked, payout_request
from payouts.services.wait import WAITS_FOR_APPROVAL
from tests import builders
from wallets.models import Wallet

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
USDT = builders.USDT


@pytest.fixture
def wallet(db: None) -> Wallet:
    builders.lift_limits()
    return builders.hot_wallet(usdt_micro=10_000_000 * USDT)


@pytest.fixture
def owner(wallet: Wallet) -> User:
    return builders.user()


def hits(payout: Payout) -> dict[str, str]:
    """Return what the first event tells."""
    details: dict[str, Any] = payout.events.earliest("pk").details
    return details.get("hits", {})


def like(address: str) -> str:
    """Return an address that begins and ends like this one. Its checksum is wrong: no matter."""
    middle = "1" if address[4] != "1" else "2"
    return address[:4] + middle + address[5:]


def switch(code: str, *, on: bool) -> None:
    ReviewRule.objects.update_or_create(code=code, defaults={"enabled": on})


def test_a_large_amount_needs_a_person_from_the_bound_on(owner: User) -> None:
    below = builders.payout(owner, amount_usdt=5_000 * USDT - 10_000)
    assert (below.review, hits(below), below.wait_reason) == ("not_required", {}, "")
    at = builders.payout(owner, amount_usdt=5_000 * USDT)
    assert (at.review, at.wait_reason) == ("required", WAITS_FOR_APPROVAL)
    assert hits(at) == {"large_amount": "5,000.00 USDT is 5,000.00 USDT or more."}
    assert at.events.get().details["checks"]["review"] == "required"


def test_a_wallet_of_ours_needs_a_person(owner: User, wallet: Wallet) -> None:
    payout = builders.payout(owner, recipient_address=str(wallet.address))
    assert hits(payout) == {"own_address": "The recipient is a wallet of ours."}


@pytest.mark.parametrize("status", ["processing", "confirmed"])
def test_an_address_that_looks_like_one_that_was_paid_needs_a_person(
    owner: User, status: str
) -> None:
    known = builders.payout(owner, status=status).recipient_address
    assert builders.payout(owner, recipient_address=known).review == "not_required"
    # Before it and behind it in the order of the index.
    for other in (known[:4] + "1111" + known[8:], known[:4] + "zzzz" + known[8:]):
        payout = builders.payout(owner, recipient_address=other)
        assert known in hits(payout)["look_alike"]


def trusted() -> str:
    """Return an address that operators trust, and that was never paid."""
    address = builders.address()
    recipient_trust(
        address=address, note="ours", hourly_micro=None, daily_micro=None, by="olga", now=utc_now()
    )
    return address


def test_an_address_that_looks_like_one_that_is_trusted_needs_a_person(owner: User) -> None:
    known = trusted()
    assert builders.payout(owner, recipient_address=known).review == "not_required"
    payout = builders.payout(owner, recipient_address=like(known))
    assert known in hits(payout)["look_alike"]
    recipient_distrust(address=known, by="olga", now=utc_now())
    assert builders.payout(owner, recipient_address=like(known)).review == "not_required"


@pytest.mark.parametrize("status", ["pending", "failed", "cancelled"])
def test_nothing_is_like_an_address_that_was_never_paid(owner: User, status: str) -> None:
    known = builders.payout(owner, status=status).recipient_address
    assert builders.payout(owner, recipient_address=like(known)).review == "not_required"


def test_more_than_a_million_a_day_needs_a_person(owner: User) -> None:
    switch("large_amount", on=False)
    day = NOON.replace(hour=0)
    builders.payout(owner, amount_usdt=900_000 * USDT, now=day - timedelta(seconds=1))
    builders.payout(owner, amount_usdt=600_000 * USDT, now=day)
    builders.payout(builders.user(), amount_usdt=600_000 * USDT, now=NOON)
    exact = builders.payout(owner, amount_usdt=400_000 * USDT, now=NOON)
    assert exact.review == "not_required"
    over = builders.payout(owner, amount_usdt=10_000, now=NOON)
    assert "1,000,000.01 USDT today" in hits(over)["day_total"]
    assert builders.payout(owner, now=day + timedelta(days=1)).review == "not_required"


def test_first_payments_and_duplicates_are_off_beside_mainnet(owner: User) -> None:
    first = builders.payout(owner)
    again = builders.payout(owner, recipient_address=first.recipient_address)
    assert (first.review, again.review) == ("not_required", "not_required")


@pytest.mark.parametrize(("network", "on"), [("mainnet", True), ("nile", False)])
def test_mainnet_has_them_on_by_default(settings: Any, network: str, on: bool) -> None:
    settings.TRON_NETWORK = network
    rules = default_rules()
    mainnet_only = (RuleCode.FIRST_PAYMENT, RuleCode.DUPLICATE)
    assert {code: rules[code].enabled for code in mainnet_only} == dict.fromkeys(mainnet_only, on)
    others = [rule for code, rule in rules.items() if code not in mainnet_only]
    assert all(rule.enabled for rule in others)


def test_a_first_payment_needs_a_person_until_one_was_made(owner: User) -> None:
    switch("first_payment", on=True)
    first = builders.payout(owner)
    assert "first_payment" in hits(first)
    builders.signed(builders.approved(first))
    again = builders.payout(owner, recipient_address=first.recipient_address)
    assert again.review == "not_required"


def test_a_duplicate_needs_a_person_for_a_day(owner: User) -> None:
    switch("duplicate", on=True)
    first = builders.payout(owner, now=NOON)
    order = {"recipient_address": first.recipient_address}
    other_amount = builders.payout(owner, now=NOON, amount_usdt=USDT, **order)
    assert other_amount.review == "not_required"
    other_caller = builders.payout(builders.user(), now=NOON + timedelta(hours=23), **order)
    assert "2026-03-04 12:00:00" in hits(other_caller)["duplicate"]
    later = builders.payout(owner, now=NOON + timedelta(hours=47), **order)
    assert later.review == "not_required"


@pytest.mark.parametrize("status", ["failed", "cancelled"])
def test_what_paid_nothing_is_no_duplicate(owner: User, status: str) -> None:
    switch("duplicate", on=True)
    first = builders.payout(owner, status=status)
    again = builders.payout(owner, recipient_address=first.recipient_address)
    assert again.review == "not_required"


@pytest.mark.parametrize("code", ["large_amount", "own_address"])
def test_a_rule_that_is_off_says_nothing(owner: User, wallet: Wallet, code: str) -> None:
    switch(code, on=False)
    order = {"recipient_address": str(wallet.address), "amount_usdt": 6_000 * USDT}
    assert set(hits(builders.payout(owner, **order))) == {"large_amount", "own_address"} - {code}


def test_a_bound_that_was_set_counts(owner: User) -> None:
    ReviewRule.objects.update_or_create(
        code="large_amount", defaults={"enabled": True, "parameter": 10}
    )
    assert builders.payout(owner, amount_usdt=10 * USDT).review == "required"


def test_a_rule_whose_row_is_lost_has_its_default(owner: User) -> None:
    ReviewRule.objects.all().delete()
    assert rules_now() == default_rules()
    assert builders.payout(owner, amount_usdt=6_000 * USDT).review == "required"
    assert rules_with({"large_amount": (True, None)}) == default_rules()


def test_the_migrated_rules_are_the_defaults(db: None) -> None:
    """Another test may have emptied the table; then the defaults stand in for it."""
    assert rules_now() == default_rules()
    assert set(ReviewRule.objects.values_list("code", flat=True)) in (set(), set(RuleCode.values))


def with_key(owner: User, *, is_exempt: bool) -> Payout:
    key, _ = builders.api_key(owner)
    if is_exempt:
        ReviewExemption.objects.create(api_key=key, note="the payroll program")
    order = builders.order(amount_usdt=9_000 * USDT)
    caller = caller_of_key(key, ["end_user"])
    answer = payout_request(Asked(caller, order, hash_of(order), "r", utc_now(), key=None))
    return Payout.objects.get(pk=parse_public_id("payout", answer.body["payout_id"]))


def test_what_an_exempt_key_asks_for_is_neither_reviewed_nor_screened(owner: User) -> None:
    payout = with_key(owner, is_exempt=True)
    assert (payout.review, payout.wait_reason) == ("not_required", "")
    assert payout.screened_at is not None
    assert payout.events.get().details["exempt"] == "Nobody reviews this caller."
    builders.signed(payout)


def test_another_key_of_the_same_user_is_not_exempt(owner: User) -> None:
    with_key(owner, is_exempt=True)
    payout = with_key(owner, is_exempt=False)
    assert (payout.review, payout.screened_at) == ("required", None)


def test_an_exempt_user_is_with_every_key(owner: User) -> None:
    ReviewExemption.objects.create(user=owner, note="an importer")
    assert with_key(owner, is_exempt=False).review == "not_required"
    assert builders.payout(builders.user(), amount_usdt=6_000 * USDT).review == "required"


def unsaved(owner: User, wallet: Wallet, **fields: Any) -> Payout:
    given = {"recipient_address": builders.address(), "amount_micro": USDT, **fields}
    return Payout(owner=owner, wallet=wallet, router_type=RouterType.V0, **given)


def test_a_hundred_orders_cost_one_statement_and_see_each_other(
    owner: User, wallet: Wallet
) -> None:
    switch("duplicate", on=True)
    recipient = builders.address()
    orders = [unsaved(owner, wallet, recipient_address=recipient) for _ in range(2)]
    orders += [unsaved(owner, wallet, amount_micro=4_999 * USDT) for _ in range(98)]
    orders += [unsaved(owner, wallet, amount_micro=600_000 * USDT) for _ in range(2)]
    with CaptureQueriesContext(connection) as statements:
        told = review_of(orders, now=utc_now())
    assert len(statements) == 1
    found = [set(told[order.pk].get("hits", {})) for order in orders]
    assert found[:2] == [set(), {"duplicate"}]
    assert found[2:100] == [set()] * 98
    assert found[100:] == [{"large_amount", "day_total"}] * 2


def test_every_rule_is_switched_by_its_row(settings: Any) -> None:
    settings.TRON_NETWORK = "mainnet"
    facts = Facts(is_own=True, alike="TX", same_at=NOON, asked_today_micro=2_000_000 * USDT)
    asked = set(RuleCode.values) - {"blacklisted", "contract"}
    assert set(hits_of(9_000 * USDT, facts, default_rules(), now=NOON)) == asked
    off = rules_with(dict.fromkeys(RuleCode.values, (False, None)))
    assert hits_of(9_000 * USDT, facts, off, now=NOON) == {}


def test_the_facts_are_found_by_indexes(owner: User) -> None:
    """A crowd of payouts to one address must not be read to find another that is like it."""
    payout = builders.payout(owner, status="confirmed")
    plan = (
        "EXPLAIN SELECT recipient_address FROM payouts_payout "
        "WHERE left(recipient_address, 4) = left(%s::text, 4) "
        "AND right(recipient_address, 4) = right(%s::text, 4) AND recipient_address > %s "
        "AND status IN ('processing', 'confirmed') LIMIT 1"
    )
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute(plan, [payout.recipient_address] * 3)
        text = "\n".join(line for (line,) in cursor.fetchall())
    assert "payout_paid_alike" in text
    assert "Filter" not in text
