"""Django finds ``DatabaseWrapper`` here by the setting ``ENGINE``."""

import select

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's own, but for how a connection that was idle is looked at before a request."""

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
