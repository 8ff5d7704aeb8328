"""A payroll: a file is uploaded, looked at and submitted, and somebody else approves it."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from access.models import User
from lucidpay.clock import utc_now
from payouts.models import Payout
from payouts.models_batch import Batch
from tests import builders
from tests.admin.uploads import csv_of, rows_of, work
from tests.browser.conftest import Visit
from tests.browser.test_admin import is_too_wide, log_in, picture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def people() -> tuple[User, User]:
    """An operator and an approver, with a wallet that pays."""
    builders.hot_wallet(usdt_micro=100 * builders.USDT)
    builders.lift_limits()
    return (
        builders.user("operator", username="olivia", is_staff=True),
        builders.user("approver", username="adam", is_staff=True),
    )


def shown(visit: Visit, name: str) -> None:
    """Keep a picture; the page must not be pushed sideways."""
    picture(visit, f"batch-{name}")
    assert not is_too_wide(visit), name


def test_a_file_is_uploaded_submitted_approved_and_followed(
    visit: Visit, people: tuple[User, User]
) -> None:
    log_in(visit, people[0])
    visit.go("/admin/payouts/batch/")
    shown(visit, "list-empty")
    _upload(visit)
    _submit(visit)
    batch = Batch.objects.get()
    Payout.objects.update(screened_at=utc_now())
    visit.go("/admin/payouts/batch/")
    shown(visit, "list")

    visit.page.context.clear_cookies()
    log_in(visit, people[1])
    visit.go(f"/admin/payouts/batch/{batch.pk}/change/")
    _approve(visit, batch)
    _retry(visit)
    assert visit.trouble == []


def _upload(visit: Visit) -> None:
    page = visit.page
    rows = [*rows_of(6, amount="25.00"), ["Tnobody", "3", "wrong"]]
    content = csv_of(*rows, header="Wallet address,USDT,Invoice")
    page.click("text=New batch from a file…")
    page.wait_for_selector("#id_file")
    shown(visit, "new")
    page.set_input_files("#id_file", _file(content))
    page.fill("#id_name", "Payroll November 2026")
    page.select_option("#id_batch_type", "IMMEDIATE")
    page.click("button:has-text('Upload')")
    page.wait_for_selector("text=The first rows of payroll.csv")
    names = ("recipient_address", "amount_usdt", "reference_id")
    assert [page.input_value(f"#id_{name}") for name in names] == ["0", "1", "2"]
    shown(visit, "columns")


def _submit(visit: Visit) -> None:
    page = visit.page
    page.click("text=Check the file")
    page.wait_for_selector("text=The check begins in a moment")
    shown(visit, "checking")
    _work()
    page.wait_for_selector("text=1 row is wrong")
    shown(visit, "report")
    page.check("#without_wrong")
    page.click("button:has-text('Submit for approval')")
    page.wait_for_selector("[role=progressbar]")
    shown(visit, "submitted")
    _work()
    page.wait_for_selector("text=waiting for approval")


def _approve(visit: Visit, batch: Batch) -> None:
    page = visit.page
    page.click("text=Approve what waits…")
    page.fill("#id_reason", "compared with the payroll")
    shown(visit, "approve")
    page.click("button:has-text('Approve what waits')")
    page.wait_for_selector("text=waiting to be signed")
    _end_some(batch)
    page.wait_for_selector("[aria-valuenow='50']")
    shown(visit, "progress")


def _retry(visit: Visit) -> None:
    page = visit.page
    page.reload()  # while it is open, only its progress is kept as it stands
    page.click("text=Retry what failed…")
    page.fill("#id_reason", "the limit is higher now")
    shown(visit, "retry")
    page.click("button:has-text('Retry what failed')")
    page.wait_for_selector("text=1 payout retried")
    shown(visit, "retried")


def _work() -> None:
    """Work in a thread of its own, as Playwright's has an event loop already."""

    def worker() -> None:
        work()
        connection.close()

    with ThreadPoolExecutor(1) as threads:
        threads.submit(worker).result()


def _file(content: bytes) -> Any:
    return {"name": "payroll.csv", "mimeType": "text/csv", "buffer": content}


def _end_some(batch: Batch) -> None:
    payouts = list(batch.payout_set.order_by("batch_row"))
    for payout, end in zip(payouts, ("confirmed", "failed", "cancelled"), strict=False):
        builders.end(payout, end)
    builders.signed(payouts[3])
    builders.fund(payouts[3].wallet, usdt_micro=100 * builders.USDT)
