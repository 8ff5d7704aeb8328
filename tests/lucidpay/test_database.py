"""An idle connection is looked at without a word to the server, and is never trusted blindly.
Times are read in UTC.
"""

import select
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from django.db import connection, connections
from psycopg.pq import Format

from access.models import User
from lucidpay.database.base import DatabaseWrapper
from tests import builders
from tests.api.client import PAYOUTS
from tests.api.serving import served
from tests.platform.running import http
from tests.waiting import until
from tests.wire import round_trips, to_postgres

ARRIVES_S = 30
pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def another() -> Iterator[psycopg.Connection]:
    """Give a connection that is none of Django's."""
    parameters = connection.get_connection_params() | {"autocommit": True}
    with psycopg.connect(**parameters) as other:
        yield other


def begin_request() -> None:
    """Do what Django does before each request."""
    connection.close_if_unusable_or_obsolete()


def ask() -> object:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]


def test_the_platform_uses_it() -> None:
    assert isinstance(connections["default"], DatabaseWrapper)
    assert connection.settings_dict["CONN_HEALTH_CHECKS"] is True


def joined() -> datetime:
    """Store a user who joined at a moment of a summer, and return that moment."""
    at = datetime(2026, 7, 1, 12, 0, 0, 123456, tzinfo=UTC)
    User.objects.filter(pk=builders.user().pk).update(date_joined=at)
    return at


def test_times_are_read_in_utc_to_the_microsecond_by_every_cursor() -> None:
    at = joined()
    rows = User.objects.values_list("date_joined", flat=True)
    for found in (rows.get(), next(rows.iterator())):
        assert (found, found.tzinfo) == (at, UTC)


def test_times_are_right_in_a_session_that_somebody_set_to_another_zone() -> None:
    at = joined()
    with connection.cursor() as cursor:
        cursor.execute("SET TIME ZONE 'Asia/Tokyo'")
    found = User.objects.values_list("date_joined", flat=True).get()
    connection.close()
    assert (found, found.utcoffset()) == (at, timedelta(hours=9))


def test_times_are_read_by_the_loader_that_is_written_in_c() -> None:
    ask()
    oid = psycopg.adapters.types["timestamptz"].oid
    loader = connection.connection.adapters.get_loader(oid, Format.TEXT)
    assert loader.__module__ != "django.db.backends.postgresql.psycopg_any"


def test_an_idle_connection_is_used_without_a_word() -> None:
    first = ask()
    begin_request()
    with to_postgres() as sent:
        assert connection.is_usable()
    assert sent == []
    assert ask() == first


def test_a_request_on_an_idle_connection_is_one_message() -> None:
    ask()
    begin_request()
    with to_postgres() as sent:
        ask()
    assert round_trips(sent) == 1


def test_a_connection_that_the_server_ended_is_replaced() -> None:
    first = ask()
    with another() as other:
        other.execute("SELECT pg_terminate_backend(%s)", [first])
        until("it is gone", lambda: not _lives(other, first))
    begin_request()
    assert not connection.is_usable()
    begin_request()
    assert ask() != first


def _lives(other: psycopg.Connection, pid: object) -> bool:
    found = other.execute("SELECT 1 FROM pg_stat_activity WHERE pid = %s", [pid]).fetchone()
    return found is not None


def test_a_notice_on_the_socket_ends_nothing() -> None:
    first = ask()
    with connection.cursor() as cursor:
        cursor.execute("LISTEN something")
    with another() as other:
        other.execute("NOTIFY something")
    assert select.select([connection.connection.fileno()], [], [], ARRIVES_S)[0]
    begin_request()
    with to_postgres() as sent:
        assert connection.is_usable()
    assert round_trips(sent) == 1
    assert ask() == first
    begin_request()
    with to_postgres() as sent:
        assert connection.is_usable()
    assert sent == []


def test_a_connection_that_was_closed_here_is_not_used() -> None:
    ask()
    connection.connection.close()
    assert not connection.is_usable()
    begin_request()
    assert ask()


def test_calls_go_on_after_the_server_has_ended_every_connection() -> None:
    token = builders.token(builders.user())
    with served() as port:
        url = f"http://127.0.0.1:{port}{PAYOUTS}/odd"
        for _ in range(3):
            assert {http("GET", url, token=token).status for _ in range(4)} == {404}
            with another() as other:
                _end_all_others(other)
            assert {http("GET", f"{url[:-4]}", token=token).status for _ in range(4)} == {200}


def _end_all_others(other: psycopg.Connection) -> None:
    others = (
        "FROM pg_stat_activity WHERE datname = current_database() AND pid <> ALL(%s)"
        " AND backend_type = 'client backend'"
    )
    keep = [other.info.backend_pid, connection.connection.pgconn.backend_pid]
    ended = other.execute(f"SELECT pg_terminate_backend(pid) {others}", [keep]).fetchall()
    assert ended
    until("they are gone", lambda: not other.execute(f"SELECT 1 {others}", [keep]).fetchall())
