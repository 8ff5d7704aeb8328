"""Payout files that are imported twice at once, or by a process that is killed halfway."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from payouts.models import Payout, PayoutEvent
from payouts.models_batch import Batch
from tests import builders
from tests.payouts.test_batch_race import at_once
from tests.payouts.test_import import csv_file, rows_of, run
from tests.payouts.test_sign import sign_all
from tests.waiting import until
from webhooks.models import Event

pytestmark = pytest.mark.django_db(transaction=True)


def all_rows_once(count: int) -> None:
    """Check that each row of the one batch is one payout, with one event and announcement."""
    batch = Batch.objects.get()
    assert (batch.rows_stored, batch.filled_at is not None) == (count, True)
    places = Payout.objects.order_by("batch_row").values_list("batch_row", flat=True)
    assert list(places) == list(range(count))
    assert PayoutEvent.objects.count() == count
    assert Event.objects.filter(type="payout.created").count() == count
    assert Event.objects.filter(type="batch.created").count() == 1
    assert [one.kind for one in batch.events.order_by("pk")] == ["created", "filled"]


def test_two_imports_of_one_file_at_once_are_one_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("payouts.management.commands.import_payouts.CHUNK", 5)
    builders.hot_wallet()
    builders.user(username="payroll")
    # Without references, nothing but the file's key stands between the two.
    rows = [[builders.address(), "1", "salary", ""] for _ in range(32)]
    path = csv_file(tmp_path, *rows)
    other = csv_file(tmp_path, *rows, name="copy")
    said = at_once(lambda: run(path), lambda: run(other), lambda: run(path))
    assert len({text.splitlines()[0] for text in said}) == 1
    all_rows_once(32)


def test_an_import_that_is_killed_halfway_goes_on_there(tmp_path: Path) -> None:
    wallet = builders.hot_wallet()
    builders.user(username="payroll")
    count = 4000
    path = csv_file(tmp_path, *rows_of(count))
    words = ["manage.py", "import_payouts", str(path), "--owner", "payroll"]
    words += ["--batch-type", "IMMEDIATE"]
    child = subprocess.Popen(
        [sys.executable, *words],
        env={**os.environ, "DATABASE_URL": _address_of_this_database()},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    until("some rows are in", lambda: Payout.objects.exists() or child.poll() is not None)
    child.send_signal(signal.SIGKILL)
    said, _ = child.communicate()
    stored = Payout.objects.count()
    assert 0 < stored < count, said
    assert Batch.objects.get().rows_stored == stored
    assert sign_all(wallet) == 0

    run(path, "--batch-type", "IMMEDIATE")
    all_rows_once(count)


def _address_of_this_database() -> str:
    """Return the address of the database of this test, for a process of its own."""
    given = os.environ["DATABASE_URL"]
    return f"{given.rpartition('/')[0]}/{connection.settings_dict['NAME']}"
