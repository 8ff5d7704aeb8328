"""What can go wrong, by name.

::

    LucidPayError
    ├── ApiError                 the platform has answered, and refused
    │   ├── InvalidRequest       1001: details say which field
    │   │   ├── InvalidAddress   2001
    │   │   └── InvalidRouter    2004
    │   ├── AuthenticationFailed 1002
    │   ├── PermissionMissing    2010
    │   ├── NotFound             1003
    │   │   └── PayoutNotFound   2005
    │   ├── Conflict             1005
    │   │   └── KeyInUse         1005: the first request still runs
    │   ├── KeyReused            1006
    │   ├── LimitExceeded        2002
    │   ├── BreakerOpen          2003
    │   ├── InsufficientBalance  2007
    │   ├── RateLimited          2009
    │   └── ServerFailed         1000, 2006, 2008
    ├── NotReached               nothing was sent
    ├── AnswerLost               sent, and no answer came
    ├── AnswerUnreadable         an answer came that is not the platform's
    ├── ConfirmationTimeout      the payout is still under way
    └── WebhookRefused           this webhook must not be believed
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Self


@dataclass(frozen=True)
class Facts:
    """What is known of a request that failed."""

    code: str | None = None
    status: int | None = None
    request_id: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    idempotency_key: str | None = None
    reference_id: str | None = None
    retry_after_s: int | None = None
    outcome_unknown: bool = False


class LucidPayError(Exception):
    """Anything of this package that failed.

    ``message`` says what, ``next_step`` what to do. ``code`` (``LUCID_ERR_…``), ``status`` (HTTP)
    and ``details`` are the platform's; ``request_id`` finds the request in its log. With
    ``outcome_unknown`` money may have been set in motion: repeat the very same request, with the
    same ``idempotency_key`` or ``reference_id``, and never a new one.
    """

    advice: ClassVar[str] = ""

    def __init__(self, message: str, facts: Facts | None = None) -> None:
        self.message, self.facts = message, facts or Facts()
        # All of it in ``args``: so it survives being pickled.
        super().__init__(message, self.facts)

    @property
    def code(self) -> str | None:
        """The platform's code, ``None`` when it has not answered."""
        return self.facts.code

    @property
    def status(self) -> int | None:
        """The HTTP status, ``None`` without an answer."""
        return self.facts.status

    @property
    def request_id(self) -> str | None:
        """The id under which the platform has logged the request."""
        return self.facts.request_id

    @property
    def details(self) -> Mapping[str, Any]:
        """What the platform has told beside the message."""
        return self.facts.details

    @property
    def idempotency_key(self) -> str | None:
        """The key of the request: the same key and body never pay twice."""
        return self.facts.idempotency_key

    @property
    def reference_id(self) -> str | None:
        """The caller's reference, which is as good as a key."""
        return self.facts.reference_id

    @property
    def retry_after_s(self) -> int | None:
        """How long the platform asks to be left alone."""
        return self.facts.retry_after_s

    @property
    def outcome_unknown(self) -> bool:
        """Whether the request may have been carried out all the same."""
        return self.facts.outcome_unknown

    @property
    def next_step(self) -> str:
        """What to do now."""
        return self._how_to_repeat() if self.outcome_unknown else self.advice

    def with_outcome_unknown(self) -> Self:
        """Return the same error of a request that an earlier try may have carried out."""
        return type(self)(self.message, replace(self.facts, outcome_unknown=True))

    def _how_to_repeat(self) -> str:
        if self.idempotency_key is not None:
            name = f"idempotency key {self.idempotency_key}"
        elif self.reference_id is not None:
            name = f"reference_id {self.reference_id}"
        else:
            name = "key or reference"
        return (
            "It is NOT known whether it was carried out. Repeat the same request with the same "
            f"{name}: that never pays twice. A new one could."
        )

    def __str__(self) -> str:
        known = [self.code, self.status and f"HTTP {self.status}"]
        if self.request_id:
            known.append(f"request {self.request_id}")
        told = ", ".join(str(one) for one in known if one)
        parts = [self.message, f"[{told}]" if told else "", self._detailed(), self.next_step]
        return " ".join(part for part in parts if part)

    def _detailed(self) -> str:
        return "; ".join(f"{name}: {_in_words(told)}" for name, told in self.details.items())


def _in_words(told: Any) -> str:
    return " ".join(map(str, told)) if isinstance(told, list) else str(told)


class ApiError(LucidPayError):
    """The platform has answered, and refused."""


class InvalidRequest(ApiError):
    """A field is wrong; ``details`` name it."""

    advice = "Nothing was stored."


class InvalidAddress(InvalidRequest):
    """The recipient is no TRON address."""


class InvalidRouter(InvalidRequest):
    """The router is unknown, or the recipient does not qualify for it."""


class AuthenticationFailed(ApiError):
    """The API key is missing, wrong, expired or revoked."""

    advice = "Check the API key, and that it is of this platform."


class PermissionMissing(ApiError):
    """The API key lacks a scope."""

    advice = "Ask an administrator for a key with the scope."


class NotFound(ApiError):
    """There is no such thing, or it is somebody else's."""


class PayoutNotFound(NotFound):
    """There is no such payout or batch, or it is somebody else's."""


class Conflict(ApiError):
    """The present state forbids it; ``details`` tell the state, or whose reference it is."""

    advice = "Look at what is there before you send anything new."


class KeyInUse(Conflict):
    """The first request with this key still runs."""

    advice = "Repeat it in a moment with the same key."


class KeyReused(ApiError):
    """This key was used with another body."""

    advice = "Look up what the first request made; a new request takes a new key."


class LimitExceeded(ApiError):
    """It does not fit a limit; ``details`` name the limit and when it resets."""

    advice = "Nothing was stored. Send it again when the limit has room."


class BreakerOpen(ApiError):
    """The limits' breaker is open; ``details`` may say until when."""

    advice = "Nothing was stored. Send it again when the breaker has closed."


class InsufficientBalance(ApiError):
    """The paying wallet has too little."""

    advice = "Nothing was stored. Send it again when the wallet has been funded."


class RateLimited(ApiError):
    """Too many requests; ``retry_after_s`` says how long to wait."""

    advice = "It was not carried out. Wait, then repeat it with the same key."


class ServerFailed(ApiError):
    """The platform could not do it now."""

    advice = "Try again in a moment."


class NotReached(LucidPayError):
    """No connection could be made: nothing was sent."""

    advice = "Check the URL and that the platform runs."


class AnswerLost(LucidPayError):
    """The request was sent, and no answer came."""

    advice = "Ask again."


class AnswerUnreadable(LucidPayError):
    """An answer came that is not the platform's, as from a proxy that failed."""

    advice = "Check the URL, and what stands between here and the platform."


class ConfirmationTimeout(LucidPayError):
    """It has not ended in time. It is still under way and must NOT be paid again."""

    def __init__(self, message: str, facts: Facts | None = None, payout_id: str = "") -> None:
        super().__init__(message, facts)
        self.payout_id = payout_id
        self.args = (message, self.facts, payout_id)

    @property
    def next_step(self) -> str:
        """What to do now."""
        return f"{self.payout_id} is still under way: do NOT pay again, go on waiting for it."


class WebhookRefused(LucidPayError):
    """This is not from the platform, or it is a recording: do not believe it."""

    advice = "Answer 400 and do nothing else."


BY_CODE: dict[str, type[ApiError]] = {
    "LUCID_ERR_1000": ServerFailed,
    "LUCID_ERR_1001": InvalidRequest,
    "LUCID_ERR_1002": AuthenticationFailed,
    "LUCID_ERR_1003": NotFound,
    "LUCID_ERR_1005": Conflict,
    "LUCID_ERR_1006": KeyReused,
    "LUCID_ERR_2001": InvalidAddress,
    "LUCID_ERR_2002": LimitExceeded,
    "LUCID_ERR_2003": BreakerOpen,
    "LUCID_ERR_2004": InvalidRouter,
    "LUCID_ERR_2005": PayoutNotFound,
    "LUCID_ERR_2006": ServerFailed,
    "LUCID_ERR_2007": InsufficientBalance,
    "LUCID_ERR_2008": ServerFailed,
    "LUCID_ERR_2009": RateLimited,
    "LUCID_ERR_2010": PermissionMissing,
}
