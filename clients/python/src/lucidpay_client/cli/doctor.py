"""``lucidpay doctor``: what stands between you and a payout."""

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

import click

from lucidpay_client import calls
from lucidpay_client.answers import Health
from lucidpay_client.cli.show import FAILED, Session, printable, shared
from lucidpay_client.errors import LucidPayError, PermissionMissing
from lucidpay_client.version import __version__
from lucidpay_client.webhook import TOLERANCE_S

OK, LOOK, WRONG = "ok", "look", "wrong"
SKEW_LOOK_S = 30.0
HERE = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    what: str
    is_: str
    told: str


@click.command()
@shared
def doctor(session: Session) -> None:
    """Say what is not as it should be: connection, clock, key, platform, webhooks."""
    findings = list(_findings(session))
    for one in findings:
        if session.as_json:
            session.show(asdict(one))
        else:
            click.echo(printable(f"{one.is_:<5}  {one.what}: {one.told}"))
    if any(one.is_ == WRONG for one in findings):
        sys.exit(FAILED)


def _findings(session: Session) -> Iterator[Finding]:
    yield _address(session)
    begun_s = time.time()
    try:
        health = session.client.get_health()
    except LucidPayError as error:
        yield Finding("platform", WRONG, str(error))
        return
    yield _platform(health)
    yield _clock(health, (begun_s + time.time()) / 2)
    yield from _key(session)
    yield from _webhooks(session)


def _address(session: Session) -> Finding:
    parts = urlsplit(session.place.url)
    if parts.scheme != "https" and parts.hostname not in HERE:
        return Finding("url", LOOK, f"{session.place.url} is not https: your key can be read")
    return Finding("url", OK, f"{session.place.url} ({session.place.named})")


def _platform(health: Health) -> Finding:
    tron = health.checks.get("tron")
    network = tron.get("network", "?") if isinstance(tron, dict) else "?"
    told = f"{health.status}, version {health.version}, network {network}, client {__version__}"
    return Finding("platform", {"healthy": OK, "degraded": LOOK}.get(health.status, WRONG), told)


def _clock(health: Health, here_s: float) -> Finding:
    skew_s = (datetime.fromtimestamp(here_s, UTC) - health.timestamp).total_seconds()
    worst = WRONG if abs(skew_s) > TOLERANCE_S else LOOK if abs(skew_s) > SKEW_LOOK_S else OK
    more = "" if worst == OK else ": webhooks will look like recordings"
    return Finding("clock", worst, f"{skew_s:+.1f} s from the platform's{more}")


def _key(session: Session) -> Iterator[Finding]:
    yield _asked("key", lambda: _listed(session))


def _listed(session: Session) -> Finding:
    page = session.client.send(calls.payouts_page({}, 1))
    return Finding("key", OK, f"let in; {page.pagination.total} payouts are seen with it")


def _webhooks(session: Session) -> Iterator[Finding]:
    yield _asked("webhooks", lambda: _hooks(session))


def _hooks(session: Session) -> Finding:
    found = session.client.list_webhooks()
    off = [f"{one.webhook_id} ({one.disabled_reason})" for one in found
           if not one.active and one.disabled_reason in ("failing", "gone")]  # fmt: skip
    if off:
        return Finding("webhooks", WRONG, f"switched off: {', '.join(off)}")
    failing = [f"{one.webhook_id} ({one.failures}x)" for one in found if one.failures]
    if failing:
        return Finding("webhooks", LOOK, f"failing: {', '.join(failing)}")
    return Finding("webhooks", OK, f"{len(found)} registered, none failing")


def _asked(what: str, ask: Callable[[], Finding]) -> Finding:
    try:
        return ask()
    except PermissionMissing:
        return Finding(what, LOOK, "the key has no scope to look at this")
    except LucidPayError as error:
        return Finding(what, WRONG, str(error))
