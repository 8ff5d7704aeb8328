"""JSON with exact money: numbers are Decimals coming in and digits going out.

DRF's own parser reads 100000000000.000001 as the float 100000000000.0 and accepts it.
"""

import re
from decimal import Decimal, DecimalException
from typing import IO, Any

import simplejson
from django.conf import settings
from django.http.request import RawPostDataException
from rest_framework.exceptions import ParseError, UnsupportedMediaType
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer

MEDIA_TYPE = "application/json"
DIGITS_MAX = 64  # of one number; nobody is paid more, and huge integers are slow to read
DEPTH_MAX = 20
# Beyond this many brackets they are counted before the parser, which is C, descends into them. It
# stops at Python's recursion limit, and a library that lifts that limit lets it fall off its stack.
BRACKETS_UNCOUNTED = 200
STEPS = {"[": 1, "{": 1, "]": -1, "}": -1}
_MARKS = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[\]{}]')
DRAIN_MAX_BYTES, DRAIN_STEP_BYTES = 16_777_216, 65_536


class _Malformed(ValueError):
    pass


def _refuse_constant(name: str) -> None:
    raise _Malformed(f"{name} is not a JSON number")


def _number(digits: str) -> Decimal:
    if len(digits) > DIGITS_MAX:
        raise _Malformed("a number has too many digits")
    number = Decimal(digits)
    if number and not -30 <= number.adjusted() <= 30:
        raise _Malformed(f"the exponent of {digits} is beyond range")
    if number.is_zero() and number.is_signed():
        raise _Malformed("negative zero is not a number here")
    # 1e2 becomes 100, as PostgreSQL will write it: what is answered first is what is read later.
    return Decimal(f"{number:f}")


def _integer(digits: str) -> int:
    return int(_number(digits))


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    body = dict(pairs)
    if len(body) != len(pairs):
        raise _Malformed("a key stands twice in one object")
    return body


def _refuse_deep(text: str) -> None:
    """Refuse what is nested deeper than anybody means, before it is parsed."""
    if text.count("[") + text.count("{") <= BRACKETS_UNCOUNTED:
        return
    depth = 0
    for mark in _MARKS.finditer(text):
        depth += STEPS.get(mark[0], 0)
        if depth > DEPTH_MAX + 1:
            raise _Malformed(f"nested deeper than {DEPTH_MAX} levels")


def _check(value: Any, depth: int = 0) -> None:
    """Refuse what PostgreSQL cannot store and what is nested deeper than anybody means."""
    if depth > DEPTH_MAX:
        raise _Malformed(f"nested deeper than {DEPTH_MAX} levels")
    if isinstance(value, str) and ("\x00" in value or not _encodable(value)):
        raise _Malformed("a text has a NUL character or half a surrogate pair")
    if isinstance(value, dict):
        for key, item in value.items():
            _check(key, depth + 1)
            _check(item, depth + 1)
    if isinstance(value, list):
        for item in value:
            _check(item, depth + 1)


def _encodable(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def loads(text: str) -> Any:
    """Return the parsed JSON; numbers with a point or an exponent are ``Decimal``.

    Refuses (``ValueError``) what JSON forbids and many parsers accept, NaN and infinities, what
    could mean two things: a key that stands twice, numbers beyond range, negative zero, and what
    PostgreSQL cannot store or nobody means (``_check``).
    """
    if text.startswith("\ufeff"):  # RFC 8259 §8.1 forbids it; simplejson would skip it
        raise _Malformed("it begins with a byte order mark")
    _refuse_deep(text)
    try:
        value = simplejson.loads(
            text,
            parse_float=_number,
            parse_int=_integer,
            parse_constant=_refuse_constant,
            object_pairs_hook=_object,
        )
    except (DecimalException, RecursionError) as error:
        raise _Malformed(str(error) or "a number is beyond range") from error
    _check(value)
    return value


def dumps(value: Any, *, sort_keys: bool = False) -> str:
    """Return compact JSON in which a Decimal is a number with exactly its digits."""
    return (_SORTED if sort_keys else _PLAIN).encode(value)


def written(text: str) -> simplejson.RawJSON:
    """Return JSON that is written already, to stand in what is written next as it is."""
    return simplejson.RawJSON(text)


def _encoder(*, sort_keys: bool) -> simplejson.JSONEncoder:
    return simplejson.JSONEncoder(
        use_decimal=True,
        allow_nan=False,
        ensure_ascii=False,
        separators=(",", ":"),
        sort_keys=sort_keys,
    )


# Made once: to make one costs as much as to write a body.
_PLAIN, _SORTED = _encoder(sort_keys=False), _encoder(sort_keys=True)


def _drain(stream: IO[Any]) -> None:
    """Read on, within a bound: a caller who is still sending would see a broken connection
    instead of the answer.
    """
    for _ in range(DRAIN_MAX_BYTES // DRAIN_STEP_BYTES):
        if not stream.read(DRAIN_STEP_BYTES):
            return


def _refuse_unread(media_type: str, encoding: str) -> None:
    """Refuse what DRF lets through: ``*/*``, which says nothing, and a compressed body."""
    said = media_type.partition(";")[0].strip().lower()
    if said != MEDIA_TYPE or encoding.strip().lower() not in ("", "identity"):
        raise UnsupportedMediaType(media_type)


def _refuse_cut_off(received: int, announced: str) -> None:
    """Refuse a body that ended early (RFC 9112 §8): what was cut off may have changed its sense."""
    if announced.isdecimal() and received < int(announced):
        raise ParseError(f"The body ended after {received} of {announced} bytes.")


class JSONParser(BaseParser):
    """Reads a bounded JSON object."""

    media_type = MEDIA_TYPE
    bytes_max_setting = "API_BODY_MAX_BYTES"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Any = None
    ) -> Any:
        """Return the body, or raise ``ParseError`` (400) when it is too large, cut off or not JSON.

        Raises ``UnsupportedMediaType`` (415) for a body that is not said to be plain JSON.
        """
        headers = parser_context["request"].headers
        _refuse_unread(media_type or "", headers.get("Content-Encoding", ""))
        limit = getattr(settings, self.bytes_max_setting)
        try:
            raw = stream.read(limit + 1)
            if len(raw) > limit:
                _drain(stream)
                raise ParseError(f"The body is larger than {limit} bytes.")
            _refuse_cut_off(len(raw), headers.get("Content-Length", ""))
            body = loads(raw.decode("utf-8"))
        except (ValueError, RawPostDataException) as error:
            raise ParseError(f"The body is not valid JSON: {error}.") from error
        if not isinstance(body, dict):
            raise ParseError("The body must be a JSON object.")
        return body


class JSONRenderer(BaseRenderer):
    """Writes JSON with exact Decimals."""

    media_type = MEDIA_TYPE
    format = "json"
    charset = None

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None
    ) -> bytes:
        """Return the body; nothing for an answer without one."""
        return b"" if data is None else dumps(data).encode()


class ExactEncoder(simplejson.JSONEncoder):
    """For ``JSONField``: a Decimal is stored as a number with exactly its digits."""


class ExactDecoder(simplejson.JSONDecoder):
    """For ``JSONField``: a number with a point comes back as the Decimal it was."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs, parse_float=Decimal)


# The arguments of a ``JSONField`` that keeps numbers exactly.
EXACT_JSON: dict[str, Any] = {"encoder": ExactEncoder, "decoder": ExactDecoder}
