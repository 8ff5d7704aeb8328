"""Calls a minute of the service endpoints, per user (of probes: per address) and endpoint."""

from lucidpay.services import SERVICES

__all__ = ["SERVICE_RATE_LIMITS"]

SERVICE_RATE_LIMITS = {
    "service.ready": 120,
    "service.status": 60,
    "service.stats": 60,
    **{f"{name}.stats": 60 for name in SERVICES},
    "service.config": 60,
    "service.restart": 10,
}
