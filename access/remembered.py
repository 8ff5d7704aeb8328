"""Callers this process has verified, for a short while.

One is believed only while Redis holds the epoch of before its verification, which comes with the
count of each call (``lucidpay/api/throttling.py``). So nobody is believed without Redis, and what
ends a right (``access/rights.py``) ends it at the next call everywhere.
"""

import hashlib
import time
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

from access.caller import Caller
from access.models import User
from access.networks import is_within

REMEMBERED_S = 30
REMEMBERED_MAX = 10_000


@dataclass(slots=True)
class Remembered:
    """Somebody whose token the database has verified."""

    user: User
    caller: Caller
    expires_at: datetime | None  # of the key or the JWT
    allowed_ips: list[str] = field(default_factory=list)
    last_used_at: datetime | None = None  # as far as this process knows
    epoch: bytes | None = None
    verified_s: float = field(default_factory=time.monotonic)

    def opens(self, address: str, now: datetime) -> bool:
        """Return whether its own bounds, time and place, let it in."""
        if self.expires_at is not None and self.expires_at <= now:
            return False
        return not self.allowed_ips or is_within(address, self.allowed_ips)


class Memory:
    """Verified callers by the digest of their token. The tokens themselves are not kept."""

    def __init__(self, size_max: int = REMEMBERED_MAX) -> None:
        self._size_max = size_max
        self._lock = Lock()
        self._found: dict[bytes, Remembered] = {}

    def __len__(self) -> int:
        return len(self._found)

    def get(self, token: str) -> Remembered | None:
        """Return who was verified with this token within ``REMEMBERED_S`` seconds."""
        found = self._found.get(_digest(token))
        if found is None or time.monotonic() - found.verified_s > REMEMBERED_S:
            return None
        return found

    def keep(self, token: str, verified: Remembered) -> None:
        """Remember somebody; the one who was remembered first makes room."""
        digest = _digest(token)
        with self._lock:
            self._found.pop(digest, None)
            if len(self._found) >= self._size_max:
                del self._found[next(iter(self._found))]
            self._found[digest] = verified

    def forget(self) -> None:
        """Forget everybody."""
        with self._lock:
            self._found.clear()


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
