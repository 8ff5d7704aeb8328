"""``lucidpay status``, ``watch`` and ``stats``: looking changes nothing."""

import sys
from typing import Any

import click

from lucidpay_client import calls
from lucidpay_client.answers import Answered
from lucidpay_client.calls import Call
from lucidpay_client.cli.show import UNDER_WAY, UNPAID, Session, shared
from lucidpay_client.plans import Waited, until_final

PAID = ("confirmed", "completed")


@click.command()
@click.argument("public_id")
@shared
def status(session: Session, public_id: str) -> None:
    """Show a payout, a batch or a payment as it stands, by its id."""
    session.show(session.client.send(_call_of(public_id)).raw)


@click.command()
@click.argument("public_id")
@click.option("--timeout-minutes", type=float, default=30, show_default=True)
@click.option("--poll-seconds", type=float, default=3, show_default=True)
@shared
def watch(session: Session, public_id: str, timeout_minutes: float, poll_seconds: float) -> None:
    """Follow a payout, a batch or a payment to its end."""
    _watch(session, public_id, timeout_minutes, poll_seconds)


@click.command()
@click.option("--period", type=click.Choice(["hour", "day", "week", "month"]), default="day")
@click.option("--router", "router_type", help="One router only.")
@shared
def stats(session: Session, period: str, router_type: str | None) -> None:
    """Show what was asked for in a period, and what became of it."""
    session.show(session.client.get_payment_stats(router_type, period).raw)


def watch_payout(session: Session, payout_id: str, timeout_minutes: float) -> None:
    """Follow one payout to its end, as ``watch`` does."""
    _watch(session, payout_id, timeout_minutes, 3.0)


def _watch(session: Session, public_id: str, timeout_minutes: float, poll_s: float) -> None:
    def tell(found: Waited) -> None:
        session.say(f"{public_id} is {found.status}", status=found.status)

    plan = until_final(
        _call_of(public_id), public_id,
        timeout_s=timeout_minutes * 60, poll_s=poll_s, on_change=tell,
    )  # fmt: skip
    try:
        found = session.client.run(plan)
    except KeyboardInterrupt:
        session.say(f"Still under way. Go on with:\n  lucidpay watch {public_id}")
        sys.exit(UNDER_WAY)
    session.show(found.raw)
    if found.status not in PAID:
        sys.exit(UNPAID)


def _call_of(public_id: str) -> Call[Any]:
    kinds: dict[str, Any] = {
        "payout": calls.payout_get, "batch": calls.batch_get, "pay": calls.payment_get,
    }  # fmt: skip
    make = kinds.get(public_id.partition("_")[0])
    if make is None:
        raise click.UsageError("An id begins with payout_, batch_ or pay_.")
    call: Call[Answered] = make(public_id)
    return call
