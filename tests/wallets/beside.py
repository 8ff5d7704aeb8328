"""A worker beside the web, and looking for a secret wherever one could have been left."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

from lucidpay.api.throttling import redis_client
from tests.platform.sweep import held
from wallets.services.backup import backups_make
from wallets.services.open import keys_make

PAUSE_S = 0.02
ANYWHERE = "SELECT EXISTS (SELECT FROM {} AS one WHERE strpos(one::text, %s) > 0)"


@contextmanager
def working(*tasks: Callable[[], Any]) -> Iterator[None]:
    """Let another thread do a worker's part, on a connection of its own, again and again."""
    is_over, failed = threading.Event(), []

    def work() -> None:
        try:
            while not is_over.wait(PAUSE_S):
                for task in tasks or (keys_make, backups_make):
                    task()
        except Exception as error:  # told to the test below
            failed.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()
        assert failed == []


def nowhere(*secrets: str, log: str = "") -> None:
    """Fail when one of these stands in any column of any table, in Redis, or in the log."""
    for secret in secrets:
        assert secret
        assert secret not in log
        for name in (secret, secret.upper()):
            assert tables_with(name) == []
            assert redis_keys_with(name) == []


def tables_with(text: str) -> list[str]:
    """Return the tables with a row that has this in any column, in clear."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(ANYWHERE.format(table), [text])
            if cursor.fetchone()[0]:
                found.append(table)
    return found


def redis_keys_with(text: str) -> list[bytes]:
    """Return the keys of Redis whose name or value has this in it."""
    client, wanted = redis_client(), text.encode()
    return [key for key in client.scan_iter() if wanted in key + b" " + held(client, key)]
