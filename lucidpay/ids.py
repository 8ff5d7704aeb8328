"""Public ids: a prefix and the 32 hex digits of a UUIDv7, such as ``payout_0198…``.

UUIDv7 (RFC 9562 §5.7) starts with the time, so keys grow at one end of their index and
newest-first lists need no other column.
"""

import re
from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """Return a fresh UUIDv7."""
    return uuid7()


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
