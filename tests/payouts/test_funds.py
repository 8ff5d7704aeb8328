"""What waits is counted once a second and not for every request; nobody is refused by that."""

from typing import Any

import pytest

from lucidpay.clock import utc_now
from payouts.models import Payout
from payouts.policy import funds
from payouts.policy.funds import InsufficientBalance
from payouts.services.cancel import payout_cancel
from tests import builders
from tests.builders import USDT

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> Any:
    builders.hot_wallet(usdt_micro=10 * USDT)
    return builders.user("operator")


def pay(owner: Any, usdt: int) -> Payout:
    return builders.payout(owner, amount_usdt=usdt * USDT)


def test_what_was_asked_for_here_a_moment_ago_counts(owner: Any) -> None:
    first = pay(owner, 6)
    with pytest.raises(InsufficientBalance):
        pay(owner, 5)
    pay(owner, 4)
    assert funds.promises_kept()[first.wallet_id] == 10 * USDT


def test_what_was_cancelled_a_moment_ago_does_not(owner: Any) -> None:
    first = pay(owner, 10)
    payout_cancel(payout_id=first.pk, by="tests", reason="", now=utc_now())
    assert funds.promises_kept()[first.wallet_id] == 10 * USDT
    pay(owner, 10)


def test_what_is_not_due_yet_is_not_promised_yet(owner: Any) -> None:
    builders.payout(owner, amount_usdt=9 * USDT, batch_type="WEEKLY")
    pay(owner, 10)
