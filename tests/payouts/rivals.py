"""Two who want the same rows, each with a connection of their own, in an order that is certain."""

from collections.abc import Callable
from threading import Event, Thread
from typing import Any

from django.db import connection, transaction

from payouts.services.cancel import NotCancellable
from tron.halt import Halted

PATIENCE_S = 20


class Rival:
    """Somebody with a connection of their own, who has acted and not committed yet."""

    def __init__(self, act: Callable[[], Any]) -> None:
        self._acted, self._go_on = Event(), Event()
        self._thread = Thread(target=self._run, args=(act,))
        self._thread.start()
        assert self._acted.wait(PATIENCE_S)

    def _run(self, act: Callable[[], Any]) -> None:
        try:
            with transaction.atomic():
                act()
                self._acted.set()
                assert self._go_on.wait(PATIENCE_S)
        finally:
            connection.close()

    def commit(self) -> None:
        """Let it commit."""
        self._go_on.set()
        self._thread.join()


class Waiter:
    """Somebody with a connection of their own, who has to wait for a lock."""

    def __init__(self, act: Callable[[], Any]) -> None:
        self.result: Any = None
        self._pid: int | None = None
        self._thread = Thread(target=self._run, args=(act,))
        self._thread.start()

    def _run(self, act: Callable[[], Any]) -> None:
        try:
            connection.ensure_connection()
            self._pid = connection.connection.info.backend_pid
            self.result = act()
        except NotCancellable as error:
            self.result = error.details
        except Halted as error:
            self.result = error
        finally:
            connection.close()

    def until_it_waits(self) -> None:
        """Return when the database says that it waits for a lock."""
        while True:
            assert self._thread.is_alive(), f"it did not wait: {self.result}"
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT count(*) FROM pg_stat_activity WHERE pid = %s "
                    "AND wait_event_type = 'Lock'",
                    [self._pid],
                )
                if cursor.fetchone()[0]:
                    return

    def end(self) -> Any:
        """Return what it came to."""
        self._thread.join()
        return self.result
