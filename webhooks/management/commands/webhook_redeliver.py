"""`manage.py webhook_redeliver delivery_… | --endpoint webhook_… --since TIME`."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.dateparse import parse_datetime

from lucidpay.clock import utc_now
from lucidpay.doorbell import ring
from lucidpay.errors import LucidError
from lucidpay.ids import parse_public_id
from webhooks import tasks
from webhooks.models import Delivery
from webhooks.services.redeliver import delivery_redeliver, endpoint_redeliver


class Command(BaseCommand):
    """Sends again what was sent, given up or missed."""

    help = "Send a delivery again, or all that a webhook failed to take or missed since a time."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare what is sent again."""
        parser.add_argument("delivery", nargs="?", help="delivery_…")
        parser.add_argument("--endpoint", default="", help="webhook_…, with --since")
        parser.add_argument("--since", default="", help="Such as 2026-01-31T09:00:00Z.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Let it be due now, and ring those who send."""
        delivery, endpoint, since = options["delivery"], options["endpoint"], options["since"]
        if bool(delivery) == bool(endpoint) or bool(endpoint) != bool(since):
            raise CommandError("Name a delivery, or --endpoint and --since.")
        try:
            if delivery:
                self._one(_key("delivery", delivery))
            else:
                self._all(_key("webhook", endpoint), _moment(since))
        except LucidError as error:
            raise CommandError(error.message) from error
        ring(tasks.deliver)

    def _one(self, key: UUID) -> None:
        if not Delivery.objects.filter(pk=key).exists():
            raise CommandError("There is no delivery with this id.")
        delivery = delivery_redeliver(delivery_id=key, now=utc_now())
        self.stdout.write(f"{delivery.public_id} is due now.")

    def _all(self, key: UUID, since: datetime) -> None:
        total, after = 0, 0
        while True:
            done = endpoint_redeliver(endpoint_id=key, since=since, after=after, now=utc_now())
            total, after = total + done.count, done.after or 0
            if not done.has_more:
                break
        self.stdout.write(f"{total} deliveries are due now.")


def _key(prefix: str, text: str) -> UUID:
    key = parse_public_id(prefix, text)
    if key is None:
        raise CommandError(f"{text!r} is not {prefix}_ and 32 hex digits.")
    return key


def _moment(text: str) -> datetime:
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None:
        raise CommandError(f"{text!r} is no time such as 2026-01-31T09:00:00Z.")
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
