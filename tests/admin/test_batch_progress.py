"""How far a batch is, for eyes and screen readers, and its result as a file."""

import csv
import io
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from access.models import User
from lucidpay.clock import utc_now
from payouts.models_batch import Batch
from payouts.services.retry import payout_retry
from tests import builders
from tests.admin import pages
from tests.admin.conftest import Enter
from tests.admin.test_payouts import statements

SEES = ("operator", "approver", "auditor", "admin")


@pytest.fixture
def batch(payee_owner: User) -> Batch:
    """Seven payouts: one of each state, two waiting, one of these for people."""
    orders = [builders.order(reference_id=f"=r{at}") for at in range(6)]
    orders.append(builders.order(amount_usdt=6_000 * builders.USDT))
    made = builders.batch(payee_owner, payouts=orders)
    payouts = list(made.payout_set.order_by("batch_row"))
    for payout, status in zip(payouts, ("confirmed", "failed", "cancelled"), strict=False):
        builders.end(payout, status)
    builders.signed(payouts[3])
    return made


def progress(batch: Batch) -> str:
    return reverse("admin:payouts_batch_progress", args=[batch.pk])


def result(batch: Batch, kind: str = "csv") -> str:
    return reverse("admin:payouts_batch_result", args=[batch.pk, kind])


def body(client: Client, address: str) -> bytes:
    answer = client.get(address)
    assert answer.status_code == 200
    if answer.streaming:
        return b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    return answer.content


@pytest.mark.parametrize("role", SEES)
def test_the_page_says_how_far_it_is(enter: Enter, batch: Batch, role: str) -> None:
    client = enter(role)
    for address in (pages.detail(batch), progress(batch)):
        shown = body(client, address).decode()
        for told in (
            'role="progressbar"', 'aria-valuenow="42"', "3 of 7 payouts have ended",
            "signed, under way", "waiting for approval", "6,000.00", "waiting to be signed",
            "25.00", 'data-lp-next="5"', 'data-lp-say="40 percent have ended"',
        ):  # fmt: skip
            assert told in shown, told


def test_it_is_asked_for_no_more_when_all_have_ended(enter: Enter, payee_owner: User) -> None:
    batch = builders.batch(payee_owner, count=2)
    for payout in batch.payout_set.all():
        builders.end(payout, "confirmed")
    client = enter()
    assert 'data-lp-next="0"' in body(client, pages.detail(batch)).decode()
    shown = body(client, progress(batch)).decode()
    assert 'data-lp-next="reload"' in shown  # asked by a page that was made before
    assert 'aria-valuenow="100"' in shown


def test_what_waits_for_its_release_is_asked_for_seldom(enter: Enter, payee_owner: User) -> None:
    later = builders.batch(payee_owner, batch_type="WEEKLY")
    assert 'data-lp-next="30"' in body(enter(), progress(later)).decode()


@pytest.mark.parametrize("role", ["end_user", "node_operator", "merchant", None])
def test_others_see_neither(enter: Enter, batch: Batch, role: str | None) -> None:
    client = enter(role)
    for address in (progress(batch), result(batch), result(batch, "xlsx")):
        assert client.get(address).status_code == 403
        assert Client().get(address).status_code == 302


def test_the_result_has_a_line_for_each_payout(enter: Enter, batch: Batch) -> None:
    failed = batch.payout_set.get(status="failed")
    retry = payout_retry(payout_id=failed.pk, by="t", reason="t", now=utc_now())
    content = body(enter("auditor"), result(batch)).decode()
    assert content.startswith("\ufeff")
    lines = list(csv.DictReader(io.StringIO(content[1:])))
    payouts = list(batch.payout_set.order_by("batch_row").select_related("transaction"))
    assert [line["recipient_address"] for line in lines] == [
        payout.recipient_address for payout in payouts
    ]
    assert [line["row"] for line in lines] == [str(row) for row in range(1, 8)]
    confirmed = lines[0]
    assert payouts[0].transaction is not None
    assert confirmed["txid"] == payouts[0].transaction.txid
    assert confirmed["status"] == "confirmed"
    assert confirmed["amount_usdt"] == "12.5"
    assert confirmed["confirmed_at"].endswith("Z")
    assert confirmed["reference_id"] == "'=r0"  # no spreadsheet runs it
    assert lines[1]["error"]
    assert lines[1]["retried_as"] == retry.public_id


def test_the_result_is_a_workbook_as_well(enter: Enter, batch: Batch) -> None:
    content = body(enter(), result(batch, "xlsx"))
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    rows = list(sheet.iter_rows(values_only=True))
    assert len(rows) == 8
    assert rows[1][7] == "=r0"
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value} == {"s"}


def test_another_kind_of_result_is_none(enter: Enter, batch: Batch) -> None:
    assert enter().get(result(batch, "pdf")).status_code == 404


def test_a_result_is_read_in_bounded_steps(
    enter: Enter, batch: Batch, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: Any
) -> None:
    monkeypatch.setattr("payouts.files.result.CHUNK", 3)
    monkeypatch.setattr("payouts.admin_batch_progress.LINES", 2)
    client = enter()
    with django_assert_max_num_queries(20):
        content = body(client, result(batch)).decode()
    assert content.count("\r\n") == 8


def test_the_page_costs_the_same_however_many_payouts(
    enter: Enter, payee_owner: User, batch: Batch
) -> None:
    client = enter("auditor")
    large = builders.batch(payee_owner, count=30)
    builders.end(large.payout_set.all()[0], "failed")
    assert statements(client, progress(batch)) == statements(client, progress(large))
