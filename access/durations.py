"""Spans of time as people type them: ``24h``, ``90d``, ``45m``."""

import re
from datetime import timedelta

_SPAN = re.compile(r"(\d{1,5})([mhd])", re.ASCII)
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def duration_parse(text: str) -> timedelta:
    """Return the span; raises ``ValueError`` with what is expected."""
    found = _SPAN.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is no span of time. Write 45m, 24h or 90d.")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})
