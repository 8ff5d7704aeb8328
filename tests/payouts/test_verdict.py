"""What an operator is told about a payout that waits."""

from typing import Any

import pytest

from lucidpay.clock import utc_now
from payouts.models import Payout
from payouts.services import wait
from payouts.services.settle import payouts_settle
from payouts.verdict import verdict_of
from tests import builders
from tests.payouts.onchain import fresh

pytestmark = pytest.mark.django_db
REASONS = {
    name: text
    for name, text in vars(wait).items()
    # A payout that waits for people has a page of its own kind.
    if name.isupper() and isinstance(text, str) and name != "WAITS_FOR_APPROVAL"
}
FALLBACK = "It is tried again by itself."


@pytest.fixture
def pending() -> Payout:
    builders.hot_wallet()
    return builders.payout(builders.user())


def verdict(payout: Payout) -> Any:
    """Return the banner of a payout's page."""
    return verdict_of(payout, None, now=utc_now())


@pytest.mark.parametrize("reason", REASONS.values(), ids=REASONS)
def test_every_reason_to_wait_has_its_own_advice(pending: Payout, reason: str) -> None:
    pending.wait_reason = reason
    found = verdict(pending)
    assert found.title == f"Waiting: {reason}"
    assert not found.text.startswith(FALLBACK)
    assert "{" not in found.text


def test_no_reason_begins_as_another_does() -> None:
    for name, reason in REASONS.items():
        others = [text for other, text in REASONS.items() if other != name]
        assert not reason.startswith(tuple(others))


def test_amounts_after_a_reason_do_not_hide_its_advice(pending: Payout) -> None:
    pending.wait_reason = f"{wait.NO_TRX} It needs 13.4, has 2.1."
    found = verdict(pending)
    assert found.title.endswith("It needs 13.4, has 2.1.")
    assert "staked energy" in found.text


def test_the_kill_switch_is_told_apart_from_the_node(pending: Payout) -> None:
    pending.wait_reason = f"{wait.HALTED} the kill switch is on (…): because"
    assert verdict(pending).level == "danger"
    assert "lift it" in verdict(pending).text


def test_a_reason_nobody_knows_has_advice_too(pending: Payout) -> None:
    pending.wait_reason = "Mercury is retrograde."
    assert verdict(pending).text.startswith(FALLBACK)


@pytest.mark.parametrize(
    ("end", "words"),
    [
        ("failed", "Attempt 1 was undone (the fee limit did not buy enough energy) and paid"),
        ("dead", "Attempt 1 is proven dead and paid nothing"),
    ],
)
def test_between_two_attempts_it_says_how_the_last_one_ended(
    pending: Payout, end: str, words: str
) -> None:
    builders.signed(pending)
    builders.chain_says(pending, end)
    payouts_settle(now=utc_now())
    assert words in verdict(fresh(pending)).text
