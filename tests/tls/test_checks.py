"""Production warns where what it says to another machine could be read or answered by others."""

from typing import Any

import pytest

from lucidpay import checks_tls

pytestmark = pytest.mark.filterwarnings("ignore:Overriding setting DATABASES")


@pytest.fixture(autouse=True)
def _production(monkeypatch: pytest.MonkeyPatch) -> None:
    # Under pytest the settings do not know any more which module they are of.
    monkeypatch.setattr(checks_tls, "is_production", lambda: True)


def warned(settings: Any, host: str, options: dict[str, Any], redis_url: str) -> set[str | None]:
    """Return the ids of what production would be warned of."""
    default = settings.DATABASES["default"]
    settings.DATABASES = {"default": default | {"HOST": host, "OPTIONS": options}}
    settings.REDIS_URL = redis_url
    return {one.id for one in checks_tls.check_tls()}


@pytest.mark.parametrize(
    ("host", "options", "redis_url", "ids"),
    [
        ("db.example", {}, "redis://cache.example/0", {"W002", "W003"}),
        ("10.0.0.7", {"sslmode": "require"}, "rediss://c.example/0?ssl_cert_reqs=none",
         {"W002", "W003"}),
        ("/run/pg,db.example", {"sslmode": "verify-full"}, "redis://[fd00::1]:6379", {"W003"}),
        ("127.0.0.1,10.0.0.7", {"sslmode": "prefer"}, "rediss://cache.example", {"W002"}),
        ("db.example", {"sslmode": "verify-ca"}, "rediss://c.example?ssl_ca_certs=/ca.pem", set()),
        ("/run/postgresql", {}, "unix:///run/valkey.sock?db=0", set()),
        ("", {}, "redis://localhost:6379/1", set()),
        ("::1", {}, "redis://[::1]:6379/1", set()),
    ],
)  # fmt: skip
def test_it_warns_of_each_server_that_is_not_checked(
    settings: Any, host: str, options: dict[str, Any], redis_url: str, ids: set[str]
) -> None:
    found = warned(settings, host, options, redis_url)
    assert found == {f"lucidpay.{one}" for one in ids}


def test_elsewhere_than_in_production_nobody_is_warned(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks_tls, "is_production", lambda: False)
    assert warned(settings, "db.example", {}, "redis://cache.example/0") == set()
