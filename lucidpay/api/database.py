"""What callers are told when the database cannot do its part at this moment."""

from django.db import DatabaseError, InterfaceError, OperationalError

from lucidpay.errors import DatabaseAway, DatabaseBusy

RETRY_AFTER_S = 5
# PostgreSQL's codes (its manual, appendix A) of statements that were given up, and their
# transactions with them: a lock that was not had in time, a deadlock, a conflict, a cancellation.
_BUSY = frozenset({"55P03", "40P01", "40001", "57014"})
# It shuts down, has crashed, starts, takes no more connections, or ended an idle transaction.
_AWAY = frozenset({"57P01", "57P02", "57P03", "53300", "25P03"})
_CONNECTION = "08"  # the class of what goes wrong with a connection


def unavailable(error: DatabaseError | InterfaceError) -> DatabaseBusy | DatabaseAway | None:
    """Return what to tell of an error that a repetition may not meet, ``None`` of any other.

    Only ``DatabaseBusy`` says that nothing was changed: who loses the connection does not know
    whether the commit was still done.
    """
    state = getattr(error.__cause__, "sqlstate", None)
    if state in _BUSY:
        return DatabaseBusy()
    if state in _AWAY or (state or "").startswith(_CONNECTION):
        return DatabaseAway()
    # A connection that is refused or lost has no code: the server did not say anything.
    is_lost = state is None and isinstance(error, OperationalError | InterfaceError)
    return DatabaseAway() if is_lost and error.__cause__ is not None else None
