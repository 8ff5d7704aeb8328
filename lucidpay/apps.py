"""The platform's own app: boot checks, and the Celery app that tasks are sent through."""

from django.apps import AppConfig


class LucidPayConfig(AppConfig):
    """Registers the boot checks and makes the Celery app the current one."""

    name = "lucidpay"
    verbose_name = "LucidPay"

    def ready(self) -> None:
        """Import them; that is what registers them."""
        from lucidpay import celery, checks, checks_tls  # noqa: F401
