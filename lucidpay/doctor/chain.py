"""The nodes, each asked now, and the clock of this machine against theirs.

Nothing that a node says here has consequences: a node of another network is named, and the kill
switch is left alone. It is the workers who pull it.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import Error

from lucidpay.clock import from_ms, utc_now
from lucidpay.doctor.line import OK, WARNING, WRONG, Line, error_text
from tron import node_health
from tron.cursor import cursor_here
from tron.errors import NodeError, WrongChain
from tron.networks import network
from tron.node import Node
from tron.nodes import open_nodes
from tron.reference import ChainNotReady, refuse_unready
from tron.route import host_of

NODES, CLOCK, SCANNER = "nodes", "clock", "scanner"
TIMEOUT_S = 10
AHEAD_MAX_S = 5  # blocks carry the time of their slot: none is of the future


@dataclass(frozen=True)
class Told:
    """What a node has answered: how old its newest block is, or what was in the way."""

    name: str
    head_number: int = 0
    head_age_s: float = 0
    error: str = ""


def chain_lines() -> Iterator[Line]:
    """Yield how each node is, whether two are enough of a witness, and how the clock is."""
    try:
        urls = network().nodes
    except ImproperlyConfigured as error:
        yield Line(NODES, WRONG, error_text(error), "docs/boot-checks.md, E002")
        return
    if len(set(map(host_of, urls))) < 2:
        what = "all nodes are on one host: nobody would notice that it lies"
        yield Line(NODES, WARNING, what, "name a second node, of somebody else, in TRON_NODES")
    told = asyncio.run(_ask_all())
    yield from map(_node_line, told)
    yield from _clock_lines(told)


async def _ask_all() -> list[Told]:
    token = node_health.accused.set({})  # what is found out here accuses nobody
    try:
        async with open_nodes() as nodes:
            return list(await asyncio.gather(*map(_ask, nodes.configured)))
    finally:
        node_health.accused.reset(token)


async def _ask(node: Node) -> Told:
    try:
        async with asyncio.timeout(TIMEOUT_S):
            await node.prove_genesis()
            head = await node.head()
    except TimeoutError:
        return Told(node.name, error=f"no answer within {TIMEOUT_S} s")
    except (NodeError, WrongChain) as error:
        return Told(node.name, error=error_text(error))
    age_s = (utc_now() - from_ms(head.time_ms)).total_seconds()
    return Told(node.name, head.number, age_s)


def _node_line(told: Told) -> Line:
    if told.error:
        todo = "bring it back, or take it out of TRON_NODES"
        return Line(NODES, WRONG, f"{told.name}: {told.error}", todo)
    what = f"{told.name}: block {told.head_number:,}, {max(0, told.head_age_s):,.0f} s old"
    if told.head_age_s > settings.TRON_HEAD_AGE_MAX_S:
        return Line(NODES, WRONG, what, "it stands still: nothing is signed on it")
    return Line(NODES, OK, f"{what}, of {network().name}")


def _clock_lines(told: list[Told]) -> Iterator[Line]:
    """Yield whether our clock is behind; one that is ahead looks like nodes that stand still."""
    youngest_s = min((one.head_age_s for one in told if not one.error), default=None)
    if youngest_s is None:
        return
    if youngest_s < -AHEAD_MAX_S:
        what = f"the newest block is {-youngest_s:,.0f} s ahead of our clock"
        yield Line(CLOCK, WRONG, what, "let NTP set this machine's clock (timedatectl)")
    elif youngest_s > settings.TRON_SCAN_FRESH_S:
        what = f"the newest block of all nodes is {youngest_s:,.0f} s behind our clock"
        yield Line(CLOCK, WARNING, what, "is the clock ahead (timedatectl), or do all nodes lag?")
    else:
        yield Line(CLOCK, OK, "it agrees with the chain")


def scanner_lines() -> Iterator[Line]:
    """Yield where the scanner stands; nothing when the database does not answer."""
    try:
        cursor = cursor_here()
    except WrongChain as error:
        yield Line(SCANNER, WRONG, error_text(error), "correct TRON_NETWORK or DATABASE_URL")
        return
    except Error:
        return  # said where the database is looked at
    if cursor is None:
        todo = "start beat and a worker that serves tron-client"
        yield Line(SCANNER, WRONG, "it has not looked at the chain yet", todo)
        return
    now = utc_now()
    silent_s = (now - cursor.seen_at).total_seconds()
    behind = max(0, cursor.solid_number - cursor.number)
    what = f"at block {cursor.number:,}, {behind:,} behind, looked {silent_s:,.0f} s ago"
    try:
        refuse_unready(cursor, now=now)
    except ChainNotReady as error:
        todo = f"nothing is signed, as {error}: see workers, beat and nodes here"
        yield Line(SCANNER, WRONG, what, todo)
    else:
        yield Line(SCANNER, OK, what)
