"""Where Django finds the platform's own models."""

from lucidpay.service.models import ServiceRestart

__all__ = ["ServiceRestart"]
