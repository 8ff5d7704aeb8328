"""Every end of a payout is told to those who want to know: once, and as what it was."""

from collections import Counter
from typing import Any

import pytest

from access.models import User
from lucidpay.clock import utc_now
from payouts.models import Payout
from payouts.models_review import ReviewRule, RuleCode
from payouts.person import Person
from payouts.services.review import payout_reject
from payouts.states import FINAL
from tests import builders
from tests.lucidpay.conftest import company, liar, node, sandbox
from tests.lucidpay.world import World
from tests.webhooks import making
from tests.webhooks.receiver import Receiver
from webhooks.models import Endpoint

__all__ = ["company", "liar", "node", "sandbox"]

pytestmark = pytest.mark.slow
ENDS = ("payout.confirmed", "payout.failed", "payout.cancelled")


@pytest.fixture
def registered(operator: User, receiver: Receiver) -> Endpoint:
    """An endpoint that was there before anything happened."""
    endpoint, receiver.secret = making.endpoint(operator, receiver.url)
    return endpoint


def rejected(company: World) -> Payout:
    """A payout that somebody was asked about, and refused."""
    rule = {"enabled": True, "parameter": 100}
    ReviewRule.objects.update_or_create(code=RuleCode.LARGE_AMOUNT, defaults=rule)
    asked = builders.in_review(company.owner, amount_usdt=100 * builders.USDT)
    by = Person(builders.approver().pk)
    return payout_reject(payout_id=asked.pk, by=by, reason="not ours", now=utc_now())


def test_each_payout_that_ended_was_told_once_as_what_it_became(
    registered: Endpoint, company: World, receiver: Receiver
) -> None:
    company.payouts["rejected"] = rejected(company)
    making.send()
    assert receiver.refused == []
    told: dict[str, Counter[str]] = {one.public_id: Counter() for one in Payout.objects.all()}
    for event in receiver.events.values():
        told[event["data"]["payout_id"]][event["type"]] += 1
    ended = [one for one in Payout.objects.all() if one.status in FINAL]
    assert {one.status for one in ended} == set(FINAL)
    for payout in Payout.objects.all():
        ends = {kind: count for kind, count in told[payout.public_id].items() if kind in ENDS}
        assert ends == ({f"payout.{payout.status}": 1} if payout in ended else {})
        assert told[payout.public_id]["payout.created"] == 1
    assert told[company.payouts["rejected"].public_id]["payout.rejected"] == 1
    assert told[company.payouts["lost"].public_id]["payout.processing"] == 2


@pytest.mark.contract("C-HOOK-14")
def test_what_is_told_is_the_payout_as_it_was_then(
    registered: Endpoint, company: World, receiver: Receiver
) -> None:
    making.send()
    paid = company.payouts["confirmed"]
    of_it: dict[str, Any] = {
        event["type"]: event["data"]
        for event in receiver.events.values()
        if event["data"]["payout_id"] == paid.public_id
    }
    assert [of_it[f"payout.{one}"]["status"] for one in ("created", "processing", "confirmed")] == [
        "pending",
        "processing",
        "confirmed",
    ]
    assert of_it["payout.created"]["txid"] is None
    assert of_it["payout.confirmed"]["txid"] == paid.transaction.txid  # type: ignore[union-attr]
