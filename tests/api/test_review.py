"""What a caller sees of a review; deciding is for people in the console."""

from typing import Any

import pytest

from lucidpay.clock import utc_now
from payouts.models import Payout
from payouts.models_limits import LimitKind
from payouts.person import Person
from payouts.services.limits import limit_set
from payouts.services.review import payout_reject
from tests import builders
from tests.api.client import Api, caller, refused
from tests.payouts.test_sign import sign_all

LARGE = 6_000  # USDT


@pytest.mark.contract("C-REVIEW-1")
def test_a_large_payout_waits_until_a_person_has_agreed(alice: Api, wallet: Any) -> None:
    made = alice.pay(amount_usdt=LARGE)
    assert (made.status, made.body["review"]) == (201, "required")
    waiting = Payout.objects.get()
    builders.screened(waiting)
    assert sign_all(wallet) == 0
    builders.approved(waiting)
    assert alice.get(made.headers["Location"]).body["review"] == "approved"
    assert sign_all(wallet) == 1


@pytest.mark.contract("C-REVIEW-3", "C-LIMIT-2")
def test_a_rejected_one_is_cancelled_and_gives_its_limit_back(alice: Api) -> None:
    limit_set(
        kind=LimitKind.ROUTER, subject="PayoutRouterV0", hourly_micro=10_000 * builders.USDT,
        daily_micro=10_000 * builders.USDT, by="tests", now=utc_now(),
    )  # fmt: skip
    made = alice.pay(amount_usdt=LARGE)
    refused(alice.pay(amount_usdt=LARGE), 400, "LUCID_ERR_2002")
    payout_reject(
        payout_id=Payout.objects.get().pk, by=Person(builders.approver().pk), reason="fraud",
        now=utc_now(),
    )  # fmt: skip
    shown = alice.get(made.headers["Location"]).body
    assert (shown["status"], shown["review"]) == ("cancelled", "rejected")
    assert alice.pay(amount_usdt=LARGE).status == 201


@pytest.mark.contract("C-AUTH-12")
@pytest.mark.parametrize("role", ["approver", "admin"])
def test_no_path_of_the_api_decides(alice: Api, role: str) -> None:
    """Every call on one payout that the document knows leaves it undecided."""
    builders.lift_limits()
    paths = Api().get("/api/schema/").body["paths"]
    verbs = [
        (method.upper(), path)
        for path, operations in paths.items()
        for method in operations
        if "{payout_id}" in path and method != "get"
    ]
    assert ("POST", "/api/payment/payouts/{payout_id}/cancel") in verbs
    decider = caller(role)
    for method, path in verbs:
        waiting = builders.in_review(alice.user)
        decider.call(method, path.format(payout_id=waiting.public_id))
        assert Payout.objects.get(pk=waiting.pk).review == "required", path
