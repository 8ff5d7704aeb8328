"""What is known of the configured nodes: who answers, who lags, who asked for a pause.

A process keeps it in memory and exchanges it with the others through ``NodeState``, every few
seconds and never inside somebody's transaction. It only decides whom to ask first: a node is
never given up, and being throttled is not being down.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

import structlog
from django.conf import settings
from django.db import connection

from lucidpay.clock import from_ms, utc_now
from tron.errors import OutcomeUnknown, Refused, Throttled, Unreachable, WrongChain
from tron.models import NodeState
from tron.networks import network
from tron.route import name_of

log = structlog.get_logger(__name__)

EXCHANGE_S = 2
STALE_S = 60  # heights that were seen longer ago rank nobody
LAG_BLOCKS_MAX = 25  # head − solid; 18 on a network that is well
SOLID_TOLERANCE = 2  # two looks are never at quite the same moment
PAUSE_FIRST_S, PAUSE_MAX_S = 1, 60
PAUSE_NAMED_MAX_S = 600  # a gateway's word, or a clock that was set, must not end payouts
ERROR_LENGTH_MAX = 300
_FIELDS = [
    field.name for field in NodeState._meta.get_fields() if field.name != "name" and field.concrete
]

_states: dict[str, NodeState] = {}
_unwritten: set[str] = set()
_exchanged_at: float | None = None
# What nodes did that a person must look at; collected while they are asked, where no query is
# possible, and acted upon right after.
accused: ContextVar[dict[str, str] | None] = ContextVar("accused", default=None)


class Named(Protocol):
    """A node, as far as it is ranked."""

    @property
    def name(self) -> str:
        """Host and port."""


N = TypeVar("N", bound=Named)


# --- What was seen ------------------------------------------------------------------------------


def state_of(name: str) -> NodeState:
    """Return what is known of a node."""
    state = _states.get(name)
    if state is None:  # asked several times a call: a row is made when there is none only
        state = _states[name] = NodeState(name=name, checked_at=utc_now())
    return state


def note(name: str, **fields: Any) -> None:
    """Keep these fields of ``NodeState``."""
    state = state_of(name)
    for field, value in fields.items():
        setattr(state, field, value)
    state.checked_at = utc_now()
    _unwritten.add(name)


def note_answer(name: str) -> None:
    """Keep that a node answered a question as it should."""
    note(name, failures=0, answered_at=utc_now())


def note_failure(name: str, error: Exception) -> None:
    """Keep that a node did not answer, or nothing that can be read."""
    told = "".join(one if one.isprintable() else "?" for one in str(error)[:ERROR_LENGTH_MAX])
    note(name, failures=state_of(name).failures + 1, last_error=told)


@contextmanager
def watched(name: str, *, proves_health: bool = True) -> Iterator[None]:
    """Keep how a conversation with a node ends. A refusal is an answer; a pause is no failure.

    ``proves_health`` is whether a good end shows that the node answers.
    """
    try:
        yield
    except (OutcomeUnknown, Unreachable) as error:
        note_failure(name, error)
        raise
    except (Throttled, WrongChain):
        raise
    except Refused:
        note_answer(name)
        raise
    if proves_health:
        note_answer(name)


def is_throttled(name: str) -> bool:
    """Return whether a node asked for a pause that still lasts."""
    return pause_left_s(state_of(name).throttled_until) > 0


def pause_left_s(until: datetime | None) -> float:
    """Return how many seconds a pause still lasts, 0 when it is over."""
    left_s = (until - utc_now()).total_seconds() if until else 0
    return min(max(0.0, left_s), PAUSE_NAMED_MAX_S)


def accuse(name: str, reason: str) -> None:
    """Keep that a node lied; ``ask`` pulls the kill switch for it."""
    here = accused.get()
    if here is None:
        log.critical("node_accused", node=name, reason=reason)
    else:
        here.setdefault(name, reason)


# --- Keys that were asked to pause --------------------------------------------------------------


@dataclass
class Pauses:
    """The pauses of one node's keys. Only when all of them pause is the node throttled."""

    name: str
    until: dict[str, datetime]
    strikes: dict[str, int]

    def left_s(self, key: str) -> float:
        """Return how many seconds a key still has to pause."""
        return max(
            pause_left_s(self.until.get(key)), pause_left_s(state_of(self.name).throttled_until)
        )

    def add(self, key: str, keys: Sequence[str], named_s: int | None) -> None:
        """Let a key pause: for the named time, else longer each time."""
        if named_s is None and pause_left_s(self.until.get(key)):
            return  # one of many that were under way when the first was told
        strikes = self.strikes[key] = self.strikes.get(key, 0) + 1
        pause_s = min(PAUSE_FIRST_S * 2 ** min(strikes - 1, 10), PAUSE_MAX_S)
        if named_s is not None:
            pause_s = min(max(named_s, PAUSE_FIRST_S), PAUSE_NAMED_MAX_S)
        self.until[key] = utc_now() + timedelta(seconds=pause_s)
        log.warning("node_throttles", node=self.name, pause_s=pause_s, strikes=strikes)
        if all(pause_left_s(self.until.get(one)) for one in keys):
            note(self.name, throttled_until=min(self.until[one] for one in keys))

    def over(self, key: str) -> None:
        """Forget how often a key was asked to pause: it is served again."""
        self.strikes.pop(key, None)


_pauses: dict[str, Pauses] = {}


def pauses_of(name: str) -> Pauses:
    """Return the pauses of a node's keys, as this process was told."""
    return _pauses.setdefault(name, Pauses(name, {}, {}))


# --- Whom to ask first --------------------------------------------------------------------------


def ranked(nodes: Sequence[N]) -> list[N]:
    """Return nodes as they should be asked: the sound, the sick, the throttled, the foreign.

    Among equals the highest solid block comes first, beyond a tolerance that keeps the choice
    from flapping; then the order of the configuration.
    """
    now = utc_now()
    states = [state_of(node.name) for node in nodes]
    solid_max = max(
        (_solid(state, now) or 0 for state in states if not illness(state, now)), default=0
    )

    def rank(node: N) -> tuple[int, int]:
        state = state_of(node.name)
        behind = solid_max - (_solid(state, now) or solid_max)
        return _tier(state, now), behind if behind > SOLID_TOLERANCE else 0

    return sorted(nodes, key=rank)


def _tier(state: NodeState, now: datetime) -> int:
    if is_foreign(state):
        return 3
    if pause_left_s(state.throttled_until):
        return 2
    return 1 if illness(state, now) else 0


def _solid(state: NodeState, now: datetime) -> int | None:
    seen_at = state.looked_at
    fresh = seen_at is not None and now - seen_at < timedelta(seconds=STALE_S)
    return state.solid_number if fresh else None


def is_foreign(state: NodeState) -> bool:
    """Return whether a node showed another genesis block than the network's."""
    return state.genesis_id not in ("", network().genesis_id)


def illness(state: NodeState, now: datetime) -> str:
    """Return why a node is not asked first, empty when it is sound."""
    if state.failures:
        return "down"
    if _solid(state, now) is None:
        return ""
    if state.peers == 0:
        return "alone"
    head, solid, head_ms = state.head_number, state.solid_number, state.head_time_ms
    if head is not None and solid is not None and head - solid > LAG_BLOCKS_MAX:
        return "lagging"
    old_at = now - timedelta(seconds=settings.TRON_HEAD_AGE_MAX_S)
    return "lagging" if head_ms is not None and from_ms(head_ms) < old_at else ""


# --- For other processes ---------------------------------------------------------


def exchange() -> None:
    """Give others what this process saw, and take what they saw; at most every few seconds.

    Does nothing inside a transaction, whose end it would share.
    """
    global _exchanged_at
    due = _exchanged_at is None or time.monotonic() - _exchanged_at >= EXCHANGE_S
    if not due or connection.in_atomic_block:
        return
    _exchanged_at = time.monotonic()
    publish()
    names = [name_of(url) for url in network().nodes]
    _states.update(NodeState.objects.in_bulk(names))


def publish() -> None:
    """Write what this process saw, in one statement, in one order for all processes."""
    names = sorted(_unwritten)
    _unwritten.difference_update(names)
    NodeState.objects.bulk_create(
        [_states[name] for name in names],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=_FIELDS,
    )


def forget_nodes() -> None:
    """Forget what this process knows of all nodes, as if it had just started."""
    global _exchanged_at
    _exchanged_at = None
    for memory in (_states, _unwritten, _pauses):
        memory.clear()
