"""One id for a request: taken over when it is sane, otherwise made."""

import re

import pytest

from payouts.models import Payout, PayoutEvent
from tests.api.client import PAYOUTS, Api

MADE = re.compile(r"[0-9a-f]{32}")


@pytest.mark.contract("C-RID-1", "C-RID-2")
@pytest.mark.parametrize(
    "given", ["a", "7" * 128, "order 7 / try 2", "~!@#$%^&*()"], ids=["one", "128", "spaces", "odd"]
)
def test_it_takes_over_the_callers_id(alice: Api, given: str) -> None:
    made = alice.pay(headers={"X-Request-ID": given})
    assert made.headers["X-Request-ID"] == made.body["request_id"] == given
    assert Payout.objects.get().request_id == PayoutEvent.objects.get().request_id == given
    failed = alice.pay(amount_usdt=0, headers={"X-Request-ID": given})
    assert failed.headers["X-Request-ID"] == failed.body["error"]["request_id"] == given


@pytest.mark.contract("C-RID-1")
@pytest.mark.parametrize(
    "given",
    ["", " ", "a" * 129, "a\nb", "a\n", "a\r\nSet-Cookie: x=1", "a\x00", "a\tb", "é",
     "a\x7f", "\u200b"],
    ids=["empty", "blank", "129", "newline", "last newline", "header", "NUL", "tab", "accent",
         "delete", "zero width"],
)  # fmt: skip
def test_it_replaces_an_id_it_does_not_like(alice: Api, given: str) -> None:
    made = alice.pay(headers={"X-Request-ID": given})
    assert MADE.fullmatch(made.headers["X-Request-ID"])
    assert made.body["request_id"] == made.headers["X-Request-ID"]


@pytest.mark.contract("C-RID-1")
def test_it_makes_an_id_for_every_request(alice: Api) -> None:
    answers = [alice.get(path) for path in (PAYOUTS, PAYOUTS, "/nothing", "/api/docs/", "/")]
    ids = {answer.headers["X-Request-ID"] for answer in answers}
    assert len(ids) == len(answers)
    assert all(MADE.fullmatch(one) for one in ids)


@pytest.mark.contract("C-RID-2")
def test_a_replay_has_an_id_of_its_own_and_the_body_of_the_first(alice: Api) -> None:
    body = {"recipient_address": "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t", "amount_usdt": 1}
    first, second = (
        alice.post(PAYOUTS, body | {"reference_id": "7"}, X_Request_ID=name) for name in "ab"
    )
    assert (first.headers["X-Request-ID"], second.headers["X-Request-ID"]) == ("a", "b")
    assert first.body["request_id"] == second.body["request_id"] == "a"
