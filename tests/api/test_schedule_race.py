"""A schedule is edited between the two statements of a request that waits for it."""

from threading import Thread
from typing import Any

import pytest
from django.db import connection

from lucidpay.clock import NEVER, utc_now
from payouts.models import Payout
from payouts.services import request
from payouts.services.edit_schedule import release_schedule_edit
from payouts.services.follow_schedules import schedules_follow
from tests import builders
from tests.api.client import caller


@pytest.mark.django_db(transaction=True)
def test_a_schedule_that_is_switched_off_amid_a_request_holds_its_payout(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    schedules_follow(now=utc_now())
    builders.hot_wallet()
    stored, editing = request._stored, Thread(target=_switch_off)

    def edited_before(*arguments: Any) -> Any:
        editing.start()
        editing.join(1)  # where nothing holds the edit back it is through by then
        return stored(*arguments)

    monkeypatch.setattr(request, "_stored", edited_before)
    assert caller().pay(batch_type="DAILY").status == 201
    editing.join(60)
    assert Payout.objects.get().due_at >= NEVER


def _switch_off() -> None:
    release_schedule_edit(
        batch_type="DAILY", crontab="0 0 * * *", timezone="UTC", enabled=False, now=utc_now()
    )
    connection.close()
