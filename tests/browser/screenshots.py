"""A page of which no journey keeps a picture. Run by ``python -m tests.browser`` only."""

import pytest

from lucidpay.clock import utc_now
from tests import builders
from tests.browser.conftest import Visit
from tests.browser.test_admin import log_in, picture
from tests.webhooks.api import hooks
from webhooks.models import Delivery, Event

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_page_of_a_webhook(visit: Visit) -> None:
    olivia = builders.user("operator", username="olivia", is_staff=True)
    builders.hot_wallet()
    owner = builders.user(username="acme-payroll")
    hook = hooks.endpoint(owner)
    for number in range(3):
        builders.payout(owner, status="confirmed", reference_id=f"invoice-{number}")
    for event in Event.objects.filter(type="payout.confirmed"):
        delivery = hooks.delivery(hook, event)
        hooks.attempts(delivery, [1])
        Delivery.objects.filter(pk=delivery.pk).update(
            status=Delivery.Status.DELIVERED, ended_at=utc_now()
        )
    log_in(visit, olivia)
    visit.go(f"/admin/webhooks/endpoint/{hook.pk}/change/")
    picture(visit, "webhook")
