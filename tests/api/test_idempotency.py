"""`Idempotency-Key`: the same request twice is the same request once."""

import pytest

from access.models import IdempotencyRecord
from lucidpay.clock import utc_now
from payouts.models import Payout
from payouts.services.cancel import payout_cancel
from tests import builders
from tests.api.client import PAYOUTS, Api, nothing_written, order, refused

REPLAYED = "Idempotent-Replayed"
KEY = {"Idempotency_Key": "first"}


@pytest.mark.contract("C-IDEM-1")
def test_it_replays_status_body_and_place(alice: Api) -> None:
    body = order()
    first = alice.post(PAYOUTS, body, **KEY)
    again = alice.post(PAYOUTS, body, **KEY)
    assert (first.status, again.status) == (201, 201)
    assert again.text == first.text
    assert REPLAYED not in first.headers
    assert again.headers[REPLAYED] == "true"
    assert again.headers["Location"] == first.headers["Location"]
    assert Payout.objects.count() == 1


@pytest.mark.contract("C-IDEM-1")
def test_it_replays_what_was_answered_then_not_what_is_now(alice: Api) -> None:
    body = order(metadata={"rate": "0.10"})
    first = alice.post(PAYOUTS, body, **KEY)
    payout_cancel(payout_id=Payout.objects.get().pk, by="x", reason="", now=utc_now())
    assert alice.post(PAYOUTS, body, **KEY).text == first.text


@pytest.mark.contract("C-IDEM-1")
def test_it_knows_the_same_body_in_another_writing(alice: Api) -> None:
    body = order(amount_usdt="12.50", reason="a", reference_id="b")
    alice.post(PAYOUTS, body, **KEY)
    other = dict(reversed((body | {"amount_usdt": 12.5, "priority": "NORMAL"}).items()))
    assert alice.post(PAYOUTS, other, **KEY).headers[REPLAYED] == "true"


@pytest.mark.contract("C-IDEM-2")
@pytest.mark.parametrize(
    "change",
    [{"amount_usdt": 12.51}, {"reason": "other"}, {"metadata": {"a": "1.5"}}, {"node_id": "n"},
     {"metadata": {"a": 1}}, {"metadata": {}}],
    ids=["amount", "reason", "text for a number", "a field more", "whole", "object emptied"],
)  # fmt: skip
def test_it_refuses_the_key_with_another_body(alice: Api, change: dict) -> None:
    body = order(metadata={"a": 1.5})
    alice.post(PAYOUTS, body, **KEY)
    with nothing_written():
        refused(alice.post(PAYOUTS, body | change, **KEY), 422, "LUCID_ERR_1006")


@pytest.mark.contract("C-IDEM-4")
def test_a_key_in_other_hands_is_another_key(alice: Api, bob: Api) -> None:
    body = order()
    ids = {one.post(PAYOUTS, body, **KEY).body["payout_id"] for one in (alice, bob)}
    assert len(ids) == 2


@pytest.mark.contract("C-IDEM-4")
def test_a_users_tokens_share_their_keys(alice: Api) -> None:
    body = order()
    first = alice.post(PAYOUTS, body, **KEY)
    for token in (builders.token(alice.user), builders.jwt(alice.user)):
        assert Api(token).post(PAYOUTS, body, **KEY).text == first.text


@pytest.mark.contract("C-IDEM-4", "C-PATH-2")
@pytest.mark.parametrize("alias", ["/api/v1/payouts", "/api/v1/payouts/", "/api/payment/payouts/"])
def test_aliases_share_their_keys(alice: Api, alias: str) -> None:
    body = order()
    first = alice.post(PAYOUTS, body, **KEY)
    again = alice.post(alias, body, **KEY)
    assert (again.text, again.headers[REPLAYED]) == (first.text, "true")


@pytest.mark.contract("C-IDEM-6")
@pytest.mark.parametrize(
    "key", ["", "a" * 256, "é", "a\tb", "a\nb", "\x7f", "\u200b"],
    ids=["empty", "256", "accent", "tab", "newline", "delete", "zero width"],
)  # fmt: skip
def test_it_refuses_odd_keys(alice: Api, key: str) -> None:
    with nothing_written():
        answer = alice.post(PAYOUTS, order(), Idempotency_Key=key)
        assert list(refused(answer, 400, "LUCID_ERR_1001")) == ["Idempotency-Key"]


@pytest.mark.contract("C-IDEM-6")
@pytest.mark.parametrize("key", ["a", "a" * 255, "order 7 / try 1", "~!"])
def test_it_takes_printable_keys(alice: Api, key: str) -> None:
    body = order()
    texts = {alice.post(PAYOUTS, body, Idempotency_Key=key).text for _ in range(2)}
    assert len(texts) == 1


@pytest.mark.contract("C-IDEM-5")
@pytest.mark.parametrize(
    ("wrong", "status"), [({"amount_usdt": 0}, 400), ({"amount_usdt": 9999}, 500)],
    ids=["validation", "funds"],
)  # fmt: skip
def test_refusals_are_not_stored(alice: Api, wrong: dict, status: int) -> None:
    builders.hot_wallet(usdt_micro=100 * builders.USDT)
    body = order()
    with nothing_written():
        assert alice.post(PAYOUTS, body | wrong, **KEY).status == status
    good = alice.post(PAYOUTS, body, **KEY)
    assert (good.status, good.headers.get(REPLAYED)) == (201, None)


@pytest.mark.contract("C-IDEM-5")
def test_a_refusal_for_want_of_a_scope_is_not_stored(alice: Api, auditor: Api) -> None:
    auditor.post(PAYOUTS, order(), **KEY)
    Api().post(PAYOUTS, order(), **KEY)
    assert not IdempotencyRecord.objects.exists()


def test_the_same_body_without_a_key_pays_again(alice: Api) -> None:
    body = order()
    assert {alice.post(PAYOUTS, body).status for _ in range(2)} == {201}
    assert Payout.objects.count() == 2
