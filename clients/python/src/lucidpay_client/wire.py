"""What both clients share: how a call becomes a request, and an answer a result or an error."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, is_dataclass, replace
from typing import Any, NoReturn, TypeVar, cast
from urllib.parse import urlsplit
from uuid import uuid4

import httpx

from lucidpay_client import errors
from lucidpay_client.calls import Call
from lucidpay_client.errors import Facts, LucidPayError
from lucidpay_client.exact import dumps, loads
from lucidpay_client.reading import Unreadable
from lucidpay_client.version import __version__

T = TypeVar("T")

# Nothing has left for the platform yet when one of these is raised.
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
_TOKEN = re.compile(r"[\x21-\x7e]+")


class Secret:
    """A text that shows itself to nobody who does not ask for it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(…)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not written anywhere")


class _Bearer(httpx.Auth):
    """Puts the key on a request as it leaves, so that nothing else holds it."""

    def __init__(self, api_key: Secret) -> None:
        self._api_key = api_key

    def auth_flow(self, request: httpx.Request) -> Any:
        """Add the header."""
        request.headers["Authorization"] = f"Bearer {self._api_key.reveal()}"
        yield request


@dataclass(frozen=True)
class Sent:
    """A call on its way, and the id under which the platform logs it."""

    call: Call[Any]
    request_id: str


def http_settings(api_key: str, base_url: str, timeout_s: float) -> dict[str, Any]:
    """Return the arguments of an httpx client. Raises ``ValueError``, and repeats no key."""
    if not _TOKEN.fullmatch(api_key):
        # Here, because httpx would show it in the error that a bad header makes.
        raise ValueError("The API key is empty, or has signs that no key has.")
    parts = urlsplit(base_url)
    # ``port`` raises ValueError by itself for a number that is none.
    is_odd = parts.query or parts.fragment or parts.username or parts.password or parts.port == 0
    if parts.scheme not in ("http", "https") or not parts.hostname or is_odd:
        raise ValueError("The base URL is as https://pay.example.com: no user, no query.")
    return {
        "base_url": base_url.rstrip("/"),
        "timeout": timeout_s,
        "auth": _Bearer(Secret(api_key)),
        "follow_redirects": False,
        "headers": {
            "Accept": "application/json",
            "User-Agent": f"lucidpay-client-python/{__version__}",
        },
    }


def request_of(
    http: httpx.Client | httpx.AsyncClient, call: Call[Any]
) -> tuple[Sent, httpx.Request]:
    """Return the request of a call."""
    sent = Sent(call, f"py-{uuid4().hex}")
    headers = {"X-Request-ID": sent.request_id}
    if call.idempotency_key is not None:
        headers["Idempotency-Key"] = call.idempotency_key
    content = None
    if call.body is not None:
        headers["Content-Type"] = "application/json"
        content = dumps(call.body).encode()
    request = http.build_request(
        call.method, call.path, params=call.query or None, headers=headers, content=content
    )
    return sent, request


def result_of(sent: Sent, response: httpx.Response) -> Any:
    """Return what a call was answered, or raise the error that it was refused with."""
    call = sent.call
    try:
        body = loads(response.content)
    except ValueError as error:
        raise _unreadable(sent, response, "no JSON") from error
    if response.status_code not in call.taken:
        raise _refusal(sent, response, body)
    try:
        result = call.read(body)
    except Unreadable as error:
        raise _unreadable(sent, response, str(error)) from error
    if response.headers.get("Idempotent-Replayed") == "true" and is_dataclass(result):
        return replace(cast("Any", result), replayed=True)
    return result


def error_of(sent: Sent, error: httpx.HTTPError) -> LucidPayError:
    """Return what it means that no answer came."""
    told = f"{type(error).__name__}: {error}".rstrip(": ")
    if isinstance(error, NOT_SENT):
        return errors.NotReached(f"The platform was not reached ({told}).", _facts(sent))
    facts = _facts(sent, outcome_unknown=sent.call.moves_money)
    return errors.AnswerLost(f"No answer came ({told}).", facts)


def _refusal(sent: Sent, response: httpx.Response, body: Any) -> LucidPayError:
    told = body.get("error") if isinstance(body, Mapping) else None
    if not isinstance(told, Mapping) or not isinstance(told.get("code"), str):
        return _unreadable(sent, response, f"HTTP {response.status_code} without an error")
    code, details = told["code"], told.get("details")
    details = details if isinstance(details, Mapping) else {}
    message = str(told.get("message") or code)
    kind = _kind_of(code, message)
    facts = _facts(
        sent,
        code=code,
        status=response.status_code,
        details=details,
        request_id=str(told.get("request_id") or sent.request_id),
        retry_after_s=_seconds(response.headers.get("Retry-After")),
        outcome_unknown=sent.call.moves_money and _is_unsure(kind, response.status_code),
    )
    return kind(message, facts)


def _kind_of(code: str, message: str) -> type[LucidPayError]:
    kind = errors.BY_CODE.get(code, errors.ApiError)
    # Two conflicts share a code; this one has nothing to tell but its sentence.
    if kind is errors.Conflict and "Idempotency-Key" in message:
        return errors.KeyInUse
    return kind


def _is_unsure(kind: type[LucidPayError], status: int) -> bool:
    """Return whether the work may have been done, or be under way, whatever was answered."""
    if kind is errors.ApiError:
        return status >= 500
    return kind in (errors.ServerFailed, errors.KeyInUse)


def _unreadable(sent: Sent, response: httpx.Response, why: str) -> LucidPayError:
    facts = _facts(
        sent,
        status=response.status_code,
        retry_after_s=_seconds(response.headers.get("Retry-After")),
        outcome_unknown=sent.call.moves_money,
    )
    return errors.AnswerUnreadable(f"The answer is not the platform's: {why}.", facts)


def _facts(sent: Sent, **more: Any) -> Facts:
    call = sent.call
    known = {"idempotency_key": call.idempotency_key, "reference_id": call.reference_id or None}
    return Facts(**{"request_id": sent.request_id, **known, **more})


def _seconds(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 9 else None
