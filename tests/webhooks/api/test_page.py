"""The page for receivers: its code verifies what is sent, and it names what there is."""

import re
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from lucidpay.clock import utc_now
from tests.webhooks.api.signed import BODY, OTHER, SECRET, signed
from webhooks.kinds import BATCH_KINDS, PAYOUT_KINDS
from webhooks.models import Delivery
from webhooks.services.redeliver import REDELIVERED_MAX

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "webhooks.md").read_text()
Check = Callable[[str, dict[str, str], bytes], bool]


def function(name: str) -> Check:
    """Return a function as it stands on the page."""
    [code] = [one for one in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL) if name in one]
    space: dict[str, Any] = {}
    exec(code, space)  # noqa: S102 (the page's own code is what is tested)
    return space[name]  # type: ignore[no-any-return]


def lower(headers: dict[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


@pytest.mark.parametrize("name", ["is_from_lucidpay", "is_simply_from_lucidpay"])
def test_its_code_knows_what_is_ours(name: str) -> None:
    check, headers = function(name), lower(signed(utc_now()))
    assert check(SECRET, headers, BODY)
    assert not check(OTHER, headers, BODY)
    assert not check(SECRET, headers, BODY + b" ")
    assert not check(SECRET, {}, BODY)
    strange = headers | {"webhook-signature": "v1,é", "x-webhook-signature": "é"}
    assert not check(SECRET, strange, BODY)


def test_its_code_refuses_recordings_and_other_ids() -> None:
    check = function("is_from_lucidpay")
    assert not check(SECRET, lower(signed(utc_now() - timedelta(minutes=6))), BODY)
    assert not check(SECRET, lower(signed(utc_now() + timedelta(minutes=6))), BODY)
    for wrong in ({"webhook-id": "evt_2"}, {"webhook-timestamp": str(int(time.time()) - 1)},
                  {"webhook-timestamp": ""}, {"webhook-timestamp": "now"}):  # fmt: skip
        assert not check(SECRET, lower(signed(utc_now())) | wrong, BODY)


def test_its_code_takes_either_secret_while_they_overlap() -> None:
    headers = lower(signed(utc_now(), secrets=(OTHER, SECRET)))
    for secret in (OTHER, SECRET):
        assert function("is_from_lucidpay")(secret, headers, BODY)


def test_it_names_the_types_statuses_and_numbers_that_hold() -> None:
    for word in (*PAYOUT_KINDS, *BATCH_KINDS, *Delivery.Status.values):
        assert f"`{word}`" in PAGE, word
    assert f"{REDELIVERED_MAX:,}".replace(",", " ") in PAGE
    assert settings.WEBHOOK_RETRIES_S == [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]
    assert "5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h and 24 h" in PAGE.replace("\n", " ")
    assert f"2xx within {settings.WEBHOOK_TIMEOUT_S} seconds" in PAGE
    assert settings.WEBHOOK_DISABLE_AFTER_S == 5 * 86_400
    assert (settings.RETENTION_DELIVERIES_DAYS, settings.RETENTION_EVENTS_DAYS) == (30, 365)
