"""`GET /config`: the settings as they are in force in the process that answers; no secret is shown.

One table: group → setting → what is shown of it. ``MASK`` stands for a secret that is set.
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlsplit

from django.conf import settings
from rest_framework.settings import api_settings

from lucidpay.celery import app
from lucidpay.health import BOOKS_LATE_S
from lucidpay.services import QUEUES
from lucidpay.workers import WORKER_SILENT_S
from tron.networks import network
from tron.route import host_of, name_of

MASK = "********"
Shown = Callable[[], Any]


def config_report() -> dict[str, dict[str, Any]]:
    """Return each group with its settings, by the names they have in the environment."""
    return {
        group: {name: shown() for name, shown in table.items()} for group, table in GROUPS.items()
    }


def _plain(*names: str) -> dict[str, Shown]:
    """Show these as they are: what they hold is no secret."""
    return {name: lambda name=name: getattr(settings, name, None) for name in names}  # type: ignore[misc]


def _secret(*names: str) -> dict[str, Shown]:
    """Show whether these are set."""
    return {name: lambda name=name: MASK if getattr(settings, name) else None for name in names}  # type: ignore[misc]


def address_shown(url: str) -> str | None:
    """Return an address without who logs in there, what is asked, and anything that is odd.

    What cannot be taken apart with certainty is a secret as a whole.
    """
    if not url:
        return None
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return MASK
    if not parts.scheme or "@" in parts.path + parts.query + parts.fragment:
        return MASK
    who = f"{MASK}@" if "@" in parts.netloc else ""
    return f"{parts.scheme}://{who}{parts.hostname or ''}{port}{parts.path}"


def _database() -> str:
    found = settings.DATABASES["default"]
    password = f":{MASK}" if found.get("PASSWORD") else ""
    port = f":{found['PORT']}" if found.get("PORT") else ""
    host = quote(str(found.get("HOST") or ""), safe="")
    return f"postgres://{found.get('USER') or ''}{password}@{host}{port}/{found['NAME']}"


def _mail_server() -> str | None:
    if not settings.EMAIL_HOST:
        return None
    kind = "+ssl" if settings.EMAIL_USE_SSL else "+tls" if settings.EMAIL_USE_TLS else ""
    who = f"{MASK}@" if settings.EMAIL_HOST_USER or settings.EMAIL_HOST_PASSWORD else ""
    return f"smtp{kind}://{who}{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"


def _options() -> dict[str, Any]:
    return dict(settings.DATABASES["default"]["OPTIONS"])


def _api_keys() -> list[str]:
    """Return one mask a key, with the host when it is a configured node's: else it may be a key."""
    urls = (*network().nodes, *filter(None, [settings.TRON_GRID_URL]))
    nodes = {part for url in urls for part in (name_of(url), host_of(url))}
    hosts = [item.partition("=")[0] for item in settings.TRON_API_KEYS]
    return [f"{host}={MASK}" if host in nodes else MASK for host in hosts]


def _log_level() -> str:
    logging: dict[str, Any] = settings.LOGGING
    return str(logging["root"]["level"])


def _lifetime_s(name: str) -> int:
    return int(settings.SIMPLE_JWT[name].total_seconds())


GROUPS: dict[str, dict[str, Shown]] = {
    "payment_processing": {
        **_plain(
            "TRON_NETWORK", "TRON_RATE_LIMIT_RPS", "TRON_CONNECT_TIMEOUT_S", "TRON_TIMEOUT_S",
            "UNSIGNED_VALID_MINUTES", "USDT_SPENDERS", "PERMISSION_KEYS",
            "WALLET_BACKUP_BY_API",
            "TRON_EXPIRATION_S", "TRON_SCAN_FRESH_S", "TRON_HEAD_AGE_MAX_S",
            "TRON_SCAN_INTERVAL_S", "TRON_FEE_LIMIT_MAX_SUN", "TRON_ENERGY_MARGIN_PERCENT",
            "PAYOUT_TRIES_MAX", "PAYOUT_NEW_ATTEMPTS", "PAYOUT_CHUNK", "PAYOUTS_TOGETHER_MAX",
            "UNDERFUNDED_PAYOUTS", "APPROVAL_VALID_S", "WALLET_ANSWER_WAIT_S", "TOP_UP_PAUSE_S",
            "PACE_TO_ENERGY", "PACE_AT_MOST_MINUTES",
            "STAKING_RENT_SUN_PER_ENERGY_DAY",
        ),
        "TRON_NODES": lambda: [name_of(url) for url in network().nodes],
        "TRON_API_KEYS": _api_keys,
        "TRON_PROXY": lambda: address_shown(settings.TRON_PROXY),
        "TRON_GRID_URL": lambda: name_of(settings.TRON_GRID_URL) or None,
        "TRON_GENESIS_ID": lambda: network().genesis_id,
        "USDT_CONTRACT": lambda: network().usdt_contract,
    },
    "batch_processing": _plain(
        "IMPORT_ROWS_MAX", "UPLOAD_BYTES_MAX", "API_BATCH_BODY_MAX_BYTES",
        "PAYMENT_BATCH_BODY_MAX_BYTES", "CELERY_BEAT_SCHEDULER",
    ),
    "fee_management": _plain(
        "RATE_MANUAL_VALID_MINUTES", "RATE_PAIR", "RATE_PAIR_VALID_S",
        "RATE_PAIR_LIQUIDITY_MIN_USDT",
    ),
    "reconciliation": _plain("RECONCILE_INTERVAL_S", "PAYMENT_EXPIRY_MINUTES"),
    "settlement": _plain(
        "SETTLEMENT_ADDRESS", "SETTLEMENT_FREQUENCY", "SETTLEMENT_TIME_UTC",
        "SETTLEMENT_THRESHOLD_USDT", "SETTLEMENT_MAX_USDT", "SWEEP_MIN_USDT", "SWEEP_MIN_TRX",
    ),
    "webhooks": {
        **_plain(
            "WEBHOOK_ALLOW_HOSTS", "WEBHOOK_HTTPS_ONLY", "WEBHOOK_RETRIES_S", "WEBHOOK_TIMEOUT_S",
            "WEBHOOK_CONCURRENCY", "WEBHOOK_CONCURRENCY_TOTAL", "WEBHOOK_SENDERS",
            "WEBHOOK_DISABLE_AFTER_S", "WEBHOOK_ENDPOINTS_MAX", "WEBHOOK_ROTATION_OVERLAP_S",
        ),
        **_secret("INBOUND_WEBHOOK_SECRET"),
        "EMAIL_URL": _mail_server,
        "EMAIL_FROM": lambda: settings.DEFAULT_FROM_EMAIL,
    },
    "transaction_limits": _plain(
        "BATCH_AMOUNT_MAX_USDT", "IMPORT_AMOUNT_MAX_USDT", "TRX_TRANSFER_DAILY_MAX",
        "PAYMENT_AMOUNT_MAX_USDT", "PAYMENTS_DAILY_MAX_USDT", "PAYMENT_REVIEW_ABOVE_USDT",
        "PAYMENTS_PER_MINUTE_MAX", "PAYER_PER_MINUTE_MAX", "PAYMENT_LEGS_MAX",
        "PAYMENT_BATCH_MAX",
    ),
    "refunds": _plain("REFUND_COST_MICRO", "REFUND_COST_SUN", "LATE_REFUND_AFTER_MINUTES"),
    "monitoring": {
        **_secret("METRICS_TOKEN"),
        **_plain("WORKER_METRICS_PORT", "WORKER_METRICS_ADDRESS"),
        **_plain(
            "REPORT_LINK_MINUTES", "REPORT_ROWS_MAX", "REPORT_PDF_ROWS_MAX", "ORGANISATION"
        ),
    },
    "health_check": {
        "WORKER_SILENT_S": lambda: WORKER_SILENT_S,
        "BOOKS_LATE_S": lambda: BOOKS_LATE_S,
    },
    "api": {
        **_plain("RATE_LIMITS", "API_BODY_MAX_BYTES"),
        "TRUSTED_PROXIES": lambda: api_settings.NUM_PROXIES,
    },
    "security": {
        **_secret(
            "SECRET_KEY", "SECRET_KEY_PREVIOUS", "VAULT_KEY", "VAULT_KEY_PREVIOUS",
            "WEBHOOK_VAULT_KEY", "WEBHOOK_VAULT_KEY_PREVIOUS",
        ),
        **_plain(
            "VAULT_PUBLIC_KEY", "WEBHOOK_VAULT_PUBLIC_KEY", "ALLOWED_HOSTS",
            "SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS", "LOGIN_FAILURES_FREE",
            "LOGIN_FAILURES_FREE_TOTAL", "LOGIN_PAUSE_MAX_S", "LOGIN_FORGET_S",
            "STAFF_SECOND_FACTOR", "STEP_UP_FRESH_S",
        ),
        "ALLOWED_ORIGINS": lambda: settings.CSRF_TRUSTED_ORIGINS,
        "ACCESS_TOKEN_LIFETIME_S": lambda: _lifetime_s("ACCESS_TOKEN_LIFETIME"),
        "REFRESH_TOKEN_LIFETIME_S": lambda: _lifetime_s("REFRESH_TOKEN_LIFETIME"),
    },
    "database": {
        "DATABASE_URL": _database,
        "DATABASE_PREPARES": lambda: (
            _options().get("prepare_threshold") is not None
        ),
        **_plain(
            "RETENTION_IDEMPOTENCY_DAYS", "RETENTION_NODE_ANSWERS_DAYS", "RETENTION_BLOCKS_DAYS",
            "RETENTION_EVENTS_DAYS", "RETENTION_DELIVERIES_DAYS", "RETENTION_UPLOADS_DAYS",
        ),
    },
    "logging": {"LOG_LEVEL": _log_level},
    "caching": {
        "REDIS_URL": lambda: address_shown(settings.REDIS_URL),
        **_plain("REDIS_TIMEOUT_S"),
    },
    "deployment": {
        **_plain("VERSION", "DEBUG"),
        "DJANGO_SETTINGS_MODULE": lambda: settings.SETTINGS_MODULE,
        "QUEUES": lambda: list(QUEUES),
        "DOORBELLS_S": lambda: {
            entry["task"]: entry["schedule"] for entry in app.conf.beat_schedule.values()
        },
    },
}  # fmt: skip
