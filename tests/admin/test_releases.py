"""Release schedules in the admin, and the pages of batches."""

import pytest
from django.urls import reverse
from django_celery_beat.models import PeriodicTask

from access.models import User
from payouts.models import Payout
from payouts.models_batch import ReleaseSchedule
from tests import builders
from tests.admin import pages
from tests.admin.conftest import Enter

MODEL = "django_celery_beat_periodictask"


def task(batch_type: str = "DAILY") -> PeriodicTask:
    """Return beat's row of this kind."""
    return PeriodicTask.objects.get(name=f"release {batch_type}")


def form(**fields: str) -> dict[str, str]:
    """Return the form of 18:00 in Berlin, every day."""
    given = {"enabled": "on", "minute": "0", "hour": "18", "day_of_month": "*",
             "month_of_year": "*", "day_of_week": "*", "timezone": "Europe/Berlin"}  # fmt: skip
    return {name: value for name, value in {**given, **fields}.items() if value}


@pytest.mark.contract("C-BATCH-12")
@pytest.mark.parametrize("role", ["operator", "approver", "admin"])
def test_it_is_edited_and_what_waits_follows(payee_owner: User, enter: Enter, role: str) -> None:
    waiting = builders.payout(payee_owner, batch_type="DAILY")
    client = enter(role)
    assert "0 0 * * *" in client.get(pages.listing(MODEL)).content.decode()
    answer = client.post(pages.detail(task()), form())
    assert answer.status_code == 302
    schedule = ReleaseSchedule.objects.get(pk="DAILY")
    assert (schedule.crontab, schedule.timezone) == ("0 18 * * *", "Europe/Berlin")
    due_at = Payout.objects.get(pk=waiting.pk).due_at
    assert due_at != waiting.due_at
    assert due_at.hour in (16, 17)
    assert "0 18 * * *" in client.get(pages.listing(MODEL)).content.decode()


def test_it_is_switched_off(payee_owner: User, enter: Enter) -> None:
    client = enter()
    client.post(pages.detail(task()), form(enabled=""))
    assert ReleaseSchedule.objects.get(pk="DAILY").enabled is False
    assert "switched off" in client.get(pages.listing(MODEL)).content.decode()


@pytest.mark.parametrize(
    "wrong",
    [{"minute": "61"}, {"hour": "x"}, {"day_of_month": "31", "month_of_year": "2"},
     {"timezone": "Mars"}, {"minute": "* * *"}, {"hour": ""}],
)  # fmt: skip
def test_a_schedule_that_never_comes_is_refused(
    db: None, enter: Enter, wrong: dict[str, str]
) -> None:
    answer = enter().post(pages.detail(task()), form(**wrong))
    assert answer.status_code == 200
    assert ReleaseSchedule.objects.get(pk="DAILY").crontab == "0 0 * * *"


def test_an_auditor_looks_only(db: None, enter: Enter) -> None:
    client = enter("auditor")
    assert client.get(pages.listing(MODEL)).status_code == 200
    assert client.post(pages.detail(task()), form()).status_code == 403
    assert ReleaseSchedule.objects.get(pk="DAILY").crontab == "0 0 * * *"


def test_nobody_adds_or_deletes_one(db: None, enter: Enter) -> None:
    client = enter("admin", is_superuser=True)
    assert client.post(reverse(f"admin:{MODEL}_add"), form()).status_code == 403
    delete = reverse(f"admin:{MODEL}_delete", args=[task().pk])
    assert client.post(delete, {"post": "yes"}).status_code == 403
    assert PeriodicTask.objects.count() == 3


def test_other_tasks_of_beat_have_no_page(db: None, enter: Enter) -> None:
    other = PeriodicTask.objects.create(name="other", task="payouts.sign", crontab=task().crontab)
    client = enter("admin")
    assert "other" not in client.get(pages.listing(MODEL)).content.decode()
    assert client.post(pages.detail(other), form()).status_code == 302
    other.refresh_from_db()
    assert other.crontab == task().crontab


def test_a_batch_is_found_by_its_id_and_its_payouts_too(payee_owner: User, enter: Enter) -> None:
    batch = builders.batch(payee_owner, batch_type="DAILY")
    builders.batch(payee_owner)
    client = enter()
    found = client.get(pages.listing("payouts_batch"), {"q": batch.public_id})
    assert found.context["cl"].result_count == 1
    payouts = client.get(pages.LIST, {"q": batch.public_id})
    assert payouts.context["cl"].result_count == 3
    page = client.get(pages.detail(batch)).content.decode()
    assert "scheduled" in page
    assert "asked for" in page
    assert batch.public_id in client.get(pages.detail(batch.payout_set.first())).content.decode()
