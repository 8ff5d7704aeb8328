"""Errors that reach a caller: a fixed code, a clear sentence, and what to do next.

An app defines its own beside the verb that raises them; the docstring is the message. One
handler (``lucidpay/api/errors.py``) turns them into the envelope.
"""

from typing import Any

# All codes of the HTTP contract; those that nothing raises yet are reserved by it.
UNEXPECTED = "LUCID_ERR_1000"
VALIDATION = "LUCID_ERR_1001"
UNAUTHENTICATED = "LUCID_ERR_1002"
NOT_FOUND = "LUCID_ERR_1003"
METHOD_OR_MEDIA = "LUCID_ERR_1004"
CONFLICT = "LUCID_ERR_1005"
KEY_REUSED = "LUCID_ERR_1006"
INVALID_ADDRESS = "LUCID_ERR_2001"
LIMIT_EXCEEDED = "LUCID_ERR_2002"
BREAKER_OPEN = "LUCID_ERR_2003"
INVALID_ROUTER = "LUCID_ERR_2004"
PAYOUT_NOT_FOUND = "LUCID_ERR_2005"
NETWORK = "LUCID_ERR_2006"
INSUFFICIENT_BALANCE = "LUCID_ERR_2007"
TRANSACTION_FAILED = "LUCID_ERR_2008"
RATE_LIMITED = "LUCID_ERR_2009"
FORBIDDEN = "LUCID_ERR_2010"


class LucidError(Exception):
    """Unexpected error."""

    code = UNEXPECTED
    status_code = 500

    def __init__(self, details: dict[str, Any] | None = None) -> None:
        self.message = str(self.__doc__).partition("\n")[0]
        self.details = details or {}
        super().__init__(self.message)


class ValidationFailed(LucidError):
    """Validation failed. Correct the fields named in details and send the request again."""

    code = VALIDATION
    status_code = 400


class Conflict(LucidError):
    """Conflict with the present state."""

    code = CONFLICT
    status_code = 409


class DatabaseBusy(LucidError):
    """Database busy: nothing was changed. Repeating with the same Idempotency-Key is safe."""

    status_code = 503


class DatabaseAway(LucidError):
    """Database away. Repeating with the same Idempotency-Key or reference_id is safe."""

    status_code = 503


class InvariantBroken(RuntimeError):
    """Something that can never happen has happened; nothing may be signed or booked on it."""


def ensure(condition: object, what: str) -> None:
    """Raise ``InvariantBroken`` unless the condition holds.

    Not ``assert``: these guards stand between a bug and somebody's money, and ``python -O``
    would remove them.
    """
    if not condition:
        raise InvariantBroken(what)
