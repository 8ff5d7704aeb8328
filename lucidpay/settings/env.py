"""Typed readers of the environment.

Every setting ``X`` can also be given as ``X_FILE``, a path whose content is the value; a file
that is named but cannot be read stops the start instead of leaving a secret empty.
"""

from typing import Any
from urllib.parse import unquote

import environ
from django.core.exceptions import ImproperlyConfigured

_env = environ.FileAwareEnv()


def text(name: str, default: str = "") -> str:
    """Return the setting without surrounding white space (files end with a newline)."""
    return str(_env.str(name, default)).strip()


def flag(name: str, *, default: bool) -> bool:
    """Return the setting as a boolean (`1 true yes on` and their opposites)."""
    return bool(_env.bool(name, default))


def number(name: str, default: int, *, low: int, high: int) -> int:
    """Return the setting as an integer within ``low … high``, or stop the start."""
    value = _env.int(name, default)
    if not low <= value <= high:
        raise ImproperlyConfigured(f"{name}={value} must be within {low} … {high}")
    return int(value)


def words(name: str, default: str = "") -> list[str]:
    """Return the comma-separated setting as a list without empty items."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def database(name: str = "DATABASE_URL") -> dict[str, Any]:
    """Return Django's form of the database address; a unix socket's path is percent-encoded."""
    url = text(name)
    if not url:
        raise ImproperlyConfigured(
            f"{name} is not set. Give the address of a PostgreSQL server, or let the embedded one "
            "run: `python -m lucidpay.embedded run -- <command>`."
        )
    config: dict[str, Any] = _env.db_url_config(url)
    config["HOST"] = unquote(config["HOST"])
    return config


def redis_url(name: str = "REDIS_URL") -> str:
    """Return the address of the Redis server, or stop the start when there is none."""
    url = text(name)
    if not url:
        raise ImproperlyConfigured(
            f"{name} is not set. Give the address of a Redis server, or let the embedded one run: "
            "`python -m lucidpay.embedded run -- <command>`."
        )
    return url
