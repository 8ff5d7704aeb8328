"""A payer's phone: what is shown, copied and told while a payment takes its way."""

import os
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import segno

from gateway.kinds import Method, Ruling
from gateway.models import Payment
from lucidpay.clock import utc_now
from lucidpay.ids import new_id
from tests.browser.conftest import Visit
from tests.builders import USDT
from tests.gateway.page_payments import HEAD, S, came, chain_at, move, payment

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PHONE = {"width": 360, "height": 740}
# Axe, the checker of accessibility, where its script is at hand: its path.
AXE = os.environ.get("LUCIDPAY_AXE", "")
VIOLATIONS = """
addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));
"""


@pytest.fixture(params=["light", "dark"])
def phone(request: pytest.FixtureRequest, chromium: Any, live_server: Any) -> Iterator[Visit]:
    """Give a phone in each colour scheme, watched for breaches of the page's policy, too."""
    yield from _opened(chromium, live_server, color_scheme=request.param)


@pytest.fixture
def narrow(chromium: Any, live_server: Any) -> Iterator[Visit]:
    """Give the narrowest phone there is, with letters twice as large."""
    yield from _opened(chromium, live_server, viewport={"width": 320, "height": 568})


@pytest.fixture
def without_scripts(chromium: Any, live_server: Any) -> Iterator[Visit]:
    """Give a phone that runs no JavaScript."""
    yield from _opened(chromium, live_server, java_script_enabled=False)


def _opened(chromium: Any, live_server: Any, **options: Any) -> Iterator[Visit]:
    context = chromium.new_context(
        **{"viewport": PHONE, "service_workers": "block", "device_scale_factor": 2, **options}
    )
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=live_server.url)
    context.add_init_script(VIOLATIONS)
    made = Visit(context.new_page(), live_server.url)
    made.watch()
    yield made
    context.close()


def open_page(visit: Visit, made: Payment, *, with_clock: bool = True) -> Any:
    """Open a payment's page; its timers run as ``wait`` says, and not by themselves."""
    if with_clock:
        # It stands still: on a busy machine seconds would pass between two lines of a test.
        now = utc_now()
        visit.page.clock.install(time=now)
        visit.page.clock.pause_at(now + timedelta(seconds=1))
    visit.go(f"/pay/{made.public_id}")
    return visit.page


def says(page: Any, name: str, text: str) -> None:
    """Wait until a part of the page says this."""
    told = "([name, text]) => document.getElementById(name).textContent === text"
    # As a function: a bare expression would be evaluated, which the page's policy forbids.
    page.wait_for_function(told, arg=[name, text])


def asked_of(page: Any) -> list[str]:
    """Return the list to which the page's questions for the status are added."""
    asked: list[str] = []

    def note(request: Any) -> None:
        if request.url.endswith("/status"):
            asked.append(request.url)

    page.on("request", note)
    return asked


def wait(page: Any, seconds: int, headline: str) -> None:
    """Let the page's clock go on by so much, and see it tell this."""
    page.clock.fast_forward(seconds * 1000)
    says(page, "headline", headline)


def is_too_wide(visit: Visit) -> bool:
    """Return whether the page must be pushed sideways to be read."""
    root = "document.documentElement"
    return bool(visit.page.evaluate(f"{root}.scrollWidth > {root}.clientWidth"))


def picture(visit: Visit, name: str) -> None:
    """Keep a picture of the page where ``LUCIDPAY_PICTURES`` says, if it does."""
    directory = os.environ.get("LUCIDPAY_PICTURES")
    if directory:
        size = visit.page.viewport_size["width"]
        dark = visit.page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
        path = f"{directory}/page-{name}-{size}{'-dark' if dark else ''}.png"
        visit.page.screenshot(path=path, full_page=True)


def accessible(visit: Visit) -> None:
    """Check that all can use the page: by axe where it is, and by what every page must have."""
    page = visit.page
    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.locator("main").count() == page.locator("h1").count() == 1
    unnamed = "(found) => found.filter((one) => !(one.innerText || one.alt || '').trim()).length"
    assert page.locator("button:visible, a:visible, img:visible").evaluate_all(unnamed) == 0
    small = "(found) => found.filter((one) => one.getBoundingClientRect().height < 44).length"
    assert page.locator("button:visible, a:visible").evaluate_all(small) == 0
    if AXE:
        with open(AXE) as script:
            page.evaluate(script.read())
        found = page.evaluate(
            "axe.run().then((told) => told.violations.map("
            "(one) => [one.id, one.nodes.map((node) => node.html)]))"
        )
        assert found == []


DRAWN = """(size) => {
  const canvas = document.createElement("canvas"), scale = 8;
  canvas.width = canvas.height = size * scale;
  const brush = canvas.getContext("2d", {willReadFrequently: true});
  brush.drawImage(document.querySelector(".qr"), 0, 0, size * scale, size * scale);
  const dark = (x, y) =>
    Number(brush.getImageData((x + 0.5) * scale, (y + 0.5) * scale, 1, 1).data[0] < 128);
  return Array.from({length: size}, (_, y) => Array.from({length: size}, (_, x) => dark(x, y)));
}"""


def holds(visit: Visit, address: str) -> bool:
    """Return whether the squares of the QR code, as they are drawn, say this address."""
    code = segno.make(address, error="m", micro=False)
    expected = [list(row) for row in code.matrix_iter(border=4)]
    return bool(visit.page.evaluate(DRAWN, len(expected)) == expected)


def test_a_payer_sees_what_to_pay_and_copies_it(phone: Visit) -> None:
    made = payment(description="Invoice 2026-017, two lamps")
    assert made.deposit is not None
    page = open_page(phone, made)

    assert page.inner_text("#headline") == "Waiting for your payment"
    assert page.inner_text("#amount") == "12.5"
    assert page.inner_text("#address") == made.deposit.address
    assert page.inner_text("#clock").startswith(("59:", "1:00:00"))
    assert holds(phone, made.deposit.address)
    assert not holds(phone, made.payer_address)
    for name, text in (("amount", "12.5"), ("address", made.deposit.address)):
        page.click(f"[data-copies={name}]")
        says(page, "said", f"The {name} is copied")
        assert page.evaluate("navigator.clipboard.readText()") == text
        assert page.inner_text(f"[data-copies={name}]") == "Copied"
    page.clock.fast_forward(2000)
    assert page.inner_text("[data-copies=amount]") == "Copy amount"
    # Who selects by hand gets no blanks either.
    page.evaluate("getSelection().selectAllChildren(document.getElementById('address'))")
    assert page.evaluate("getSelection().toString()") == made.deposit.address
    page.evaluate("getSelection().removeAllRanges()")
    assert not is_too_wide(phone)
    accessible(phone)
    picture(phone, "waiting")
    assert phone.trouble == []


def test_it_follows_a_payment_to_its_end(phone: Visit) -> None:
    made = payment()
    chain_at(HEAD + 6)
    page = open_page(phone, made)
    asked = asked_of(page)

    move(made, S.PROCESSING, seen_txid="ab" * 32, seen_block=HEAD)
    wait(page, 5, "Your payment was seen")
    assert page.inner_text("#progress") == "7 of 19 confirmations"
    assert page.inner_text("#amount") == "12.5"
    assert page.title() == "Your payment was seen · Payment"
    # Nobody is to pay twice.
    assert not page.is_visible("#pay")
    assert not page.is_visible("[data-copies=amount]")
    picture(phone, "seen")

    move(made, S.PENDING)
    wait(page, 5, "Waiting for your payment")
    assert page.is_visible("#address")
    assert page.is_visible("[data-copies=amount]")

    move(made, S.PROCESSING, seen_block=HEAD)
    came(made, 12_500_000)
    move(made, S.CONFIRMED)
    wait(page, 5, "Your payment has arrived")
    assert not page.is_visible("#progress")
    accessible(phone)
    picture(phone, "confirmed")

    move(made, S.COMPLETED)
    wait(page, 5, "Paid")
    accessible(phone)
    picture(phone, "completed")
    assert len(asked) == 4

    # At the end nothing is asked any more.
    page.clock.fast_forward(120_000)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert len(asked) == 4
    assert phone.trouble == []


def test_who_has_paid_a_part_is_asked_for_the_rest(phone: Visit) -> None:
    made = payment()
    page = open_page(phone, made)

    came(made, 5 * USDT)
    wait(page, 5, "Part of it has come in")
    assert page.inner_text("#amount") == "7.5"
    assert "5 USDT of 12.5 USDT received" in page.inner_text("#text")
    assert not page.is_visible("#wallet")
    page.click("[data-copies=amount]")
    says(page, "said", "The amount is copied")
    assert page.evaluate("navigator.clipboard.readText()") == "7.5"
    assert not is_too_wide(phone)
    accessible(phone)
    picture(phone, "underpaid")
    assert phone.trouble == []


def test_when_the_clock_ends_so_does_the_invitation_to_pay(phone: Visit) -> None:
    made = payment(ends_in_s=3)
    page = open_page(phone, made, with_clock=False)

    assert page.is_visible("#clock")
    page.wait_for_selector("#pay", state="hidden")
    says(page, "headline", "The time is up")
    assert not page.is_visible("#until")
    assert not page.is_visible("[data-copies=amount]")
    accessible(phone)
    picture(phone, "expired")
    assert phone.trouble == []


def test_when_the_time_is_up_it_needs_no_answer_to_stop_inviting(phone: Visit) -> None:
    made = payment()
    page = open_page(phone, made)

    page.context.set_offline(True)
    page.clock.fast_forward(3_590_000)
    assert page.is_visible("#pay")
    page.clock.fast_forward(11_000)
    assert not page.is_visible("#pay")
    assert not page.is_visible("#until")
    assert not page.is_visible("[data-copies=amount]")


def test_a_clock_that_is_wrong_is_set_by_the_server(phone: Visit) -> None:
    made = payment(ends_in_s=1800)
    phone.page.clock.install(time="2030-01-01T00:00:00Z")
    phone.go(f"/pay/{made.public_id}")

    assert phone.page.inner_text("#clock").startswith(("29:", "30:00"))
    phone.page.clock.fast_forward(5_000)
    assert phone.page.is_visible("#pay")
    assert phone.trouble == []


def test_without_a_connection_it_says_so_and_tries_again(phone: Visit) -> None:
    made = payment()
    page = open_page(phone, made)
    asked = asked_of(page)

    page.context.set_offline(True)
    for tries, seconds in enumerate((5, 10, 20), start=1):
        page.clock.fast_forward((seconds - 1) * 1000)
        assert len(asked) == tries - 1
        with page.expect_event("requestfailed"):
            page.clock.fast_forward(1000)
    page.wait_for_selector("#offline")
    assert page.is_visible("#address")
    picture(phone, "offline")

    move(made, S.CANCELLED)
    page.context.set_offline(False)  # the browser tells the page
    says(page, "headline", "Cancelled")
    assert not page.is_visible("#offline")
    lost = [one for one in phone.trouble if "ERR_INTERNET_DISCONNECTED" not in one]
    assert [one for one in lost if not one.startswith("lost: ")] == []


def test_without_javascript_it_says_the_same(without_scripts: Visit) -> None:
    made = payment()
    without_scripts.go(f"/pay/{made.public_id}")
    page = without_scripts.page

    assert page.inner_text("#headline") == "Waiting for your payment"
    assert made.deposit is not None
    assert page.inner_text("#address") == made.deposit.address
    assert "UTC" in page.inner_text("#until")
    # What would need scripts is not there.
    assert page.locator("button:visible").count() == 0
    assert not page.is_visible("#left")
    picture(without_scripts, "without-scripts")
    assert without_scripts.trouble == []


def test_it_can_be_used_by_keyboard(phone: Visit) -> None:
    made = payment()
    page = open_page(phone, made)
    reached = []
    for _ in range(3):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.textContent"))
        ring = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert ring == "solid"
    assert reached == [
        "Copy amount", "Copy address", "Open in wallet",
    ]  # fmt: skip
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    says(page, "said", "The address is copied")
    assert made.deposit is not None
    assert page.evaluate("navigator.clipboard.readText()") == made.deposit.address
    assert phone.trouble == []


@pytest.mark.parametrize("size", ["100%", "200%"])
def test_it_fits_the_narrowest_phone_and_large_letters(narrow: Visit, size: str) -> None:
    made = payment(
        amount_micro=999_999_999_999_999, description="A-very-long-word-" * 12 + "\u202eevil"
    )
    open_page(narrow, made)
    narrow.page.evaluate(f"document.documentElement.style.fontSize = '{size}'")
    assert not is_too_wide(narrow)
    picture(narrow, f"narrow-{size.rstrip('%')}")
    assert narrow.trouble == []


def test_every_other_state_can_be_read_by_all(phone: Visit) -> None:
    late, stranger = payment(status=S.FAILED, ends_in_s=-1), payment(status=S.DISPUTED)
    came(late, 12_500_000, Ruling.LATE)
    came(stranger, 12_500_000, Ruling.STRANGER)
    over = payment(status=S.COMPLETED)
    came(over, 15 * USDT)
    shown = {
        "late": late, "disputed": stranger, "overpaid": over,
        "failed": payment(status=S.FAILED), "refunded": payment(status=S.REFUNDED),
        "cancelled": payment(status=S.CANCELLED), "direct": payment(method=Method.DIRECT),
        "swap": payment(method=Method.SWAP), "route": payment(method=Method.ROUTE),
    }  # fmt: skip
    for name, made in shown.items():
        phone.go(f"/pay/{made.public_id}")
        assert not is_too_wide(phone), name
        accessible(phone)
        picture(phone, name)
    assert phone.trouble == []


def test_who_has_a_broken_link_is_told_so(phone: Visit) -> None:
    phone.go(f"/pay/pay_{new_id().hex}")
    assert "There is no such payment" in phone.page.inner_text("main")
    accessible(phone)
    picture(phone, "unknown")
    assert [one for one in phone.trouble if "404" not in one] == []
