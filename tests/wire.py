"""What really goes to PostgreSQL and Redis, told by libpq and by Redis themselves."""

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import redis
from django.conf import settings
from django.db import connection

# A message of these two is answered before anything else goes on: each is a round trip.
ROUND_TRIPS = ("Query", "Sync")


@contextmanager
def to_postgres() -> Iterator[list[str]]:
    """Give the kinds of the messages that Django's connection sends meanwhile."""
    connection.ensure_connection()
    server = connection.connection.pgconn
    sent: list[str] = []
    with tempfile.TemporaryFile("w+") as file:
        server.trace(file.fileno())
        try:
            yield sent
        finally:
            server.untrace()
        file.seek(0)
        sent += re.findall(r"\tF\t\d+\t(\w+)", file.read())


def round_trips(sent: list[str]) -> int:
    """Return how often an answer was waited for."""
    return sum(kind in ROUND_TRIPS for kind in sent)


@contextmanager
def to_redis() -> Iterator[list[str]]:
    """Give the commands that reach this run's Redis number meanwhile, without those of scripts."""
    marker = uuid4().hex
    sent: list[str] = []
    # Clients of its own: the platform's connections stay as they are, and none is made meanwhile.
    with _client() as teller, _client() as client:
        teller.ping()
        with client.monitor() as monitor:
            yield sent
            teller.echo(marker)
            number = client.connection_pool.connection_kwargs.get("db", 0)
            while marker not in (heard := monitor.next_command())["command"]:
                if heard["db"] == number and heard["client_type"] != "lua":
                    sent.append(heard["command"].split()[0].upper())


def _client() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL)
