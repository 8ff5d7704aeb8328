"""A payroll from file to chain: two people with codes, real workers, a node, and who is told."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.admin.uploads import csv_of
from tests.browser.conftest import Visit
from tests.browser.test_every_page import VIOLATIONS
from tests.browser.test_second_factor import code, enter
from tests.platform.people import somebody
from tests.platform.running import Platform, platform
from tests.second_factor import code_at
from tests.waiting import until
from tests.webhooks.receiver import Receiver, Served

pytestmark = [pytest.mark.browser, pytest.mark.slow]
MINUTES_MS = 180_000


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Somebody's program that takes webhooks."""
    with Served() as served:
        yield served


@pytest.fixture
def running(tmp_path: Any) -> Iterator[Platform]:
    """The whole platform, which wants a second factor of its staff."""
    with platform(tmp_path, STAFF_SECOND_FACTOR="required", WEBHOOK_ALLOW_HOSTS="127.0.0.1") as one:
        one.start_beat()
        one.start_worker()
        one.start_web()
        yield one


@pytest.fixture
def secrets(running: Platform, receiver: Receiver) -> list[bytes]:
    """The secrets that the phones of an operator and an approver hold."""
    ask = f"from tests.platform.staff import staff; staff({receiver.url!r})"
    said = running.manage("shell", "-v", "0", "-c", ask)
    return [bytes.fromhex(secret) for secret in said.split()[-2:]]


@pytest.fixture
def window(running: Platform, chromium: Any) -> Iterator[Visit]:
    """A browser before the platform's own web server."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    made = Visit(context.new_page(), f"http://127.0.0.1:{running.web_port}")
    made.page.set_default_timeout(MINUTES_MS)
    made.page.add_init_script(VIOLATIONS)
    made.watch()
    yield made
    context.close()


def test_a_file_is_paid_by_two_people_and_told_to_a_program_that_asks_again(
    running: Platform, window: Visit, secrets: list[bytes], receiver: Receiver
) -> None:
    people = [somebody() for _ in range(3)]
    _enter(window, "olivia", secrets[0])
    _submit(window, people)
    batch = window.page.url

    window.page.context.clear_cookies()
    _enter(window, "adam", secrets[1])
    window.page.goto(batch)
    _approve(window)

    window.page.wait_for_selector("[aria-valuenow='100']")
    assert window.page.inner_text(".lp-progress tbody tr").split() == ["confirmed", "3", "7.50"]
    paid = {one["to"]: int(one["amount"]) for one in running.transfers()}
    assert {address: paid.get(address) for address in people} == dict.fromkeys(people, 2_500_000)
    _send_again(window, running, receiver)
    assert window.trouble == []


def _enter(window: Visit, name: str, secret: bytes) -> None:
    """Give the password, and the code that the phone shows."""
    window.go("/admin/")
    enter(window, name)
    window.page.wait_for_selector("#id_second_factor_code")
    code(window, code_at(secret, datetime.now(UTC)))
    window.page.wait_for_url(f"{window.site}/admin/")


def _submit(window: Visit, people: list[str]) -> None:
    page = window.page
    content = csv_of(*([one, "2.50", f"n{row}"] for row, one in enumerate(people)))
    window.go("/admin/payouts/batch/new/")
    file = {"name": "payroll.csv", "mimeType": "text/csv", "buffer": content}
    page.set_input_files("#id_file", file)
    page.fill("#id_name", "Payroll November 2026")
    page.select_option("#id_batch_type", "IMMEDIATE")
    page.click("button:has-text('Upload')")
    page.click("text=Check the file")
    page.click("button:has-text('Submit for approval')")
    page.wait_for_selector("text=waiting for approval")


def _approve(window: Visit) -> None:
    page = window.page
    page.click("text=Approve what waits…")
    page.fill("#id_reason", "compared with the payroll")
    page.click("button:has-text('Approve what waits')")


def _send_again(window: Visit, running: Platform, receiver: Receiver) -> None:
    """Ask for an event that was taken once more: the same event comes, under the same id."""
    until("all three are told", lambda: len(receiver.events) == 3)
    told = len(receiver.requests)
    delivery = running.one("SELECT id FROM webhooks_delivery ORDER BY id LIMIT 1")
    window.go(f"/admin/webhooks/delivery/{delivery}/change/")
    window.page.click("text=Send again")
    window.page.click("button:has-text('Send again')")
    window.page.wait_for_selector("text=It is due now")
    until("it is told again", lambda: len(receiver.requests) == told + 1)
    ids = [one.event_id for one in receiver.requests]
    assert ids[-1] in ids[:-1]
