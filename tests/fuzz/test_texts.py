"""Whatever text or number comes in, it is read or refused by the one error that is documented."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from access.codes import is_code, plain, recovery_digest, step_of
from lucidpay.api import json as api_json
from lucidpay.money import InvalidAmount, tokens_of, units_of
from payouts.files.guess import is_address, layout_guess
from tests.fuzz.profile import fuzzed
from tests.webhooks.api.signed import SECRET, signed
from tron.address import InvalidAddress, address_parse, address_text
from tron.attach import SignatureNotUsable, signature_parse
from tron.trc20 import MalformedCall, transfer_data, transfer_parse
from webhooks.verifying import NotVerified, verify

NOW = datetime(2026, 1, 31, 9, tzinfo=UTC)
AT = str(int(NOW.timestamp()))
# Half surrogate pairs too, which no encoding takes.
texts = st.text(st.characters(exclude_categories=()), max_size=80)
near_addresses = st.text("T123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz", max_size=40)
numbers = st.one_of(
    st.decimals(allow_nan=True, allow_infinity=True),
    st.from_regex(r"-?[0-9]{1,30}(\.[0-9]{1,9})?(e-?[0-9]{1,6})?", fullmatch=True).map(Decimal),
    st.sampled_from([Decimal(text) for text in ("1e999999", "-1e-999999", "sNaN", "-0", "0e99")]),
)  # fmt: skip


@fuzzed
@given(texts | near_addresses)
def test_a_text_is_an_address_and_comes_back_or_is_refused(text: str) -> None:
    try:
        raw = address_parse(text)
    except InvalidAddress:
        assert not is_address(text)
    else:
        assert address_text(raw) == text


@fuzzed
@given(numbers)
def test_an_amount_is_kept_exactly_or_refused(amount: Decimal) -> None:
    with suppress(InvalidAmount):
        assert tokens_of(units_of(amount)) == amount


values = st.recursive(
    st.none() | st.booleans() | st.text(max_size=9) | st.integers(-(10**30), 10**30),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=4,
)


@fuzzed
@given(st.text('[]{}",:0123456789eE+-.truefalsn\\u \x00', max_size=60) | texts)
@example("1e999999")
@example("9" * 5000)
@example("[" * 100_000)
@example('{"a":' * 30_000)
@example('"\\ud800"')
def test_a_body_is_read_or_no_json(text: str) -> None:
    with suppress(ValueError):
        api_json.loads(text)


@fuzzed
@given(values)
def test_a_body_comes_back(value: Any) -> None:
    with suppress(ValueError):  # a NUL, a depth
        assert api_json.loads(api_json.dumps(value)) == value


@fuzzed
@given(texts | st.text("0123456789 -", max_size=8))
def test_a_code_is_taken_or_refused_whatever_is_typed(code: str) -> None:
    secret = b"twenty bytes of these"[:20]
    step = step_of(secret, code, now=NOW, after=0)
    assert step is None or is_code(code)
    plain(code)


@fuzzed
@given(st.text(max_size=80))
def test_a_recovery_code_has_one_digest_however_it_is_typed(code: str) -> None:
    assert recovery_digest(code) == recovery_digest(f" {code}-")


@fuzzed
@given(st.lists(st.lists(texts, max_size=5), max_size=4))
def test_a_layout_is_guessed_of_any_cells(rows: list[list[str]]) -> None:
    columns = layout_guess(rows).columns
    assert len(set(columns.values())) == len(columns)


@fuzzed
@given(texts)
def test_a_signature_is_65_bytes_or_refused(text: str) -> None:
    with suppress(SignatureNotUsable):
        assert len(signature_parse(text)) == 65


@fuzzed
@given(st.binary(max_size=80))
def test_a_call_is_a_transfer_in_its_only_spelling_or_refused(data: bytes) -> None:
    with suppress(MalformedCall):
        assert transfer_data(*transfer_parse(data)) == data


header_values = st.one_of(
    texts, st.integers(-(10**13), 10**13).map(str), st.sampled_from(["", "v1,", "v1,AAAA="])
)
HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature", "x-webhook-signature")


@fuzzed
@given(st.dictionaries(st.sampled_from(HEADERS), header_values), st.binary(max_size=40), texts)
def test_what_nobody_signed_is_not_trusted(
    headers: dict[str, str], body: bytes, secret: str
) -> None:
    timely = {"webhook-id": "a", "webhook-timestamp": AT, "webhook-signature": "v1,a"}
    for one in (SECRET, secret):
        for tried in (headers, headers | {"webhook-timestamp": AT}, timely | headers, timely):
            with pytest.raises(NotVerified):
                verify(one, tried, body, NOW)


@fuzzed
@given(st.binary(max_size=80), st.integers(0, 79), st.integers(1, 255))
def test_what_was_signed_is_trusted_and_nothing_else(body: bytes, at: int, by: int) -> None:
    headers = signed(body=body, now=NOW)
    verify(SECRET, headers, body, NOW + timedelta(seconds=1))
    changed = bytearray(body or b"x")
    changed[at % len(changed)] ^= by
    with pytest.raises(NotVerified):
        verify(SECRET, headers, bytes(changed), NOW)
