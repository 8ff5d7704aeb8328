"""What waits for people about payments, and what could not be told to others."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef

from gateway.models_after import Reconciliation
from gateway.models_back import Dispute
from gateway.states import CheckStatus
from lucidpay.dashboard.need import NOTICE, SOON, Need, Viewer, found, listed
from lucidpay.ids import first_id_at
from webhooks.figures import endpoints_off, given_up
from webhooks.models import Delivery

DIFFERING_SINCE = timedelta(days=7)


def payment_needs(_: Viewer, now: datetime) -> Iterator[Need]:
    """Yield disputes that are open, and payments whose last check found something."""
    told = found(Dispute.objects.filter(closed_at=None).order_by("pk"), "opened_at")
    if told.count:
        url = listed("gateway_dispute", state="open")
        yield Need("disputes", SOON, "Disputes are open", url, told)
    later = Reconciliation.objects.filter(
        payment=OuterRef("payment"), created_at__gt=OuterRef("created_at")
    )
    # Ids begin with their time: a week of them is read, and not all there ever were.
    differing = Reconciliation.objects.filter(
        ~Exists(later),
        status__in=(CheckStatus.DISPUTED, CheckStatus.FAILED),
        pk__gte=first_id_at(now - DIFFERING_SINCE),
    )
    told = found(differing.order_by("-pk"), "created_at")
    if told.count:
        what = "Payments differ from the chain or the books (checks of 7 days)"
        url = listed("gateway_reconciliation", status__exact=CheckStatus.DISPUTED)
        yield Need("checks", SOON, what, url, told)


def webhook_needs(_: Viewer, now: datetime) -> Iterator[Need]:
    """Yield receivers that were switched off, and what was given up."""
    told = found(endpoints_off().order_by("disabled_at"), "disabled_at")
    if told.count:
        what = "Webhooks were switched off because they failed"
        yield Need("endpoints", SOON, what, listed("webhooks_endpoint", state="off"), told)
    told = found(given_up(now).order_by("-pk"), "ended_at")
    if told.count:
        what = "Webhook deliveries were given up in the last 24 hours"
        url = listed("webhooks_delivery", status__exact=Delivery.Status.EXHAUSTED)
        yield Need("deliveries", NOTICE, what, url, told, "They can be sent again.")
