"""What the doctor says: one line a finding, and never a secret in it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from django.conf import settings

OK, WARNING, WRONG = "ok", "warning", "wrong"
ERROR_LENGTH_MAX = 200
HIDDEN = "***"


@dataclass(frozen=True)
class Line:
    """One thing that was looked at, how it is, and what to do about it."""

    subject: str
    level: str
    what: str
    todo: str = ""

    def __str__(self) -> str:
        said = f"{self.level:8}{self.subject}: {self.what}"
        return f"{said} → {self.todo}" if self.todo else said


# Looks at one subject; what it cannot go on without, it says and ends.
Look = Callable[[], Iterator[Line]]


def error_text(error: BaseException) -> str:
    """Return an error in one short line, without the passwords that the settings know."""
    text = (str(error) or type(error).__name__).splitlines()[0]
    for secret in _passwords():
        text = text.replace(secret, HIDDEN)
    return "".join(one if one.isprintable() else " " for one in text)[:ERROR_LENGTH_MAX]


def _passwords() -> list[str]:
    found = [settings.DATABASES["default"].get("PASSWORD", ""), settings.EMAIL_HOST_PASSWORD]
    for url in (settings.REDIS_URL, settings.TRON_PROXY, *settings.TRON_NODES):
        password = urlsplit(url).password or ""
        found += [password, unquote(password)]
    found += [key.rpartition("=")[2] for key in settings.TRON_API_KEYS]
    return sorted(filter(None, map(str, found)), key=len, reverse=True)
