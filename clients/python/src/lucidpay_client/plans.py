"""What takes several requests, without sending any: a plan asks for steps and is told outcomes.

A client runs a plan: it carries out each step that the plan yields, a ``Call`` or a ``Pause``, and
sends the answer in, or throws the error in. So retries and waiting are written once, for both
clients, and are tested without a clock.
"""

import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from lucidpay_client.calls import Call
from lucidpay_client.errors import (
    AnswerLost,
    AnswerUnreadable,
    ConfirmationTimeout,
    KeyInUse,
    LucidPayError,
    NotReached,
    RateLimited,
    ServerFailed,
)


class Waited(Protocol):
    """What ends some time."""

    @property
    def status(self) -> str: ...
    @property
    def raw(self) -> Mapping[str, Any]: ...
    @property
    def is_final(self) -> bool: ...


T = TypeVar("T")
W = TypeVar("W", bound=Waited)

# All others are answers: asking again changes nothing.
PASSING = (NotReached, AnswerLost, AnswerUnreadable, RateLimited, ServerFailed, KeyInUse)
RETRY_AFTER_MAX_S = 120  # whoever is told to wait longer decides for himself


@dataclass(frozen=True)
class Pause:
    """Nothing is done for so long."""

    seconds: float


Step = Call[Any] | Pause
Plan = Generator[Step, Any, T]


@dataclass(frozen=True)
class Retries:
    """How often a call is tried, and how long it waits between two tries."""

    tries: int = 3
    wait_min_s: float = 4.0
    wait_max_s: float = 10.0

    def wait_s(self, number: int) -> float:
        """Return the wait after so many tries: twice the one before, to the longest."""
        return min(self.wait_max_s, self.wait_min_s * 2.0 ** (number - 1))


def with_retries(call: Call[T], retries: Retries) -> Plan[T]:
    """Try a call again while what went wrong can pass: always the same key and body.

    Raises what the last try was refused with. When an earlier one may have been carried out, that
    error says ``outcome_unknown`` too: a 429 at the end does not undo a payout at the beginning.
    """
    if call.idempotency_key is None and call.reference_id is None and call.moves_money:
        raise ValueError("Without a key or a reference it is not safe to try again.")
    unknown = False
    for number in range(1, retries.tries + 1):
        try:
            answer: T = yield call
        except LucidPayError as error:
            unknown = unknown or error.outcome_unknown
            wait_s = max(retries.wait_s(number), error.retry_after_s or 0)
            if (
                not isinstance(error, PASSING)
                or number == retries.tries
                or wait_s > RETRY_AFTER_MAX_S
            ):
                raise _last(error, unknown) from error.__cause__
        else:
            return answer
        yield Pause(wait_s)
    raise AssertionError("no try was allowed")


def _last(error: LucidPayError, unknown: bool) -> LucidPayError:
    return error.with_outcome_unknown() if unknown and not error.outcome_unknown else error


def until_final(
    call: Call[W],
    public_id: str,
    *,
    timeout_s: float,
    poll_s: float,
    on_change: Callable[[W], None] = lambda _: None,
    clock: Callable[[], float] = time.monotonic,
) -> Plan[W]:
    """Ask by a call until what it answers has ended.

    What can pass does not end the waiting. ``on_change`` is told of each new status. Raises
    ``ConfirmationTimeout`` after ``timeout_s``, and at once what cannot pass, such as
    ``PayoutNotFound``.
    """
    end_s, seen, trouble = clock() + timeout_s, "", None
    while True:
        wait_s = poll_s
        try:
            found: W = yield call
        except PASSING as error:
            trouble, wait_s = error, max(poll_s, error.retry_after_s or 0)
        else:
            trouble = None
            if (status := _status_of(found)) != seen:
                seen = status
                on_change(found)
            if found.is_final:
                return found
        if (left_s := end_s - clock()) <= 0:
            message = f"Not ended within {timeout_s:g} s; its status is {seen or 'not known'}."
            raise ConfirmationTimeout(message, payout_id=public_id) from trouble
        yield Pause(min(wait_s, left_s))


def _status_of(found: Waited) -> str:
    needs_approval = found.raw.get("review") == "required"
    return f"{found.status}, waiting for approval" if needs_approval else found.status
