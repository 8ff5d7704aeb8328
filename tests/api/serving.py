"""The web server on the database of the tests, as a process of its own."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

from django.db import connection

from tests import local
from tests.platform.running import ROOT

UNTIL_S = 60


@contextmanager
def served(**settings: str) -> Iterator[int]:
    """Give the port of granian; ``settings`` are the platform's own, as in its environment."""
    number = local.port_free()
    url = urlsplit(os.environ["DATABASE_URL"])
    database = urlunsplit(url._replace(path=f"/{connection.settings_dict['NAME']}"))
    command = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "lucidpay.wsgi:application",
        "--host", "127.0.0.1", "--port", str(number), "--blocking-threads", "2", "--no-log",
    ]  # fmt: skip
    environment = os.environ | {"DATABASE_URL": database} | settings
    with subprocess.Popen(command, env=environment, cwd=ROOT) as server:
        try:
            _await(number)
            yield number
        finally:
            server.terminate()
            server.wait(UNTIL_S)


def _await(number: int) -> None:
    end = time.monotonic() + UNTIL_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", number), timeout=1).close()
            return
        except OSError:
            assert time.monotonic() < end, "granian did not start"
            time.sleep(0.1)
