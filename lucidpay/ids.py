"""Public ids: a prefix and the 32 hex digits of a UUIDv7, such as ``payout_0198…``.

UUIDv7 (RFC 9562 §5.7) starts with the time, so keys grow at one end of their index and
newest-first lists need no other column.
"""

import re
import secrets
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID

from uuid_utils.compat import uuid7

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS_MAX = 2**48 - 1
_turns = count()


def new_id(at: datetime | None = None) -> UUID:
    """Return a fresh UUIDv7 of this time, or of now; those made here of one time grow as well."""
    if at is None:
        return uuid7()
    ms, rest_us = divmod((at - _EPOCH) // timedelta(microseconds=1), 1000)
    # RFC 9562 §6.2: methods 3 (microseconds in 12 bits) and 1 (a counter before the random bits).
    turn = next(_turns) % 2**24
    fields = (ms << 80, 0x7 << 76, rest_us << 64, 0b10 << 62, turn << 38, secrets.randbits(38))
    return UUID(int=sum(fields))


def first_id_at(at: datetime) -> UUID:
    """Return the smallest UUIDv7 of that millisecond (RFC 9562 §5.7: 48 bits of time first).

    The smallest of all for times before 1970.
    """
    ms = (at - _EPOCH) // timedelta(milliseconds=1)
    return UUID(int=min(max(ms, 0), _MS_MAX) << 80)


def public_id(prefix: str, key: UUID) -> str:
    """Return ``prefix_`` and the key's 32 lower-case hex digits."""
    return f"{prefix}_{key.hex}"


def parse_public_id(prefix: str, text: str) -> UUID | None:
    """Return the key of a public id, or ``None`` when the text is not one of this prefix.

    ``None`` and not an error: to a caller an id that cannot exist is the same as one that
    does not, and both answer 404.
    """
    if re.fullmatch(rf"{prefix}_[0-9a-f]{{32}}", text, re.ASCII) is None:
        return None
    return UUID(text.removeprefix(f"{prefix}_"))
