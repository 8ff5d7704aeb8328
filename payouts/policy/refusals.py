"""Why a payout is refused for its amount: what a caller is told, in the contract's words."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from lucidpay.clock import iso
from lucidpay.errors import BREAKER_OPEN, LIMIT_EXCEEDED, LucidError
from lucidpay.money import tokens_of
from payouts.models_limits import LimitKind, Period

OF_WHOM = {
    LimitKind.ROUTER: "",
    LimitKind.API_KEY: " of this API key",
    LimitKind.CALLER: " of this caller",
    LimitKind.RECIPIENT: " of this recipient",
    LimitKind.TRUSTED: " of this trusted recipient",
    LimitKind.TRANSFER: " of transfers from this wallet",
}


@dataclass(frozen=True, order=True)
class Window:
    """One calendar hour or day of one subject."""

    kind: str
    subject: str
    period: str
    starts_at: datetime

    @property
    def ends_at(self) -> datetime:
        """Return when the next one begins."""
        hours = 24 if self.period == Period.DAY else 1
        return self.starts_at + timedelta(hours=hours)


@dataclass(frozen=True)
class Room:
    """A window with its limit (``None``: none), what is used of it, and what is asked of it."""

    window: Window
    limit_micro: int | None
    used_micro: int
    asked_micro: int = 0

    @property
    def left_micro(self) -> int | None:
        """Return what can still be asked for, never below 0; ``None`` without a limit."""
        return None if self.limit_micro is None else max(0, self.limit_micro - self.used_micro)

    def fits(self) -> bool:
        """Return whether what is asked is left."""
        return self.left_micro is None or self.asked_micro <= self.left_micro

    def facts(self) -> dict[str, Any]:
        """Return what an error tells of it, in USDT."""
        return {
            "limit_name": f"{self.window.kind}_{Period(self.window.period).label}",
            "subject": self.window.subject,
            "limit": tokens_of(self.limit_micro or 0),
            "used": tokens_of(self.used_micro),
            "remaining": tokens_of(self.left_micro or 0),
        }


class LimitExceeded(LucidError):
    """Amount exceeds limit"""

    code = LIMIT_EXCEEDED
    status_code = 400

    def __init__(self, of: str = "daily limit", details: dict[str, Any] | None = None) -> None:
        super().__init__(details)
        self.message = f"Amount exceeds {of}"
        self.args = (self.message,)


class BreakerOpen(LucidError):
    """Circuit breaker open"""

    code = BREAKER_OPEN
    status_code = 400


def exceeded(room: Room) -> LimitExceeded:
    """Return the error of a request that does not fit into a window."""
    window = room.window
    of = f"{Period(window.period).label} limit{OF_WHOM[LimitKind(window.kind)]}"
    return LimitExceeded(of, {**room.facts(), "resets_at": iso(window.ends_at)})


def batch_exceeded(*, total_micro: int, limit_micro: int) -> LimitExceeded:
    """Return the error of a batch that is too large as a whole; no waiting helps."""
    facts = {
        "limit_name": "batch",
        "subject": "batch",
        "limit": tokens_of(limit_micro),
        "used": tokens_of(0),
        "asked": tokens_of(total_micro),
        "remaining": tokens_of(limit_micro),
        "resets_at": None,
    }
    return LimitExceeded("batch limit", facts)


def closed(room: Room) -> BreakerOpen:
    """Return the error for a window with nothing left."""
    return BreakerOpen({"breaker": "limit", **room.facts(), "reopens_at": iso(room.window.ends_at)})


def tripped(router_type: str) -> BreakerOpen:
    """Return the error for a router that an operator has stopped: who knows for how long."""
    return BreakerOpen({"breaker": "operator", "subject": router_type, "reopens_at": None})


def refusal_of(rooms: list[Room]) -> LucidError | None:
    """Return why these requests do not fit, ``None`` when they do.

    A window with nothing left comes first, of several the one that reopens last; then, of those
    that are too small, the one that leaves least.
    """
    empty = [room for room in rooms if room.left_micro == 0]
    if empty:
        return closed(min(empty, key=lambda room: _shortness(room.window)))
    small = [room for room in rooms if not room.fits()]
    return exceeded(tightest(small)) if small else None


def tightest(rooms: list[Room]) -> Room:
    """Return the window that leaves least; of equal ones the one that lasts longest."""

    def rank(room: Room) -> tuple[bool, int, float, float]:
        left = room.left_micro
        return left is None, left or 0, *_shortness(room.window)

    return min(rooms, key=rank)


def _shortness(window: Window) -> tuple[float, float]:
    """Return what is less the longer a window lasts: in the last hour of a day both end at once."""
    return -window.ends_at.timestamp(), window.starts_at.timestamp()
