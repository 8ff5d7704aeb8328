"""The boot check of the ways to PostgreSQL and Redis (``lucidpay/checks.py`` has the others)."""

from collections.abc import Iterable
from ipaddress import ip_address
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.core.checks import Warning, register

from lucidpay.checks import is_production


@register()
def check_tls(**_: Any) -> list[Warning]:
    """W002: PostgreSQL, and W003: Redis on another machine is spoken to by TLS, and is known."""
    if not is_production():
        return []
    found = []
    if not _is_private(_database_hosts()) and not _database_is_checked():
        said = "PostgreSQL is on another machine, and who answers there is not checked by TLS."
        hint = "Add ?sslmode=verify-full&sslrootcert=/path/ca.pem to DATABASE_URL."
        found.append(Warning(said, hint=hint, id="lucidpay.W002"))
    if not _is_private([_redis_host()]) and not _redis_is_checked():
        said = "Redis is on another machine, and who answers there is not checked by TLS."
        hint = "Give REDIS_URL as rediss://…?ssl_ca_certs=/path/ca.pem&ssl_cert_reqs=required."
        found.append(Warning(said, hint=hint, id="lucidpay.W003"))
    return found


def _database_hosts() -> list[str]:
    return str(settings.DATABASES["default"]["HOST"]).split(",")


def _database_is_checked() -> bool:
    mode = settings.DATABASES["default"]["OPTIONS"].get("sslmode")
    return mode in ("verify-ca", "verify-full")


def _redis_host() -> str:
    return urlsplit(settings.REDIS_URL).hostname or ""


def _redis_is_checked() -> bool:
    parts = urlsplit(settings.REDIS_URL)
    asked = parse_qs(parts.query)
    says = [*asked.get("ssl_cert_reqs", ()), *asked.get("ssl_check_hostname", ())]
    weak = {"none", "optional", "CERT_NONE", "CERT_OPTIONAL", "false", "False"}
    return parts.scheme == "rediss" and not weak.intersection(says)


def _is_private(hosts: Iterable[str]) -> bool:
    """Return whether nobody else can be on the way to these hosts: sockets and this machine."""
    return all(host in ("", "localhost") or host[0] in "/@" or _is_loopback(host) for host in hosts)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False  # a name
