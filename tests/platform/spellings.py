"""Everything a secret could look like where it was left behind."""

import base64
import json
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

WORDS_IN_A_ROW = 3


def of_key(key: bytes) -> set[bytes]:
    """Return how the bytes of a key or a seed could be written."""
    written = [key.hex(), str(int.from_bytes(key, "big")), *_with_base64(key)]
    written += [str(list(key)).strip("[]"), repr(key)[2:-1]]
    return _searchable([key, *_all_of(written)])


def of_text(text: str) -> set[bytes]:
    """Return how a password, a token or words could be written."""
    return _searchable(_all_of([text]))


def of_words(words: str) -> set[bytes]:
    """Return how words could be written: all of them, in whatever list, and some in a row."""
    each = words.split()
    wholes = [between.join(each) for between in (" ", ",", ", ", '", "', "', '", "\n", "")]
    rows = [each[at : at + WORDS_IN_A_ROW] for at in range(len(each) - WORDS_IN_A_ROW + 1)]
    parts = [between.join(row) for row in rows for between in (" ", '", "', "', '")]
    return _searchable([*_all_of(wholes), *(part.encode() for part in parts)])


def _all_of(texts: Iterable[str]) -> Iterator[bytes]:
    for text in texts:
        escaped = json.dumps(text)[1:-1]
        # A value of JSON within JSON, as a body in a line of the log, is escaped twice.
        plain = [text, escaped, json.dumps(escaped)[1:-1], repr(text)[1:-1]]
        plain += [json.dumps(text, ensure_ascii=False)[1:-1], repr(text.encode())[2:-1]]
        plain += [quote(text), quote_plus(text), text.upper(), text.encode().hex()]
        for one in {*plain, text.encode().hex().upper()}:
            yield one.encode()
        for one in {text, escaped}:
            yield from (core.encode() for core in _with_base64(one.encode()))


def _with_base64(raw: bytes) -> Iterator[str]:
    """Yield what base64 makes of these bytes, wherever in a longer text they stand."""
    for before in range(3):
        coded = base64.b64encode(bytes(before) + raw).decode()
        # Without the signs that carry bits of what stands before and behind.
        core = coded[-(-8 * before // 6) : 8 * (before + len(raw)) // 6]
        yield core
        yield core.replace("+", "-").replace("/", "_")


def _searchable(found: Iterable[bytes]) -> set[bytes]:
    """Return those that stand on one line, as grep wants it; each has other spellings too."""
    return {one for one in found if one and b"\n" not in one}
