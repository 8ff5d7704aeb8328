"""One uploaded file, and many who submit it or store its rows at once: one batch, each row once."""

import os
import signal
import subprocess
import sys

import pytest

from access.models import User
from lucidpay.clock import utc_now
from payouts.models import BatchType, Payout, Priority
from payouts.models_batch import Batch
from payouts.models_upload import BatchUpload
from payouts.services.upload import upload_create, upload_map
from payouts.services.upload_fill import uploads_work
from payouts.services.upload_submit import SubmittedBefore, upload_submit
from tests import builders
from tests.admin.uploads import csv_of, rows_of, work
from tests.payouts.test_batch_race import at_once
from tests.payouts.test_import_race import _address_of_this_database as address_of_database
from tests.payouts.test_import_race import all_rows_once
from tests.waiting import until

pytestmark = pytest.mark.django_db(transaction=True)
COLUMNS = {"recipient_address": 0, "amount_usdt": 1, "reason": 2}


def upload_of(owner: User, content: bytes) -> BatchUpload:
    """Return a file that was checked."""
    upload = upload_create(
        owner_id=owner.pk, name="payroll", filename="pay.csv", content=content, router_type="",
        priority=Priority.NORMAL, batch_type=BatchType.IMMEDIATE, now=utc_now(),
    )  # fmt: skip
    upload_map(upload_id=upload.pk, owner_id=owner.pk, columns=COLUMNS, has_header=True)
    work()
    upload.refresh_from_db()
    return upload


def submitted(upload: BatchUpload, *, again: bool = False) -> Batch:
    """Submit a file."""
    return upload_submit(
        upload_id=upload.pk, by=upload.owner, seen_round=upload.round, without_wrong=False,
        again=again, request_id="r", now=utc_now(),
    )  # fmt: skip


@pytest.fixture
def owner() -> User:
    """An operator, and a wallet that pays."""
    builders.hot_wallet()
    return builders.user("operator")


def test_many_clicks_at_once_are_one_batch(owner: User) -> None:
    upload = upload_of(owner, csv_of(*rows_of(3)))
    # Without the lock, "again" would give the second a key, and a batch, of its own.
    batches = at_once(*[lambda again=again: submitted(upload, again=again) for again in
                        (False, True, False, True)])  # fmt: skip
    assert {batch.pk for batch in batches} == {Batch.objects.get().pk}
    work()
    all_rows_once(3)


def test_the_same_file_by_several_people_at_once_is_one_batch(owner: User) -> None:
    content = csv_of(*rows_of(3))
    owners = (owner, owner, builders.user("operator"))
    files = [upload_of(one, content) for one in owners]
    found = at_once(*[lambda file=file: submitted(file) for file in files])
    assert [type(one) for one in found].count(SubmittedBefore) == 2
    work()
    all_rows_once(3)


def test_two_workers_at_once_store_each_row_once(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("payouts.services.upload_fill.CHUNK", 5)
    submitted(upload_of(owner, csv_of(*rows_of(33))))
    BatchUpload.objects.update(busy_until=None)

    def careless() -> bool:
        """Work as if the other's claim had run out."""
        BatchUpload.objects.update(busy_until=None)
        return uploads_work(now=utc_now())

    at_once(careless, careless, careless)
    work()
    all_rows_once(33)
    assert BatchUpload.objects.get().done_at is not None


def test_a_worker_that_is_killed_halfway_is_followed_by_another(owner: User) -> None:
    count = 4000
    submitted(upload_of(owner, csv_of(*rows_of(count, amount="1"))))
    script = (
        "import django; django.setup();"
        "from payouts.services.upload_fill import uploads_work; from lucidpay.clock import utc_now;"
        "uploads_work(now=utc_now())"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", script],
        env={**os.environ, "DATABASE_URL": address_of_database()},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    until("some rows are in", lambda: Payout.objects.exists() or child.poll() is not None)
    child.send_signal(signal.SIGKILL)
    said, _ = child.communicate()
    assert 0 < Payout.objects.count() < count, said

    assert not uploads_work(now=utc_now())  # it seems to be at it still
    BatchUpload.objects.update(busy_until=utc_now())
    work()
    all_rows_once(count)
