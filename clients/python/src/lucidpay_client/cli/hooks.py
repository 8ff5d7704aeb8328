"""``lucidpay listen`` and ``trigger``: webhooks while you write the program that receives them."""

import base64
import secrets
import sys
import time
from collections.abc import Iterator

import click
import httpx

from lucidpay_client.answers import Delivery, Event
from lucidpay_client.cli.show import FAILED, Session, printable, shared
from lucidpay_client.errors import Conflict
from lucidpay_client.exact import dumps
from lucidpay_client.plans import PASSING
from lucidpay_client.webhook import webhook_headers

BEYOND = 10**18 - 1  # no event has so high a number: the refusal tells the last one
FORWARD_TIMEOUT_S = 30.0
TRIED_WITHIN_S = 30.0
POLL_S = 0.5


@click.command()
@click.argument("target", required=False)
@click.option("--events", default="", help="Types, with commas between; all when absent.")
@click.option("--secret", envvar="LUCIDPAY_WEBHOOK_SECRET", help="To sign with; made when absent.")
@click.option("--after", type=int, help="Begin after this sequence; with new events when absent.")
@click.option("--count", type=int, help="End after so many events.")
@click.option("--poll-seconds", type=float, default=2, show_default=True)
@shared
def listen(
    session: Session, target: str | None, events: str, secret: str | None, after: int | None,
    count: int | None, poll_seconds: float,
) -> None:  # fmt: skip
    """Read events as they happen, and send each to TARGET: a port of this machine, or a URL.

    The platform need not reach this machine: events are read from its stream. Each is sent in the
    words of its webhook, signed as one, with a secret of this session.
    """
    url = _url_of(target)
    if url and not secret:
        secret = f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"
        session.say(f"Sending to {url}, signed with {secret}", secret=secret, url=url)
    start = _last(session) if after is None else after
    wanted = {one.strip() for one in events.split(",") if one.strip()}
    try:
        for number, event in enumerate(_events(session, start, wanted, poll_seconds), 1):
            _pass_on(session, event, url, secret or "")
            if number == count:
                return
    except KeyboardInterrupt:
        session.say("Stopped.")


@click.command()
@click.argument("webhook_id", required=False)
@shared
def trigger(session: Session, webhook_id: str | None) -> None:
    """Have the platform send a webhook.test, and show what the receiver answered."""
    delivery = session.client.send_test_webhook(webhook_id or _only_one(session))
    end_s = time.monotonic() + TRIED_WITHIN_S
    while not delivery.attempts and time.monotonic() < end_s:
        time.sleep(POLL_S)
        delivery = session.client.get_delivery(delivery.delivery_id)
    session.show({**delivery.raw, "answered": _answered(delivery)})
    if delivery.status != "delivered":
        sys.exit(FAILED)


def _url_of(target: str | None) -> str | None:
    if target is None or not target.isdecimal():
        return target
    return f"http://127.0.0.1:{target}/"


def _last(session: Session) -> int:
    try:
        return session.client.get_events(after=BEYOND, limit=1).next_after
    except Conflict as beyond:
        return int(beyond.details["last_sequence"])


def _events(session: Session, after: int, wanted: set[str], poll_s: float) -> Iterator[Event]:
    while True:
        wait_s = poll_s
        try:
            page = session.client.get_events(after)
        except PASSING as error:
            session.say(str(error))
            wait_s = max(poll_s, error.retry_after_s or 0)
        else:
            if page.oldest_sequence is not None:
                session.say(f"Events {after + 1} to {page.oldest_sequence - 1} were forgotten.")
            yield from (one for one in page.events if not wanted or one.type in wanted)
            after = page.next_after
            if page.has_more:
                continue
        time.sleep(wait_s)


def _pass_on(session: Session, event: Event, url: str | None, secret: str) -> None:
    answered = _send(event, url, secret) if url else None
    if session.as_json:
        session.show({**event.raw, "answered": answered})
        return
    told = "" if answered is None else f" → {answered}"
    click.echo(printable(f"{event.sequence} {event.type} {event.event_id}{told}"))


def _send(event: Event, url: str, secret: str) -> str:
    # The very words of the webhook: the stream has them, with its own number beside.
    body = dumps({name: event.raw[name] for name in ("type", "timestamp", "data")}).encode()
    headers = webhook_headers(body, event.event_id, secret, now_s=int(time.time()))
    try:
        # Not by way of a proxy: the receiver is on this machine.
        answer = httpx.post(
            url, content=body, headers=headers, timeout=FORWARD_TIMEOUT_S, trust_env=False
        )
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return f"{type(error).__name__}: {error}"
    return str(answer.status_code)


def _only_one(session: Session) -> str:
    active = [one.webhook_id for one in session.client.list_webhooks() if one.active]
    if len(active) != 1:
        raise click.UsageError(f"Name one of your active webhooks: {', '.join(active) or 'none'}.")
    return active[0]


def _answered(delivery: Delivery) -> str:
    if delivery.last_attempt is None:
        return f"not tried within {TRIED_WITHIN_S:g} s"
    last = delivery.last_attempt
    return str(last.get("status_code") or last.get("error") or last.get("outcome"))
