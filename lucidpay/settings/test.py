"""Settings for the tests: the same parts as in development, cheaper passwords, quiet logs."""

import os

from lucidpay.settings.base import *  # noqa: F403
from lucidpay.settings.base import DATABASES, env
from lucidpay.settings.logs import LOGGING

SECRET_KEY = "only-for-tests-" + "x" * 40
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
# A database that is migrated already, made by tests/plugin.py.
DATABASES["default"]["TEST"] = {"TEMPLATE": os.environ.get("TEST_TEMPLATE")}
# Nothing of it outlives the run. Power cuts are tried on platforms of their own.
DATABASES["default"]["OPTIONS"]["options"] += " -c synchronous_commit=off"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STAFF_SECOND_FACTOR = "optional"
TRON_NETWORK = "sandbox"
TRON_NODES = env.words("TRON_NODES", "http://127.0.0.1:1")
TRON_SCAN_INTERVAL_S = 1
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
LOGGING["root"]["level"] = env.text("LOG_LEVEL", "WARNING")  # type: ignore[index]
