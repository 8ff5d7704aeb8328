"""Who may call."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    """Users, API keys, scopes and idempotency records."""

    name = "access"
    verbose_name = "Access"
