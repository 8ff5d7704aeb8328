"""The one place where the platform asks what time it is.

Entry points (views, tasks, commands) read the clock once and pass the time on. What the chain
must agree with, such as expirations, never comes from here but from blocks.
"""

from datetime import UTC, datetime

# The time of what is not to happen by itself. Far from the end of what a datetime can hold, so
# that adding to it is safe.
NEVER = datetime(9000, 1, 1, tzinfo=UTC)


def utc_now() -> datetime:
    """Return the present time, aware, in UTC."""
    return datetime.now(UTC)


def iso(time: datetime) -> str:
    """Return a UTC time as the outside sees it: ISO 8601 with ``Z``."""
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")


def from_ms(time_ms: int) -> datetime:
    """Return the time of a block or transaction, given in milliseconds since 1970, in UTC."""
    seconds, milliseconds = divmod(time_ms, 1000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=milliseconds * 1000)
