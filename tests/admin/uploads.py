"""Payout files as people upload them, and the steps they take with them."""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from lucidpay.clock import utc_now
from payouts.models_upload import BatchUpload
from payouts.services.upload_fill import uploads_work
from tests import builders

NEW = "/admin/payouts/batch/new/"
OPTIONS = {"name": "Payroll November", "batch_type": "IMMEDIATE", "priority": "2"}


def page(name: str, upload: BatchUpload) -> str:
    """Return the address of one of a file's pages."""
    return reverse(f"admin:payouts_batch_{name}", args=[upload.pk])


def csv_of(*rows: list[Any], header: str = "address,amount,id") -> bytes:
    """Return a CSV of these rows; without a header for an empty one."""
    lines = [header] if header else []
    return "\n".join([*lines, *(",".join(map(str, row)) for row in rows)]).encode()


def rows_of(count: int, *, amount: str = "12.50") -> list[list[Any]]:
    """Return rows that are right."""
    return [[builders.address(), amount, f"r{row}"] for row in range(count)]


def send(client: Client, content: bytes, *, filename: str = "pay.csv", **options: Any) -> Any:
    """Upload a file and return the answer."""
    file = SimpleUploadedFile(filename, content)
    return client.post(NEW, {**OPTIONS, **options, "file": file})


def uploaded(client: Client, content: bytes, **options: Any) -> BatchUpload:
    """Return a file that was taken."""
    answer = send(client, content, **options)
    assert answer.status_code == 302, answer.content.decode()
    return BatchUpload.objects.latest("created_at")


def mapped(client: Client, upload: BatchUpload, **columns: Any) -> BatchUpload:
    """Return a file whose columns were chosen, by default as csv_of has them."""
    chosen = {
        "recipient_address": "0", "amount_usdt": "1", "reference_id": "2", "has_header": "on",
    }  # fmt: skip
    answer = client.post(page("columns", upload), {**chosen, **columns})
    assert answer.status_code == 302, answer.content.decode()
    upload.refresh_from_db()
    return upload


def checked(client: Client, content: bytes, **options: Any) -> BatchUpload:
    """Return a file that was uploaded, mapped, and checked by a worker."""
    upload = mapped(client, uploaded(client, content, **options))
    work()
    upload.refresh_from_db()
    assert upload.report is not None
    return upload


def submit(client: Client, upload: BatchUpload, **ticks: Any) -> Any:
    """Submit a file as its page would."""
    return client.post(page("submit", upload), {"seen_round": upload.round, **ticks})


def work() -> int:
    """Do what a worker does when it is rung; return how many files it had to do with."""
    count = 0
    while uploads_work(now=utc_now()):
        count += 1
    return count
