"""Settings that hold everywhere. What differs stands in dev, test and production."""

import logging
from pathlib import Path

from lucidpay.services import HOUSEKEEPING_QUEUE
from lucidpay.settings import env
from lucidpay.settings.access import *  # noqa: F403
from lucidpay.settings.batches import *  # noqa: F403
from lucidpay.settings.batches import BATCH_RATE_LIMITS
from lucidpay.settings.console import UNFOLD  # noqa: F401  (read by the admin's theme)
from lucidpay.settings.gateway import *  # noqa: F403
from lucidpay.settings.gateway import GATEWAY_RATE_LIMITS
from lucidpay.settings.logs import *  # noqa: F403
from lucidpay.settings.metrics import *  # noqa: F403
from lucidpay.settings.openapi import OPENAPI
from lucidpay.settings.pages import CONTENT_SECURITY_POLICY  # noqa: F401  (read by django-csp)
from lucidpay.settings.retention import *  # noqa: F403
from lucidpay.settings.review import APPROVAL_VALID_S  # noqa: F401
from lucidpay.settings.service import SERVICE_RATE_LIMITS
from lucidpay.settings.staking import *  # noqa: F403
from lucidpay.settings.tron import TRON_RATE_LIMITS
from lucidpay.settings.wallets import *  # noqa: F403
from lucidpay.settings.wallets import WALLET_RATE_LIMITS
from lucidpay.settings.webhooks import *  # noqa: F403
from lucidpay.settings.webhooks import WEBHOOK_RATE_LIMITS

BASE_DIR = Path(__file__).resolve().parent.parent.parent
RUN_DIR = BASE_DIR / ".lucidpay"
VERSION = "0.1.0"

# --- Django -------------------------------------------------------------------------------------
SECRET_KEY = env.text("SECRET_KEY")
# While it is replaced: second factors that the one before has sealed open as well.
SECRET_KEY_PREVIOUS = env.text("SECRET_KEY_PREVIOUS")
SECRET_KEY_FALLBACKS = [SECRET_KEY_PREVIOUS] if SECRET_KEY_PREVIOUS else []
DEBUG = False
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS")
INSTALLED_APPS = [
    # Before the theme, in place of some of whose files stand ours.
    "lucidpay",
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_prometheus",
    "django_structlog",
    "django_celery_beat",
    "pgtrigger",
    "pghistory",
    "access",
    "tron",
    "webhooks",
    "wallets",
    "staking",
    "payouts",
    "gateway",
]
MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "lucidpay.middleware.Protection",
    "lucidpay.api.request_id.RequestIdMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "lucidpay.middleware.Policy",
    # Refuses other hosts; before the files, so that these are for ours as well.
    "django.middleware.common.CommonMiddleware",
    "lucidpay.middleware.Files",
    "lucidpay.middleware.Sessions",
    "lucidpay.middleware.Csrf",
    "lucidpay.middleware.Authentication",
    "access.gate.GateMiddleware",
    "access.acting.ActingMiddleware",
    "lucidpay.middleware.Messages",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "lucidpay.middleware.Counting",
]
# Asking for migrations at every start would need a database before there is one.
PROMETHEUS_EXPORT_MIGRATIONS = False
ROOT_URLCONF = "lucidpay.urls"
WSGI_APPLICATION = "lucidpay.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "tron.console.halted",
            ]
        },
    }
]
LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True
STATIC_URL = "/static/"
WHITENOISE_ALLOW_ALL_ORIGINS = False
# A request names one host, and no proxy may name another.
USE_X_FORWARDED_HOST = USE_X_FORWARDED_PORT = False
STATIC_ROOT = RUN_DIR / "static"
# Nothing redirects an API call for its slash: it would turn a POST into a GET. The API's own
# patterns take both forms; the admin adds its slashes by itself.
APPEND_SLASH = False
# The admin's forms are the only large form posts; API bodies have a bound of their own.
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
DATA_UPLOAD_MAX_NUMBER_FILES = 1
API_BODY_MAX_BYTES = 65_536

# --- PostgreSQL and Redis -----------------------------------------------------------------------
_DATABASE = env.database()
DATABASES = {
    "default": {
        **_DATABASE,
        "ENGINE": "lucidpay.database",
        # Kept open and checked before use, so a restarted server costs one new connection.
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        # Never "server_side_binding": with it `F("units") + 5_000_000_000` silently becomes
        # + 705_032_704 (docs/adr/0002-client-side-binding.md).
        "OPTIONS": {
            "connect_timeout": 5,
            # A frozen or cut-off worker must not keep its locks: no node is ever asked inside a
            # transaction, so none lasts long. What is prepared is planned once, and not for the
            # values of each of its first five calls: the plan takes longer than the statement.
            "options": "-c idle_in_transaction_session_timeout=60000 -c lock_timeout=15000"
            " -c plan_cache_mode=force_generic_plan",
            "keepalives_idle": 30,
            "keepalives_interval": 10,
            "keepalives_count": 3,
            "tcp_user_timeout": 30_000,
            # Of lucidpay/sql.py alone. A pooler that cannot keep prepared statements apart, such
            # as PgBouncer before 1.21, needs it off.
            "prepare_threshold": 0 if env.flag("DATABASE_PREPARES", default=True) else None,
            # What the address says, such as ?sslmode=verify-full, has the last word.
            **_DATABASE.get("OPTIONS", {}),
        },
    }
}
REDIS_URL = env.redis_url()
REDIS_TIMEOUT_S = 2

# --- The chain ----------------------------------------------------------------------------------
TRON_NETWORK = env.text("TRON_NETWORK", "sandbox")
TRON_NODES = env.words("TRON_NODES")
TRON_API_KEYS = env.words("TRON_API_KEYS")
TRON_PROXY = env.text("TRON_PROXY")
# Requests a second to a node and key, over all processes; 0 leaves it to tron/buckets.py.
TRON_RATE_LIMIT_RPS = env.number("TRON_RATE_LIMIT_RPS", 0, low=0, high=10_000)
TRON_GENESIS_ID = env.text("TRON_GENESIS_ID")
# An indexer that tells the history of addresses which are not watched here.
TRON_GRID_URL = env.text("TRON_GRID_URL")
USDT_CONTRACT = env.text("USDT_CONTRACT")
TRON_CONNECT_TIMEOUT_S = 3
TRON_TIMEOUT_S = 10
# How far ahead of the head block a transaction expires: long enough to be included, short enough
# that a lost one is proven dead soon.
TRON_EXPIRATION_S = env.number("TRON_EXPIRATION_S", 120, low=60, high=180)
# Nothing is signed when the scanner was not at the solid head within this time.
TRON_SCAN_FRESH_S = env.number("TRON_SCAN_FRESH_S", 30, low=5, high=600)
# A node whose head is older stands still. Above five minutes, so that a clock that is wrong by
# as much stops nobody's payouts.
TRON_HEAD_AGE_MAX_S = env.number("TRON_HEAD_AGE_MAX_S", 330, low=30, high=3600)
TRON_SCAN_INTERVAL_S = env.number("TRON_SCAN_INTERVAL_S", 3, low=1, high=60)
TRON_FEE_LIMIT_MAX_SUN = env.number(
    "TRON_FEE_LIMIT_MAX_SUN", 50_000_000, low=1_000_000, high=15_000_000_000
)
# The dynamic energy model may raise a price by a fifth between estimate and execution.
TRON_ENERGY_MARGIN_PERCENT = env.number("TRON_ENERGY_MARGIN_PERCENT", 30, low=25, high=300)

# --- Keys ---------------------------------------------------------------------------------------
# The web side seals with the public key; only a worker is given the other one.
VAULT_PUBLIC_KEY = env.text("VAULT_PUBLIC_KEY")
VAULT_KEY = env.text("VAULT_KEY")
# While it is replaced: what the one before has sealed opens as well (`manage.py rotate_vault_key`).
VAULT_KEY_PREVIOUS = env.text("VAULT_KEY_PREVIOUS")
# A pair of its own for secrets of webhooks; without one, theirs are in the vault above.
WEBHOOK_VAULT_PUBLIC_KEY = env.text("WEBHOOK_VAULT_PUBLIC_KEY")
WEBHOOK_VAULT_KEY = env.text("WEBHOOK_VAULT_KEY")
WEBHOOK_VAULT_KEY_PREVIOUS = env.text("WEBHOOK_VAULT_KEY_PREVIOUS")

# --- Payouts ------------------------------------------------------------------------------------
PAYOUT_TRIES_MAX = env.number("PAYOUT_TRIES_MAX", 5, low=1, high=20)
# After receipts that prove that nothing was paid. Each costs the fee of an attempt.
PAYOUT_NEW_ATTEMPTS = env.number("PAYOUT_NEW_ATTEMPTS", 1, low=0, high=3)
PAYOUT_CHUNK = env.number("PAYOUT_CHUNK", 500, low=1, high=1000)
# How long a top-up that people did not pay is not asked for again.
TOP_UP_PAUSE_S = env.number("TOP_UP_PAUSE_S", 3600, low=0, high=604_800)
UNDERFUNDED_PAYOUTS = env.text("UNDERFUNDED_PAYOUTS", "refuse")
# Requests for payouts that meet in a process are stored by one statement; 1: each by its own.
PAYOUTS_TOGETHER_MAX = env.number("PAYOUTS_TOGETHER_MAX", 32, low=1, high=100)

# --- Books --------------------------------------------------------------------------------------
# How often each wallet's books are compared with the chain.
RECONCILE_INTERVAL_S = env.number("RECONCILE_INTERVAL_S", 300, low=1, high=86_400)

# --- API ----------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["access.authentication.BearerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["access.permissions.HasScope"],
    "DEFAULT_THROTTLE_CLASSES": ["lucidpay.api.throttling.WindowThrottle"],
    "DEFAULT_RENDERER_CLASSES": ["lucidpay.api.json.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["lucidpay.api.json.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "lucidpay.api.openapi.Schema",
    "EXCEPTION_HANDLER": "lucidpay.api.errors.exception_handler",
    "URL_FORMAT_OVERRIDE": None,
    # With 0, X-Forwarded-For is not believed, so nobody can pick their own rate limit bucket.
    "NUM_PROXIES": env.number("TRUSTED_PROXIES", 0, low=0, high=10),
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
# Calls a minute, per user (or address) and endpoint. RATE_LIMITS changes some of them, and a
# key's own limits override them.
_RATE_LIMITS = {
    "payouts.create": 10,
    "payouts.get": 60,
    "payouts.list": 30,
    "payouts.events": 30,
    "payouts.cancel": 10,
    "payouts.v0": 10,
    "payouts.kyc": 10,
    "payouts.direct": 10,
    "payouts.transfer": 10,
    "payouts.analytics": 60,
    "kyc.add": 10,
    "kyc.get": 60,
    "kyc.revoke": 10,
    "trusted.list": 60,
    "trusted.add": 10,
    "trusted.remove": 10,
    "stats": 20,
    **BATCH_RATE_LIMITS,
    **GATEWAY_RATE_LIMITS,
    **WALLET_RATE_LIMITS,
    **WEBHOOK_RATE_LIMITS,
    "kill_switch.get": 60,
    "kill_switch.set": 10,
    **TRON_RATE_LIMITS,
    "health": 120,
    **SERVICE_RATE_LIMITS,
    "auth.token": 10,
    "auth.refresh": 10,
    "auth.revoke": 10,
}
RATE_LIMITS = env.counts("RATE_LIMITS", _RATE_LIMITS, low=1, high=1_000_000)
SPECTACULAR_SETTINGS = {**OPENAPI, "VERSION": VERSION}

# --- Celery (queues and schedule: lucidpay/celery.py) -------------------------------------------
CELERY_BROKER_URL = env.broker_url(REDIS_URL)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = HOUSEKEEPING_QUEUE
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_connect_timeout": REDIS_TIMEOUT_S,
    "socket_timeout": 10,
    "global_keyprefix": "lucidpay:",
    # A request must not wait seconds for a bell that nobody can ring; beat sweeps anyway.
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.1,
    "interval_max": 0.1,
}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# `POST /restart/{service_name}` (lucidpay/service/restart.py) replaces the processes of a pool.
CELERY_WORKER_POOL_RESTARTS = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 5
DJANGO_STRUCTLOG_CELERY_ENABLED = True
# The id in the header is ours by then: RequestIdMiddleware has checked or made it.
DJANGO_STRUCTLOG_TRUST_UPSTREAM_REQUEST_ID = True
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False  # RequestIdMiddleware tells it
# One line a request, at its end. LOG_LEVEL=DEBUG shows the beginnings, too.
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = logging.DEBUG

# --- Admin --------------------------------------------------------------------------------------
# For those who come to the login page by themselves.
LOGIN_REDIRECT_URL = "admin:index"
