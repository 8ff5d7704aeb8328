"""The settings of this process: those of the boot checks, and what only a running machine shows."""

import smtplib
from collections.abc import Iterator

from django.conf import settings
from django.core.checks import WARNING as CHECK_WARNING
from django.core.checks import run_checks
from django.core.mail import get_connection

from lucidpay.doctor.line import OK, WARNING, WRONG, Line, error_text
from lucidpay.sealing import VAULT, WEBHOOK_VAULT

SETTINGS, KEYS, MAIL = "settings", "keys", "mail"
WEB, BEAT, WORKER, SENDER = "web", "beat", "worker", "sender"
ROLES = (WEB, BEAT, WORKER, SENDER)


def settings_lines() -> Iterator[Line]:
    """Yield what the boot checks say, and whether Prometheus is let in."""
    said = [one for one in run_checks() if not one.is_silenced()]
    for one in said:
        level = WRONG if one.level > CHECK_WARNING else WARNING
        yield Line(SETTINGS, level, f"{one.id}: {one.msg}", str(one.hint or "docs/boot-checks.md"))
    if not said:
        yield Line(SETTINGS, OK, f"{settings.SETTINGS_MODULE}, network {settings.TRON_NETWORK}")
    if settings.REST_FRAMEWORK["NUM_PROXIES"] and not settings.METRICS_TOKEN:
        what = "behind a proxy nobody is told metrics without METRICS_TOKEN"
        yield Line(SETTINGS, WARNING, what, "set METRICS_TOKEN, and give it to Prometheus")


def key_lines(role: str) -> Iterator[Line]:
    """Yield which keys of vaults this process has, and whether its role should have them."""
    has = {vault: bool(getattr(settings, f"{vault}_KEY")) for vault in (VAULT, WEBHOOK_VAULT)}
    names = [f"{vault}_KEY" for vault, is_here in has.items() if is_here]
    held = ", ".join(names) or "no key that opens anything"
    if not role:
        yield Line(KEYS, OK, f"this process has {held}; --role says whether it should")
        return
    wanted = {
        WEB: (False, False), BEAT: (False, False), WORKER: (True, has[WEBHOOK_VAULT]),
        SENDER: (not settings.WEBHOOK_VAULT_PUBLIC_KEY, bool(settings.WEBHOOK_VAULT_PUBLIC_KEY)),
    }[role]  # fmt: skip
    lines = [
        _key_line(role, vault, is_wanted)
        for vault, is_wanted in zip(has, wanted, strict=True)
        if has[vault] != is_wanted
    ]
    yield from lines or [Line(KEYS, OK, f"{role}: {held}, as it should be")]


def _key_line(role: str, vault: str, is_wanted: bool) -> Line:
    if is_wanted:
        return Line(KEYS, WRONG, f"{role} has no {vault}_KEY", f"give it {vault}_KEY_FILE")
    what = f"{role} has {vault}_KEY, and whoever breaks in there has it too"
    todo = f"take {vault}_KEY and {vault}_KEY_FILE away from it; {vault}_PUBLIC_KEY is enough"
    return Line(KEYS, WRONG, what, todo)


def mail_lines() -> Iterator[Line]:
    """Yield whether the mail server lets us in; nothing is sent."""
    if not settings.EMAIL_HOST:
        what = "EMAIL_URL is not set: owners of webhooks that were switched off are not mailed"
        yield Line(MAIL, WARNING, what, "set EMAIL_URL, or look at the admin's front page")
        return
    try:
        with get_connection():
            yield Line(MAIL, OK, f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT} lets us in")
    except (OSError, smtplib.SMTPException) as error:
        what = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}: {error_text(error)}"
        yield Line(MAIL, WRONG, what, "correct EMAIL_URL, or open the way to it")
