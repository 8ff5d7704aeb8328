"""How long an uploaded file is kept, and that nobody changes what was submitted."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from lucidpay.clock import utc_now
from payouts.models_upload import BatchUpload
from payouts.services.upload import uploads_forget
from tests import builders
from tests.admin import uploads
from tests.admin.conftest import Enter

DAY = timedelta(days=1)


def all_steps(now: datetime) -> list[int]:
    """Take steps to the end, and return how much each did."""
    done = []
    while count := uploads_forget(now=now):
        done.append(count)
    return done


def test_uploaded_files_are_forgotten_and_what_they_became_is_kept(
    settings: Any, enter: Enter, wallet: Any
) -> None:
    settings.RETENTION_UPLOADS_DAYS = 3
    client = enter("operator")
    files = [uploads.checked(client, uploads.csv_of(["T", "1", "x"], *uploads.rows_of(1)))
             for _ in range(3)]  # fmt: skip
    for file in files[:2]:
        uploads.submit(client, file, without_wrong="on")
        if file == files[0]:
            uploads.work()
    now = utc_now() + 2 * DAY
    assert all_steps(now) == []
    assert all_steps(now + 2 * DAY) == [2]
    kept = list(BatchUpload.objects.order_by("created_at"))
    assert [file.content is None for file in kept] == [True, False]  # the second is not stored yet
    assert kept[0].report is not None
    assert all_steps(now + 2 * DAY) == []


def test_what_was_submitted_is_neither_changed_nor_deleted(enter: Enter, wallet: Any) -> None:
    client = enter("operator")
    upload = uploads.checked(client, uploads.csv_of(*uploads.rows_of(1)))
    uploads.submit(client, upload)
    for change in ({"columns": {}}, {"left_out": [2]}, {"owner": builders.user()}, {"batch": None}):
        with pytest.raises(DatabaseError), transaction.atomic():
            BatchUpload.objects.update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        BatchUpload.objects.all().delete()
