"""Webhooks as the platform signs them, and what must not be believed."""

import base64
import json
from typing import Any

import pytest

from lucidpay_client import WebhookRefused, verify_webhook, webhook_headers
from webhooks.secrets import secret_make
from webhooks.signing import signed_headers

NOW_S = 1_769_850_000
EVENT_ID = "evt_01890a5dac96774bbcceb302099a8057"
BODY = json.dumps(
    {"type": "payout.confirmed", "timestamp": "2026-01-31T09:00:00Z", "data": {"n": 12.5}}
).encode()
SECRET, OLD = secret_make(), secret_make()


def _signed(*secrets: str, body: bytes = BODY, at_s: int = NOW_S) -> dict[str, str]:
    """Return what the platform's own code sends along."""
    return signed_headers(event_id=EVENT_ID, timestamp_s=at_s, body=body, secrets=secrets)


def _verify(headers: dict[str, str], secrets: Any = SECRET, body: Any = BODY) -> Any:
    return verify_webhook(body, headers, secrets, now_s=NOW_S)


def test_it_believes_the_platform() -> None:
    event = _verify(_signed(SECRET))
    assert (event.event_id, event.type, event.timestamp.year) == (
        EVENT_ID,
        "payout.confirmed",
        2026,
    )
    assert str(event.data["n"]) == "12.5"


@pytest.mark.parametrize("case", [str.upper, str.lower, str.title])
def test_headers_are_read_in_any_case(case: Any) -> None:
    assert _verify({case(name): value for name, value in _signed(SECRET).items()})


def test_while_a_secret_is_replaced_either_one_is_enough() -> None:
    both = _signed(SECRET, OLD)
    for known in (SECRET, OLD, [secret_make(), OLD], (OLD, SECRET)):
        assert _verify(both, known)
    assert _verify(_signed(OLD), [SECRET, OLD])


def _change(name: str, value: str) -> dict[str, str]:
    return {**_signed(SECRET), name: value}


@pytest.mark.parametrize(
    "headers",
    [
        _signed(OLD),
        {},
        _change("webhook-id", "evt_other"),
        _change("webhook-timestamp", str(NOW_S + 1)),
        _change("webhook-signature", ""),
        _change("webhook-signature", "v1,"),
        _change("webhook-signature", _signed(SECRET)["webhook-signature"].removeprefix("v1,")),
        _change("webhook-signature", _signed(SECRET)["webhook-signature"].replace("v1", "v2")),
        _change("webhook-signature", "v1,\udcff\u00fc"),
        {name: value for name, value in _signed(SECRET).items() if name != "webhook-signature"},
    ],
)
def test_it_refuses_what_is_not_signed_so(headers: dict[str, str]) -> None:
    with pytest.raises(WebhookRefused):
        _verify(headers)


def test_it_refuses_a_body_that_was_changed() -> None:
    with pytest.raises(WebhookRefused):
        _verify(_signed(SECRET), body=BODY.replace(b"12.5", b"99.5"))


@pytest.mark.parametrize("moved_s", [-301, 301])
def test_it_refuses_a_recording(moved_s: int) -> None:
    with pytest.raises(WebhookRefused, match="recording"):
        _verify(_signed(SECRET, at_s=NOW_S + moved_s))
    assert _verify(_signed(SECRET, at_s=NOW_S + moved_s // 2))


@pytest.mark.parametrize("text", ["", "now", "1.5", "-1", "١٢٣", "9" * 5000])
def test_it_refuses_a_time_that_is_none(text: str) -> None:
    with pytest.raises(WebhookRefused, match="timestamp"):
        _verify(_change("webhook-timestamp", text))


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_???", "wrong", []])
def test_a_secret_that_is_none_lets_nobody_in(secret: Any) -> None:
    forged = signed_headers(event_id=EVENT_ID, timestamp_s=NOW_S, body=BODY, secrets=["whsec_"])
    with pytest.raises(ValueError, match="secret"):
        _verify(forged, secret)


def test_it_takes_bytes_only() -> None:
    with pytest.raises(TypeError, match="bytes"):
        _verify(_signed(SECRET), body=BODY.decode())


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b'{"type": 1}', b"\xff"])
def test_what_is_signed_and_no_event_is_refused(body: bytes) -> None:
    with pytest.raises(WebhookRefused):
        _verify(_signed(SECRET, body=body), body=body)


def test_it_signs_as_the_platform_does() -> None:
    ours = webhook_headers(BODY, EVENT_ID, SECRET, now_s=NOW_S)
    theirs = {name.lower(): value for name, value in _signed(SECRET).items()}
    assert {name: ours[name] for name in theirs} == theirs


def test_a_longer_key_is_not_cut() -> None:
    longer = "whsec_" + base64.b64encode(b"k" * 64).decode()
    assert _verify(_signed(longer), longer)
