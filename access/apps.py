"""Who may call."""

from django.apps import AppConfig
from django.db.backends.signals import connection_created


class AccessConfig(AppConfig):
    """Users, API keys, scopes and idempotency records."""

    name = "access"
    verbose_name = "Access"

    def ready(self) -> None:
        """Hear of changed rights on every connection."""
        from access.rights import watch  # the models are loaded by now

        connection_created.connect(watch)
