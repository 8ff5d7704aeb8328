"""What a caller is told when something goes wrong, and that it is true."""

import asyncio
import logging
import pickle
import traceback
from collections.abc import Iterator

import pytest

from lucidpay_client import (
    AnswerLost,
    AnswerUnreadable,
    AuthenticationFailed,
    InvalidAddress,
    InvalidRequest,
    LucidPayError,
    LucidPaymentClient,
    LucidPaymentClientSync,
    NotReached,
    PayoutNotFound,
    RateLimited,
)
from lucidpay_client.testing import FakeLucidPay
from tests.local import port_free
from tests.sdk.people import salary
from tests.webhooks.receiver import Receiver, Served

KEY = "lp_live_8J2kTopSecretKeyOfSomebody"


@pytest.fixture
def odd() -> Iterator[Receiver]:
    """A server that is not the platform."""
    with Served() as one:
        yield one


def _pay_at(url: str) -> LucidPayError:
    with LucidPaymentClientSync(KEY, url) as client, pytest.raises(LucidPayError) as raised:
        client.create_payout(salary())
    return raised.value


def test_a_refusal_has_code_message_request_and_field(client: LucidPaymentClientSync) -> None:
    with pytest.raises(InvalidAddress) as raised:
        client.create_payout(salary(recipient_address="TWrong"))
    error = raised.value
    assert (error.code, error.status) == ("LUCID_ERR_2001", 400)
    assert isinstance(error, InvalidRequest)
    assert "recipient_address" in error.details
    assert error.request_id is not None
    assert error.request_id in str(error)
    assert not error.outcome_unknown


def test_what_was_not_sent_is_known_to_be_unpaid() -> None:
    error = _pay_at(f"http://127.0.0.1:{port_free()}")
    assert isinstance(error, NotReached)
    assert not error.outcome_unknown


def test_a_lost_answer_says_with_which_key_to_repeat(
    fake: FakeLucidPay, client: LucidPaymentClientSync
) -> None:
    request = salary()
    fake.lose_answers()
    with pytest.raises(AnswerLost) as raised:
        client.create_payout(request)
    assert raised.value.outcome_unknown
    assert request.idempotency_key is not None
    assert request.idempotency_key in str(raised.value)
    assert client.create_payout(request).replayed
    assert len(fake.payouts) == 1


def test_a_lost_answer_names_the_reference_when_that_is_the_key(
    fake: FakeLucidPay, client: LucidPaymentClientSync
) -> None:
    fake.lose_answers()
    with pytest.raises(AnswerLost, match="reference_id invoice-9"):
        client.create_payout(salary(reference_id="invoice-9"))


def test_a_refund_that_is_lost_names_the_key_that_was_made_for_it(
    fake: FakeLucidPay, client: LucidPaymentClientSync
) -> None:
    fake.refuse(500, "LUCID_ERR_1000")
    with pytest.raises(LucidPayError) as raised:
        client.refund_payment("pay_1")
    assert raised.value.outcome_unknown
    assert raised.value.idempotency_key


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (502, b"<html>Bad Gateway</html>"),
        (201, b"{}"),
        (201, b'{"payout_id": "payout_1", "status": "pending", "amount_usdt": "12'),
        (302, b""),
        (404, b'{"message": "no such route"}'),
        (500, b'{"error": {"code": 7}}'),
    ],
)
def test_an_answer_that_is_not_the_platforms_leaves_the_outcome_unknown(
    odd: Receiver, status: int, body: bytes
) -> None:
    odd.reply = lambda request, earlier: (status, {}, body)
    error = _pay_at(odd.url)
    assert isinstance(error, AnswerUnreadable)
    assert error.outcome_unknown


@pytest.mark.parametrize(
    ("status", "code", "is_unknown"),
    [
        (500, "LUCID_ERR_1000", True),
        (503, "LUCID_ERR_1000", True),
        (409, "LUCID_ERR_1005", False),
        (503, "LUCID_ERR_9999", True),
        (500, "LUCID_ERR_2007", False),
        (429, "LUCID_ERR_2009", False),
        (400, "LUCID_ERR_2002", False),
        (401, "LUCID_ERR_1002", False),
    ],
)
def test_only_what_may_have_been_done_is_unknown(
    fake: FakeLucidPay, client: LucidPaymentClientSync, status: int, code: str, is_unknown: bool
) -> None:
    fake.refuse(status, code)
    with pytest.raises(LucidPayError) as raised:
        client.create_payout(salary())
    assert raised.value.outcome_unknown is is_unknown


def test_looking_leaves_nothing_unknown(fake: FakeLucidPay, client: LucidPaymentClientSync) -> None:
    fake.lose_answers()
    with pytest.raises(AnswerLost) as raised:
        client.get_payout_status("payout_1")
    assert not raised.value.outcome_unknown


def test_an_id_stays_one_part_of_the_path(client: LucidPaymentClientSync) -> None:
    with pytest.raises(PayoutNotFound):
        client.get_payout_status("../payouts?limit=1")
    for odd_id in ("", ".", ".."):
        with pytest.raises(ValueError, match="no id"):
            client.get_payout_status(odd_id)


def test_a_429_says_how_long_to_wait(fake: FakeLucidPay, client: LucidPaymentClientSync) -> None:
    fake.refuse(429, "LUCID_ERR_2009", retry_after_s=17)
    with pytest.raises(RateLimited) as raised:
        client.get_payout_status("payout_1")
    assert raised.value.retry_after_s == 17


def test_an_error_survives_the_way_to_another_process() -> None:
    error = _pay_at(f"http://127.0.0.1:{port_free()}")
    again = pickle.loads(pickle.dumps(error))  # noqa: S301  (our own bytes)
    assert (type(again), str(again), again.facts) == (type(error), str(error), error.facts)


@pytest.mark.parametrize("key", ["", "ü", "a\nb", "k" * 256])
def test_an_idempotency_key_that_is_none_is_refused_before_anything_is_sent(
    fake: FakeLucidPay, client: LucidPaymentClientSync, key: str
) -> None:
    with pytest.raises(ValueError, match="idempotency key"):
        client.create_payout(salary(idempotency_key=key))
    assert fake.payouts == []


@pytest.mark.parametrize("key", ["", "two words", "line\nbreak", "Schlüssel-ü"])
def test_a_key_that_is_none_is_refused_and_not_repeated(key: str) -> None:
    with pytest.raises(ValueError, match="API key") as raised:
        LucidPaymentClient(key, "https://pay.example.com")
    assert not key or key not in str(raised.value)


@pytest.mark.parametrize(
    "url",
    ["", "pay.example.com", "ftp://a", "https://u:p@a", "https://a?b", "https://", "http://a:0"],
)
def test_a_base_url_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="base URL"):
        LucidPaymentClient(KEY, url)


def test_the_key_shows_in_no_repr_log_or_error(
    fake: FakeLucidPay, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG), LucidPaymentClientSync(KEY, fake.url) as client:
        with pytest.raises(AuthenticationFailed) as refused:
            client.create_payout(salary())
        fake.lose_answers()
        with pytest.raises(LucidPayError) as lost:
            client.get_health()
        seen = [repr(client), repr(vars(client)), repr(vars(client._http)), caplog.text]
    for raised in (refused, lost):
        told = traceback.TracebackException.from_exception(raised.value, capture_locals=True)
        seen += [*told.format(), repr(raised.value), repr(raised.value.__cause__)]
    assert len(caplog.records) > 2
    assert KEY not in "\n".join(seen)


def test_the_key_is_sent(odd: Receiver) -> None:
    _pay_at(odd.url)
    sent = odd.requests[0].headers
    assert sent["authorization"] == f"Bearer {KEY}"
    assert sent["x-request-id"].startswith("py-")


def test_both_clients_say_the_same(fake: FakeLucidPay) -> None:
    async def refused() -> str:
        async with LucidPaymentClient(KEY, fake.url) as client:
            with pytest.raises(AuthenticationFailed) as raised:
                await client.create_payout(salary())
        return type(raised.value).__name__ + raised.value.message

    with (
        LucidPaymentClientSync(KEY, fake.url) as client,
        pytest.raises(AuthenticationFailed) as raised,
    ):
        client.create_payout(salary())
    assert asyncio.run(refused()) == type(raised.value).__name__ + raised.value.message
