"""Swaps at a rate from a pair stay small beside the pair: who moves its price gains nothing."""

from datetime import timedelta

import pytest

from access.caller import caller_of_user
from gateway.models_fees import Rate
from gateway.policy.fees import schedule_now
from gateway.policy.rates import TooDeep, refuse_too_deep
from gateway.services.draft import Terms, draft_of
from lucidpay.clock import utc_now
from tests import builders

pytestmark = pytest.mark.django_db
USDT = 1_000_000
POOL = 2_000_000 * USDT
MOST = 5_000 * USDT


def rate(source: str = "onchain") -> Rate:
    """Return a rate; of a pair with this much USDT."""
    now = utc_now()
    return Rate.objects.create(
        micro_per_trx=250_000, source=source, by="tests", at=now,
        expires_at=now + timedelta(minutes=1), details={"usdt_micro": POOL},
    )  # fmt: skip


def test_up_to_a_share_of_the_pair_it_is_quoted() -> None:
    one = rate()
    refuse_too_deep(MOST, one)
    with pytest.raises(TooDeep) as caught:
        refuse_too_deep(MOST + 1, one)
    assert caught.value.details == {"amount": ["At most 5000 can be swapped at the present rate."]}


def test_payments_of_one_request_count_together() -> None:
    owner = builders.user("merchant")
    terms = Terms(schedule_now(now=utc_now()), rate(), 0, utc_now())
    order = {"amount": MOST // 2, "payment_method": "swap"}

    def draft() -> None:
        people = {"payer_address": builders.address(), "payee_address": builders.address()}
        draft_of(caller_of_user(owner), order | people, terms, body_hash="", request_id="r")

    draft()
    draft()
    with pytest.raises(TooDeep):
        draft()


def test_what_a_person_has_set_is_theirs_to_answer_for() -> None:
    refuse_too_deep(100 * MOST, rate("manual"))
