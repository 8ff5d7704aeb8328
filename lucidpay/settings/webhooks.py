"""Webhooks: where to, how often, how long."""

from lucidpay.settings import env

# Hosts, addresses and networks that may be internal. Nothing else that is not public is sent to.
WEBHOOK_ALLOW_HOSTS = env.words("WEBHOOK_ALLOW_HOSTS")
# Production insists (lucidpay/settings/production.py).
WEBHOOK_HTTPS_ONLY = False
# Seconds from one try to the next; after the last one a delivery is given up.
WEBHOOK_RETRIES_S = env.numbers(
    "WEBHOOK_RETRIES_S",
    "5,300,1800,7200,18000,36000,50400,72000,86400",
    low=1,
    high=604_800,
)
WEBHOOK_TIMEOUT_S = env.number("WEBHOOK_TIMEOUT_S", 30, low=1, high=60)
# Requests that are under way to one endpoint, and in all.
WEBHOOK_CONCURRENCY = env.number("WEBHOOK_CONCURRENCY", 10, low=1, high=100)
WEBHOOK_CONCURRENCY_TOTAL = env.number("WEBHOOK_CONCURRENCY_TOTAL", 500, low=10, high=10_000)
# Processes, over all workers, that send at the same time. The others are left to payouts.
WEBHOOK_SENDERS = env.number("WEBHOOK_SENDERS", 1, low=1, high=64)
# An endpoint that has failed for so long is switched off, and its owner told.
WEBHOOK_DISABLE_AFTER_S = env.number("WEBHOOK_DISABLE_AFTER_S", 432_000, low=3600, high=8_640_000)
WEBHOOK_ENDPOINTS_MAX = env.number("WEBHOOK_ENDPOINTS_MAX", 100, low=1, high=10_000)
# How long a secret that was replaced still signs beside the new one, unless said otherwise.
WEBHOOK_ROTATION_OVERLAP_S = 86_400
# Where owners are told from that an endpoint was switched off.
_MAIL = env.mail()
EMAIL_HOST, EMAIL_PORT = _MAIL["EMAIL_HOST"], _MAIL["EMAIL_PORT"]
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _MAIL["EMAIL_HOST_USER"], _MAIL["EMAIL_HOST_PASSWORD"]
EMAIL_USE_TLS, EMAIL_USE_SSL = _MAIL["EMAIL_USE_TLS"], _MAIL["EMAIL_USE_SSL"]
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM", "lucidpay@localhost")
# Keyed with it, a chain watcher's hint is taken. Without one, none is.
INBOUND_WEBHOOK_SECRET = env.text("INBOUND_WEBHOOK_SECRET")
# Calls a minute, per user and endpoint.
WEBHOOK_RATE_LIMITS = {
    "webhooks.register": 10,
    "webhooks.list": 60,
    "webhooks.get": 60,
    "webhooks.change": 10,
    "webhooks.delete": 10,
    "webhooks.rotate": 10,
    "webhooks.test": 10,
    "webhooks.deliveries": 60,
    "webhooks.delivery": 60,
    "webhooks.redeliver": 10,
    "webhooks.redeliver_since": 10,
    "webhooks.events": 60,
    "webhooks.inbound": 60,
}
