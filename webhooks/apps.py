"""What happened, for others to hear."""

from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    """The outbox of events."""

    name = "webhooks"
    verbose_name = "Webhooks"
