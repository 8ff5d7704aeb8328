"""What a payer is shown and told: in every state, exactly, and nothing to who has no link."""

import re
import secrets
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest
import simplejson
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from gateway.kinds import Method, Ruling
from gateway.models import Payment
from gateway.page.views import qr_svg
from gateway.states import PaymentStatus
from lucidpay.ids import new_id
from tests.builders import USDT
from tests.gateway.page_payments import HEAD, S, came, chain_at, move, payment

pytestmark = pytest.mark.django_db
_numbers = count(1)

CSP = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)


def get(path: str, **headers: Any) -> Any:
    """Ask as a browser does that has never been here, from an address of its own."""
    address = f"198.18.{next(_numbers) // 250}.{next(_numbers) % 250}"
    client = Client(raise_request_exception=False, REMOTE_ADDR=address)
    return client.get(path, headers=headers)


def page(made: Payment) -> str:
    """Return the page's HTML."""
    answer = get(f"/pay/{made.public_id}")
    assert answer.status_code == 200, answer.content
    return str(answer.content.decode())


def told(made: Payment) -> dict[str, Any]:
    """Return what the page's script is told."""
    answer = get(f"/pay/{made.public_id}/status")
    assert answer.status_code == 200, answer.content
    return dict(simplejson.loads(answer.content, use_decimal=True))


def words(html: str) -> str:
    """Return what is read on a page, without markup and superfluous blanks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html)).strip()


def is_shown(html: str, section: str) -> bool:
    """Return whether a part of the page is to be seen."""
    tag = re.search(rf'<[a-z]+[^>]* id="{section}"[^>]*>', html)
    return tag is not None and " hidden" not in tag[0]


def test_it_shows_what_to_pay_and_to_where() -> None:
    made = payment(description="Invoice 17")
    html = page(made)
    read = words(html)
    assert made.deposit is not None
    for expected in (
        "Waiting for your payment", "Invoice 17", "12.5 USDT", "TRON (TRC20)",
        "another token or over another network is lost", made.deposit.address,
        made.payer_address, "any other address", "Test network (sandbox)", made.public_id,
        f"{made.expires_at:%-d %b %Y, %H:%M} UTC",
    ):  # fmt: skip
        assert expected in read, expected
    assert is_shown(html, "pay")
    assert is_shown(html, "until")
    assert f'href="tron:{made.deposit.address}?amount=12.5&amp;token=' in html
    assert made.payee_address not in html
    assert made.owner.username not in html


def test_it_needs_no_slash_and_takes_one_and_what_messengers_add() -> None:
    made = payment()
    for path in ("", "/", "?utm_source=chat&fbclid=x", "/?a=1&a=2"):
        assert get(f"/pay/{made.public_id}{path}").status_code == 200
    assert get(f"/pay/{made.public_id}/status/").status_code == 200
    head = Client().head(f"/pay/{made.public_id}")
    assert (head.status_code, head.content) == (200, b"")


NONE = "0198c7d2a1b37c4e8f00112233445566"


@pytest.mark.parametrize(
    "odd",
    [
        "", f"pay_{NONE}", NONE, f"payout_{NONE}", f"pay_{NONE.upper()}", "pay_", "x", "a/b/c",
        "%00", "%0A", "%ff%fe", "..%2f..", "pay_" + "0" * 5_000, "é", "<script>", f"pay_{NONE}/x",
    ],
    ids=lambda odd: odd[:20],
)  # fmt: skip
def test_it_tells_of_an_unknown_id_and_of_an_odd_one_the_same(odd: str) -> None:
    answers = [get(f"/pay/{one}") for one in (odd, f"pay_{new_id().hex}")]
    for answer in answers:
        assert answer.status_code == 404
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        assert answer.headers["Content-Security-Policy"] == CSP
    assert answers[0].content == answers[1].content
    assert "There is no such payment" in words(answers[0].content.decode())


@pytest.mark.parametrize("part", ["status", "qr.svg"])
@pytest.mark.parametrize("unknown", [f"pay_{NONE}", "x", "%00"])
def test_its_parts_tell_nothing_of_unknown_ids(part: str, unknown: str) -> None:
    answer = get(f"/pay/{unknown}/{part}")
    assert answer.status_code == 404
    assert simplejson.loads(answer.content)["error"]["code"] == "LUCID_ERR_1003"


def test_no_browser_frames_it_indexes_it_or_loads_anything_from_elsewhere() -> None:
    made = payment()
    for path in ("", "/status", "/qr.svg"):
        answer = get(f"/pay/{made.public_id}{path}")
        assert answer.headers["Content-Security-Policy"] == CSP
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert not answer.cookies
    html = page(made)
    assert get(f"/pay/{made.public_id}").headers["Cache-Control"] == "no-store"
    assert not re.search(r"<style|style=|\son\w+=|<script(?! src=\"/static/)", html)
    # A line like the merchant's name of a variable of the page would be one of its own.
    assert not re.search(r"(?:src|href)=\"(?!/static/|/pay/|tron:)", html)


def test_what_a_merchant_wrote_is_shown_as_it_is_written() -> None:
    made = payment(description='<script>alert(1)</script> & "it\'s"', reference_id="secret-ref")
    html = page(made)
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;it&#x27;s&quot;" in html
    assert "secret-ref" not in html


def test_without_javascript_it_reloads_itself_until_the_end() -> None:
    made = payment()
    assert '<noscript><meta http-equiv="refresh" content="15"></noscript>' in page(made)
    move(made, S.CANCELLED)
    assert "refresh" not in page(made)


def test_the_code_holds_the_address_alone() -> None:
    made = payment()
    assert made.deposit is not None
    answer = get(f"/pay/{made.public_id}/qr.svg")
    assert answer.headers["Content-Type"] == "image/svg+xml"
    assert answer.content.decode() == qr_svg(made.deposit.address)


def test_a_direct_payment_shows_the_payee_and_the_payer() -> None:
    made = payment(method=Method.DIRECT)
    read = words(page(made))
    assert f"Payee’s address {made.payee_address}" in read
    assert f"Pay from {made.payer_address}" in read
    assert "cannot be sent back from here" in read
    assert get(f"/pay/{made.public_id}/qr.svg").content.decode() == qr_svg(made.payee_address)


def test_a_swap_is_paid_in_trx() -> None:
    made = payment(method=Method.SWAP)
    html = page(made)
    read = words(html)
    assert "50 TRX" in read
    assert "for 12.5 USDT" in read
    assert "Send only TRX on the TRON network" in read
    assert "TRC20" not in read
    assert "token=" not in html


def test_a_routed_payment_shows_only_how_it_stands() -> None:
    made = payment(method=Method.ROUTE)
    html = page(made)
    assert "nothing for you to send" in words(html)
    for absent in (made.payer_address, made.payee_address, "tron:", "qr.svg"):
        assert absent not in html
    assert get(f"/pay/{made.public_id}/qr.svg").status_code == 404
    assert told(made)["is_payable"] is False


def test_on_the_main_network_no_test_is_spoken_of(settings: Any) -> None:
    made = payment()
    settings.TRON_NETWORK = "mainnet"
    assert "Test network" not in page(made)


STATES: list[tuple[str, PaymentStatus, str, str]] = [
    ("waiting", S.PENDING, "Waiting for your payment", "changes by itself"),
    ("seen", S.PROCESSING, "Your payment was seen", "Do not pay again"),
    ("confirmed", S.CONFIRMED, "Your payment has arrived", "nothing left for you to do"),
    ("completed", S.COMPLETED, "Paid", "The payee has the money"),
    ("failed", S.FAILED, "This payment has failed", "ask for a new payment"),
    ("cancelled", S.CANCELLED, "Cancelled", "Do not send anything"),
    ("refunded", S.REFUNDED, "Refunded", "sent back"),
    ("disputed", S.DISPUTED, "A person is looking at this payment", "Do not pay again"),
]


def test_every_status_has_its_words() -> None:
    assert {status for _, status, _, _ in STATES} == set(PaymentStatus)


@pytest.mark.parametrize(("state", "status", "headline", "text"), STATES)
@pytest.mark.parametrize("method", [Method.GATEWAY, Method.DIRECT, Method.SWAP])
def test_it_tells_each_status_in_words(
    state: str, status: PaymentStatus, headline: str, text: str, method: Method
) -> None:
    made = payment(status=status, method=method)
    body, html = told(made), page(made)
    assert (body["status"], body["state"], body["headline"]) == (status, state, headline)
    assert text in body["text"]
    assert headline in words(html)
    assert text in words(html)
    is_payable = state == "waiting"
    assert body["is_payable"] is is_shown(html, "pay") is is_payable
    assert (body["payment_uri"] is not None) is is_payable
    assert body["remaining"] == (body["amount"] if is_payable else "0")
    assert (body["poll_after_seconds"] is None) is made.has_ended


def test_confirmations_are_counted_while_the_money_is_not_solid() -> None:
    made = payment()
    assert told(made)["confirmations"] is None
    chain_at(HEAD + 6)
    move(made, S.PROCESSING, seen_txid="ab" * 32, seen_block=HEAD)
    body = told(made)
    assert (body["confirmations"], body["progress"]) == (7, "7 of 19 confirmations")
    assert "7 of 19 confirmations" in words(page(made))
    chain_at(HEAD + 40)
    assert told(made)["progress"] == "19 of 19 confirmations"
    move(made, S.CONFIRMED)
    assert (told(made)["confirmations"], told(made)["progress"]) == (None, "")


def test_an_underpaid_one_asks_for_the_rest_and_for_no_more() -> None:
    made = payment()
    came(made, 5 * USDT)
    body, html = told(made), page(made)
    assert body["state"] == "underpaid"
    assert body["text"] == (
        "5 USDT of 12.5 USDT received. Please send the remaining 7.5 USDT, to the same address."
    )
    assert (body["amount"], body["received"], body["remaining"]) == ("12.5", "5", "7.5")
    assert "Send exactly 7.5 USDT" in words(html)
    assert is_shown(html, "pay")
    # The URI would ask for the whole amount once more.
    assert body["payment_uri"] is None
    assert "tron:" not in html


def test_amounts_are_exact_to_the_last_digit() -> None:
    made = payment(amount_micro=999_999_999_999_999)
    came(made, 1)
    assert told(made)["remaining"] == "999999999.999998"
    assert "0.000001 USDT of 999999999.999999 USDT received" in words(page(made))


def test_an_overpaid_one_says_what_goes_back() -> None:
    made = payment(status=S.CONFIRMED)
    came(made, 13 * USDT)
    came(made, 2 * USDT, Ruling.EXCESS)
    assert "You sent 2.5 USDT more than was asked for" in told(made)["text"]
    assert told(made)["received"] == "15"


def test_a_refund_of_a_part_is_told() -> None:
    made = payment(status=S.COMPLETED)
    came(made, 12_500_000)
    Payment.objects.filter(pk=made.pk).update(refunding_units=USDT)
    assert "Of your payment, 1 USDT goes back to you." in told(made)["text"]


@pytest.mark.parametrize("status", [S.PENDING, S.FAILED])
def test_when_the_time_is_up_nobody_is_asked_to_pay(status: PaymentStatus) -> None:
    made = payment(status=status, ends_in_s=-1)
    body, html = told(made), page(made)
    assert (body["state"], body["is_payable"], body["remaining"]) == ("expired", False, "0")
    assert body["text"] == "Do not send anything now. To pay, ask for a new payment."
    assert body["poll_after_seconds"] == (30 if status == S.PENDING else None)
    assert not is_shown(html, "pay")
    assert not is_shown(html, "until")


def test_too_little_in_time_goes_back() -> None:
    made = payment(ends_in_s=-1)
    came(made, 5 * USDT)
    assert told(made)["text"].startswith(
        "5 USDT of 12.5 USDT received. That goes back to you, less what sending it costs."
    )


def test_money_that_was_seen_in_time_is_not_called_late() -> None:
    made = payment(status=S.PROCESSING, ends_in_s=-1)
    assert told(made)["state"] == "seen"


@pytest.mark.parametrize("status", [S.PENDING, S.FAILED, S.CANCELLED])
def test_late_money_goes_back_or_is_taken(status: PaymentStatus) -> None:
    made = payment(status=status, ends_in_s=-1)
    came(made, 12_500_000, Ruling.LATE)
    body = told(made)
    assert (body["state"], body["headline"]) == ("late", "Your payment came too late")
    assert "12.5 USDT came when the payment could not be paid any more" in body["text"]


def test_late_money_of_a_direct_payment_is_with_the_payee() -> None:
    made = payment(method=Method.DIRECT, status=S.FAILED, ends_in_s=-1)
    came(made, 12_500_000, Ruling.LATE)
    assert told(made)["text"] == (
        "12.5 USDT went to the payee when the time was up. Please ask them."
    )


def test_money_of_a_stranger_waits_for_a_person() -> None:
    made = payment(status=S.DISPUTED)
    came(made, 12_500_000, Ruling.STRANGER)
    body = told(made)
    assert body["text"].startswith("Money came from another address than the one")
    assert body["received"] == "0"


@pytest.mark.parametrize("ruling", Ruling)
def test_something_else_is_told_and_not_counted(ruling: Ruling) -> None:
    made = payment()
    came(made, 12_500_000, ruling, asset="TRX")
    body = told(made)
    assert (body["state"], body["received"]) == ("waiting", "0")
    assert "Something else than USDT has come in" in body["text"]


def test_one_that_never_expires_shows_no_clock() -> None:
    made = payment(ends_in_s=None)
    html = page(made)
    assert told(made)["expires_at"] is None
    assert 'id="until"' not in html


def test_who_knows_how_it_stands_is_told_nothing_anew() -> None:
    made = payment()
    path = f"/pay/{made.public_id}/status"
    first = get(path)
    assert first.headers["Cache-Control"] == "no-store"
    again = get(path, if_none_match=first.headers["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    move(made, S.PROCESSING)
    changed = get(path, if_none_match=first.headers["ETag"])
    assert (changed.status_code, changed.json()["state"]) == (200, "seen")


def test_telling_how_it_stands_takes_two_statements() -> None:
    made = payment()
    for path, most in (("/status", 2), ("", 2), ("/qr.svg", 2)):
        with CaptureQueriesContext(
            connection,
        ) as ran:
            assert get(f"/pay/{made.public_id}{path}").status_code == 200
        assert len(ran) <= most, [one["sql"] for one in ran.captured_queries]


def test_its_parts_take_no_query() -> None:
    made = payment()
    for part in ("status", "qr.svg"):
        assert get(f"/pay/{made.public_id}/{part}?a=1").status_code == 400


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "BREW"])
def test_it_can_only_be_read(method: str) -> None:
    made = payment()
    for path in ("", "/status", "/qr.svg"):
        answer = Client(enforce_csrf_checks=True).generic(method, f"/pay/{made.public_id}{path}")
        assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD")


def test_whatever_a_browser_accepts_it_gets_what_there_is() -> None:
    made = payment()
    for path, accept in (("", "text/html"), ("/qr.svg", "image/svg+xml"), ("/status", "text/css")):
        assert get(f"/pay/{made.public_id}{path}", accept=accept).status_code == 200


def test_it_is_limited_by_address(settings: Any) -> None:
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"payments.page": 3}
    client = Client(REMOTE_ADDR=f"2001:db8::{secrets.token_hex(2)}")
    paths = ["", "/status", "/qr.svg", ""]
    with time_machine.travel(datetime(2026, 3, 1, 12, 0, 15, tzinfo=UTC), tick=False):
        made = payment()
        answers = [client.get(f"/pay/{made.public_id}{path}") for path in paths]
    assert [one.status_code for one in answers] == [200, 200, 200, 429]
    last = answers[-1]
    assert last.headers["Retry-After"] == "45"
    assert last.headers["Content-Security-Policy"] == CSP
    assert "Too many requests" in words(last.content.decode())
    assert get(f"/pay/{made.public_id}").status_code == 200
