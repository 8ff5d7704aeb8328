"""Django finds ``DatabaseWrapper`` here by the setting ``ENGINE``."""

import select
from datetime import UTC
from typing import Any

from django.db.backends.postgresql import base
from psycopg.types.datetime import TimestamptzLoader


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's own, but for two things: what a time costs to read, and how a connection that was
    idle is looked at before a request.
    """

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Return a connection that reads times in C.

        Django's own loader is Python, to put another time zone in place of the session's: five
        microseconds a value, most of what it takes to read a payout. Both are UTC here.
        """
        connection = super().get_new_connection(conn_params)
        if self.timezone == UTC:
            connection.adapters.register_loader("timestamptz", TimestamptzLoader)
        return connection

    def create_cursor(self, name: str | None = None) -> Any:
        """Return a cursor without asking the loader of times for its zone, which C's has not."""
        if self.timezone != UTC:
            return super().create_cursor(name)
        if not name:
            return self.connection.cursor()
        named: Any = base.ServerSideCursor  # of whose arguments the types know nothing
        return named(
            self.connection, name=name, scrollable=False, withhold=self.connection.autocommit
        )

    def is_usable(self) -> bool:
        """Return whether the connection can be used; costs no round trip while nothing is amiss.

        A server that ends, restarts or ends a session says so on the socket, and the kernel does
        when a peer is known to be gone. On a socket that is silent nothing of that has happened.
        Something to read may be such an end or a mere notice: then the server is asked.
        A peer that vanishes without a word is found out by the statement itself, within the
        time-outs of TCP that the settings name; asking first would wait just as long.
        """
        if self.connection is None or self.connection.closed:
            return False
        return not _has_something_to_read(self.connection.fileno()) or super().is_usable()


def _has_something_to_read(descriptor: int) -> bool:
    poll = select.poll()
    # An error or a hang-up is reported whether asked for or not.
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))
