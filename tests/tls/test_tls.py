"""PostgreSQL and Redis over TLS: whoever answers is known by a certificate, or refused."""

import json
import os
import ssl
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import trustme
from django.db import connection
from redis import ConnectionPool

from tests.platform.running import ROOT
from tests.tls.terminator import Terminator, terminator

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
LIMIT_S = 120


@dataclass
class Servers:
    """The test run's own servers behind TLS, and two authorities; one of them is theirs."""

    postgres: Terminator
    redis: Terminator
    ours: Path
    stranger: Path

    def environment(self, database: str, broker: str) -> dict[str, str]:
        """Return an environment in which the platform goes by TLS; the options are told."""
        known, number = connection.settings_dict, _redis().get("db", 0)
        login = f"{known['USER']}:{known['PASSWORD']}@localhost:{self.postgres.port}"
        return os.environ | {
            "DATABASE_URL": f"postgres://{login}/{known['NAME']}{database}",
            "REDIS_URL": f"rediss://localhost:{self.redis.port}/{number}{broker}",
        }


def _redis() -> dict[str, Any]:
    return dict(ConnectionPool.from_url(os.environ["REDIS_URL"]).connection_kwargs)


def _postgres_place() -> str | tuple[str, int]:
    host, port = connection.settings_dict["HOST"], int(connection.settings_dict["PORT"] or 5432)
    return f"{host}/.s.PGSQL.{port}" if host.startswith("/") else (host, port)


def _redis_place() -> str | tuple[str, int]:
    known = _redis()
    return known.get("path") or (known["host"], known.get("port", 6379))


def _authority(directory: Path, name: str) -> tuple[trustme.CA, Path]:
    made, path = trustme.CA(), directory / f"{name}.pem"
    made.cert_pem.write_to_path(str(path))
    return made, path


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    directory = tmp_path_factory.mktemp("tls")
    authority, ours = _authority(directory, "ours")
    _, stranger = _authority(directory, "stranger")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    with (
        terminator(_postgres_place(), context, is_postgres=True) as postgres,
        terminator(_redis_place(), context, is_postgres=False) as redis,
    ):
        yield Servers(postgres, redis, ours, stranger)


def tried(environment: dict[str, str]) -> dict[str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.tls.probe"], cwd=ROOT, env=environment,
        capture_output=True, text=True, check=False, timeout=LIMIT_S,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout.splitlines()[-1]))


def test_everything_goes_by_tls(servers: Servers) -> None:
    environment = servers.environment(
        f"?sslmode=verify-full&sslrootcert={servers.ours}",
        f"?ssl_ca_certs={servers.ours}&ssl_cert_reqs=required",
    )
    assert set(tried(environment).values()) == {"fine"}
    assert servers.postgres.taken == 1
    assert servers.redis.taken >= 4
    servers.postgres.taken = servers.redis.taken = 0


def test_nobody_speaks_to_a_server_of_an_unknown_authority(servers: Servers) -> None:
    """Also where nothing says that the certificate of Redis is checked: Celery would not do it."""
    environment = servers.environment(f"?sslmode=verify-full&sslrootcert={servers.stranger}", "")
    for name, said in tried(environment).items():
        assert "certificate verify failed" in said.lower(), (name, said)
    assert (servers.postgres.taken, servers.redis.taken) == (0, 0)
