"""What schemathesis is told: how to make data that JSON Schema cannot describe, and what counts.

Loaded by schemathesis itself (``SCHEMATHESIS_HOOKS``), in a process that knows no Django.
"""

import math
import re
from itertools import count
from typing import Any

import schemathesis
from coincurve import PrivateKey
from hypothesis import strategies as st

from tron.address import address_of_public_key

# 500 and no answer but these is what LucidPay promises a caller never to see.
NAMED_500 = {"LUCID_ERR_2006", "LUCID_ERR_2007", "LUCID_ERR_2008"}
# What depends on what was asked before: limits, breakers, and guesses that are slowed.
RIGHTLY_REFUSED = {"LUCID_ERR_2002", "LUCID_ERR_2003", "LUCID_ERR_2009"}
# Failures that say: this should have been refused, but otherwise. One call too many is refused
# before anything is read, and so is one of an address that has guessed too often.
OTHERWISE_REFUSED = {"AcceptedNegativeData", "IgnoredAuth"}
# Rules that JSON Schema has no word for. Data that breaks one of them, and else fits the schema,
# is rightly refused; each is pinned by a test of its own.
BEYOND_THE_SCHEMA = re.compile(
    "|".join(
        (
            r"At most \d+ decimals are allowed\.",
            r"The amount must be from .* to .*\.",
            r"At most \d+ bytes of JSON\.",
            r"Not together with offset\.",
            r"Not a TRON address: .*",
            r"The body is not valid JSON: (a number has too many digits|the exponent of .* is "
            r"beyond range|negative zero is not a number here|nested deeper than \d+ levels|"
            r"a text has a NUL character or half a surrogate pair)\.",
            r"A date or an ISO 8601 time is required\.",
            r"The recipient has no valid KYC record\.",
            r"The recipient is not on the list of trusted recipients\.",
            r"Printable characters only\.",
            r"At most \d+ bytes in UTF-8\.",
            r"This time is over\.",
            r"Not together with dates\.",
            r"At most \d+ days before end_date\.",
            r"It must lie before end_date, and in the past\.",
            r"No payout is that old\.",
            r"Not the id of a halt\.",  # 7.0 is an integer there
            r"Deliveries are kept for \d+ days; webhooks/events tells what happened before\.",
            r"Given twice: upper and lower case make no difference\.",
            r"This header is ours or HTTP's own and cannot be set\.",
            r"Not a cursor of this list\.",
            r"A name must not look like an address\.",
            r"Not together with source=grid\.",
            r"Of an indexer: page with cursor instead\.",
            r"Only together with a key\.",
            r"A private key is 64 hex digits, and not zero or beyond the curve's order\.",
            r"A mnemonic is 12, .*",
            r"Not a Web3 keystore of version 3: .*",
            r"This keystore asks for too much work\. .*",
            r"The password does not open this keystore\.",
            r"The key's own address is .*",
            r"A key that meets a permission alone makes a hot wallet\.",
            r"Control characters are not allowed\.",
            r"The threshold must be within what all keys weigh together\.",
            r"Name each key once\.",
            r"The name must have 1 to \d+ bytes\.",
            r"Stands in payouts\[\d+\] as well\.",
            # 1e-06 in a query is a text, and no decimal one.
            r"A number or a decimal string such as 12\.50 is required\.",
            r"Both or none\.",
            r"Send the fields in the body, or in the query\.",
            r"At most \d+ days after start_date\.",
            r"The payer and the payee are the same address\.",
            r"This is a deposit address of this gateway\.",
            r"No wallet that can pay is kept here at this address\.",
        )
    )
)


def _address(number: int) -> str:
    return str(address_of_public_key(PrivateKey.from_int(number).public_key))


schemathesis.openapi.format("tron-address", st.integers(1, 2**64).map(_address))
# Such as fuzzing.LIFTED allows. Nobody listens there.
schemathesis.openapi.format("uri", st.integers(0, 2**64).map("http://127.0.0.1:9/{}".format))


_numbers = count(1)


@schemathesis.hook
def map_case(context: Any, case: Any) -> Any:
    """Make most orders that are meant to be good new and good ones.

    Amounts get two decimals. Of five keys and references four are fresh: schemathesis draws the
    same few again and again, and nearly all orders would be conflicts.
    """
    body = case.body
    if isinstance(body, dict) and "amount_usdt" in body and _is_meant_to_be_good(case):
        body["amount_usdt"] = _cents(body["amount_usdt"])
        number = next(_numbers)
        if number % 5 and "reference_id" in body:
            body["reference_id"] = f"fuzz {number}"
        if number % 5 and "Idempotency-Key" in (case.headers or {}):
            case.headers["Idempotency-Key"] = f"fuzz {number}"
    return case


def _is_meant_to_be_good(case: Any) -> bool:
    return case.meta is not None and case.meta.generation.mode.is_positive


def _cents(amount: Any) -> Any:
    if isinstance(amount, float) and math.isfinite(amount):
        return min(10_000, max(0.01, round(amount, 2)))
    if isinstance(amount, str):
        return f"{1 + len(amount) % 99}.{len(amount) % 10}"
    return amount


@schemathesis.hook
def filter_failure(context: Any, failure: Any, case: Any, response: Any) -> bool:
    """Keep a failure, unless good data was refused for a rule beyond JSON Schema, and only so,
    or the call was one too many.
    """
    kind = type(failure).__name__
    # Its signature stands in for a token; that others do not is pinned by tests of links.
    is_link = case.operation.path.endswith("/download") and "signature" in (case.query or {})
    if is_link and response.status_code in (200, 403):
        return False
    if kind in OTHERWISE_REFUSED:
        return bool(response.status_code != 429)
    if kind != "RejectedPositiveData":
        return True
    error = response.json()["error"]
    if error["code"] in RIGHTLY_REFUSED:
        return False
    details = error["details"]
    messages = [message for found in details.values() for message in found]
    return not messages or not all(BEYOND_THE_SCHEMA.fullmatch(one) for one in messages)


@schemathesis.check
def no_unnamed_server_error(ctx: Any, response: Any, case: Any) -> None:
    """Refuse 5xx but the documented: 500 with a code that says why, and 503 of health."""
    if response.status_code < 500 or (
        response.status_code == 503 and case.operation.path.endswith(("/health", "/health/ready"))
    ):
        return
    assert response.json()["error"]["code"] in NAMED_500, response.text


@schemathesis.check
def every_answer_has_its_request_id(ctx: Any, response: Any, case: Any) -> None:
    """Require the id in the header, and in the envelope of every refusal."""
    (given,) = response.headers["x-request-id"]
    if response.status_code >= 400 and response.status_code != 503 and response.content:
        assert response.json()["error"]["request_id"] == given
