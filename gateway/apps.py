"""Taking payments."""

from django.apps import AppConfig


class GatewayConfig(AppConfig):
    """Payments from quote to settlement."""

    name = "gateway"
    verbose_name = "Payment gateway"
