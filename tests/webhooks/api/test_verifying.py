"""What a receiver trusts, and what it does not."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.webhooks.api.signed import BODY, OTHER, SECRET, signed
from webhooks.verifying import NotVerified, verify

NOW = datetime(2026, 1, 31, 9, 0, 0, tzinfo=UTC)


def why(headers: dict[str, str], *, secret: str = SECRET, body: bytes = BODY,
        now: datetime = NOW) -> str:  # fmt: skip
    try:
        verify(secret, headers, body, now)
    except NotVerified as error:
        return str(error)
    return ""


def test_what_was_signed_is_trusted() -> None:
    assert why(signed(NOW)) == ""
    assert why({name.upper(): value for name, value in signed(NOW).items()}) == ""
    without = {n: v for n, v in signed(NOW).items() if n != "X-Webhook-Signature"}
    assert why(without) == ""


def test_the_standards_own_example_is_trusted() -> None:
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    now = datetime.fromtimestamp(1_614_265_330, UTC)
    assert why(headers, body=b'{"test": 2432232314}', now=now) == ""


def test_while_secrets_are_replaced_either_is_trusted() -> None:
    headers = signed(NOW, secrets=(OTHER, SECRET))
    assert why(headers, secret=OTHER) == ""
    headers.pop("X-Webhook-Signature")  # of the new secret alone
    assert why(headers) == ""


@pytest.mark.parametrize("seconds", [-301, 301, 86_400])
def test_what_is_old_or_of_the_future_is_not(seconds: int) -> None:
    assert "s from now" in why(signed(NOW), now=NOW + timedelta(seconds=seconds))
    for near in (-300, 0, 300):
        assert why(signed(NOW), now=NOW + timedelta(seconds=near)) == ""


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_what_lacks_a_header_is_not(name: str) -> None:
    for value in (None, ""):
        headers = signed(NOW) | ({name: value} if value is not None else {})
        if value is None:
            headers.pop(name)
        assert why(headers) == f"{name} is missing"


@pytest.mark.parametrize("timestamp", ["now", "-1", "1.5", "\u0661", "9" * 20, " 1"])
def test_an_odd_time_is_not(timestamp: str) -> None:
    assert "no time" in why(signed(NOW) | {"webhook-timestamp": timestamp})


@pytest.mark.parametrize("signature", ["v1,", "v1a,x", "v2,x", "é", ","])
def test_another_signature_is_not(signature: str) -> None:
    assert "no signature" in why(signed(NOW) | {"webhook-signature": signature})


def test_another_body_id_time_or_secret_is_not() -> None:
    right = signed(NOW)
    assert "no signature" in why(right, body=BODY + b" ")
    assert "no signature" in why(right | {"webhook-id": "evt_2"})
    later = str(int(right["webhook-timestamp"]) + 1)
    assert "no signature" in why(right | {"webhook-timestamp": later})
    assert "no signature" in why(right, secret=OTHER)
    assert "not whsec_" in why(right, secret="whsec_x")


def test_a_wrong_simple_signature_is_not() -> None:
    assert "X-Webhook-Signature" in why(signed(NOW) | {"X-Webhook-Signature": "0" * 64})
