"""What happens in a run of chaos, and when. All of it follows from the seed; nothing is done here.

The same seed draws the same orders and the same acts. What they meet depends on the machine.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from tests.chaos.faults import ALL, TRUE_VIEW, fault_draw, views_draw
from tests.chaos.purchases import Purchase, address_of, key_of, purchases_draw

ORDERS_A_MINUTE = 220
REGULARS = 40  # people who are paid again and again; everybody else is a new holder
# Nothing is begun in the last part, so that what was broken can heal within the plan.
QUIET_SHARE = 0.1
# How often a minute; a kill brings its start with it.
RATES: dict[str, float] = {
    "kill": 12,
    "wipe": 0.4,
    "flush": 1,
    "fault": 26,
    "view": 2,
    "forget": 1,
    "reorg": 1.5,
    "step": 1.2,
    "still": 0.6,
    "pause": 0.5,
    "energy": 0.5,
    "inflow": 0.5,
}
VICTIMS = {
    "worker-1": 5, "worker-2": 5, "web": 2, "beat": 2, "node": 2, "staff": 1, "postgres": 1,
    "valkey": 1,
}  # fmt: skip
DOWN_S = {
    "worker": 1.5, "web": 1.5, "beat": 3.0, "node": 3.0, "staff": 3.0, "postgres": 1.5,
    "valkey": 1.5,
}  # fmt: skip
UP_S = 0.5  # at least this long between a start and the next kill
KILLS = frozenset({"kill", "wipe"})
STARTS_AND_KILLS = KILLS | {"start"}
ENERGY = {"holder": 64_285, "new_holder": 130_285}


@dataclass(frozen=True)
class Order:
    """One payout that a client wants, and how it asks."""

    at_s: float
    reference: str
    key: str  # its Idempotency-Key, or nothing: then the reference acts as one
    recipient: str
    cents: int
    priority: str
    twice: bool  # two requests at once
    cancelled: bool

    @property
    def amount_micro(self) -> int:
        """Return the amount in base units."""
        return self.cents * 10_000


@dataclass(frozen=True)
class Act:
    """One thing that is done to the platform or its chain."""

    at_s: float
    kind: str
    what: str = ""
    options: dict[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Plan:
    """A run: orders, purchases and acts, each in the order of time."""

    seed: int
    duration_s: float
    orders: tuple[Order, ...]
    acts: tuple[Act, ...]
    purchases: tuple[Purchase, ...] = ()

    @property
    def stepped_s(self) -> int:
        """Return by how much chain time will run ahead of everybody's clocks."""
        return sum(act.options["seconds"] for act in self.acts if act.kind == "step")


def plan_draw(seed: int, duration_s: float, *, without: frozenset[str] = frozenset()) -> Plan:
    """Draw a run. ``without`` names kinds of ``RATES`` that are left out, to close in on a bug.

    Each kind has dice of its own: leaving one out changes nothing about the others.
    """
    unknown = without - set(RATES)
    if unknown:
        raise ValueError(f"not a kind of act: {', '.join(sorted(unknown))}")
    acts = [
        act
        for kind in RATES
        if kind not in without
        for act in _acts_of(kind, _dice(seed, kind), duration_s)
    ]
    acts = sorted(_with_starts(sorted(acts, key=_at_s)), key=_at_s)
    orders = sorted(_orders(seed, duration_s), key=_at_s)
    purchases = sorted(purchases_draw(_dice(seed, "purchases"), seed, duration_s), key=_at_s)
    return Plan(seed, duration_s, tuple(orders), tuple(_after_outages(acts)), tuple(purchases))


def _orders(seed: int, duration_s: float) -> Iterator[Order]:
    dice = _dice(seed, "orders")
    for number in range(round(ORDERS_A_MINUTE * duration_s / 60)):
        regular = dice.random() < 0.7
        name = f"regular {dice.randrange(REGULARS)}" if regular else f"new {number}"
        reference = f"chaos-{seed}-{number}"
        yield Order(
            at_s=dice.uniform(0, duration_s * 0.95),
            reference=reference,
            key=f"key-{reference}" if dice.random() < 0.6 else "",
            recipient=address_of(key_of(f"{seed}/{name}")),
            cents=dice.randint(1, 500),
            priority=dice.choice(("LOW", "NORMAL", "NORMAL", "NORMAL", "HIGH", "URGENT")),
            twice=dice.random() < 0.1,
            cancelled=dice.random() < 0.08,
        )


def _dice(seed: int, name: str) -> Random:
    return Random(f"{seed}/{name}")  # noqa: S311 (no secret comes of it)


def _acts_of(kind: str, dice: Random, duration_s: float) -> Iterator[Act]:
    names = list(ALL)
    dice.shuffle(names)
    end_s = duration_s * (1 - QUIET_SHARE)
    for number in range(max(1, round(RATES[kind] * duration_s / 60))):
        at_s = dice.uniform(0, end_s)
        if kind == "fault":  # in turn, so that none is left out by chance
            yield Act(at_s, kind, options=fault_draw(dice, names[number % len(names)]))
        else:
            yield from _act(kind, at_s, dice)


def _act(kind: str, at_s: float, dice: Random) -> Iterator[Act]:
    """Yield an act and, when it breaks something that does not heal by itself, its healing."""
    match kind:
        case "kill":
            victim = dice.choices(list(VICTIMS), list(VICTIMS.values()))[0]
            yield Act(at_s, kind, victim, {"down_s": _down_s(victim, dice)})
        case "wipe":
            yield Act(at_s, kind, "valkey", {"down_s": _down_s("valkey", dice)})
        case "view":
            face = dice.choice("ab")
            yield Act(at_s, "view", face, views_draw(dice))
            yield Act(at_s + dice.uniform(2, 8), "true", face, TRUE_VIEW)
        case "forget":
            yield Act(at_s, kind, options={"node": dice.choice("ab")})
        case "reorg":
            back = dice.choice(("back", "lost"))
            yield Act(at_s, kind, options={"blocks": dice.randint(1, 15), "transactions": back})
        case "step":  # beyond the 60 s for which a transaction is valid here
            yield Act(at_s, kind, options={"seconds": dice.randint(65, 150)})
        case "still":
            yield Act(at_s, "still", options={"block_ms": 0})
            yield Act(at_s + dice.uniform(1, 6), "go")
        case "pause":
            yield Act(at_s, "pause", options={"paused": True})
            yield Act(at_s + dice.uniform(1, 5), "unpause", options={"paused": False})
        case "energy":
            dearer = {name: value * dice.choice((11, 15, 22)) // 10 for name, value in
                      ENERGY.items()}  # fmt: skip
            yield Act(at_s, "energy", options=dearer)
            yield Act(at_s + dice.uniform(3, 10), "cheap", options=ENERGY)
        case "inflow":
            yield Act(at_s, kind, options={"usdt": dice.randint(1, 50), "trx": dice.randint(1, 50)})
        case "flush":
            yield Act(at_s, kind, "valkey")


def _down_s(victim: str, dice: Random) -> float:
    return dice.uniform(0.1, DOWN_S[victim.partition("-")[0]])


def _with_starts(acts: list[Act]) -> Iterator[Act]:
    """Yield the acts, each kill with its start; what is dead already is killed after its start."""
    up_at_s: dict[str, float] = {}
    for act in acts:
        if act.kind not in KILLS:
            yield act
            continue
        at_s = max(act.at_s, up_at_s.get(act.what, 0.0))
        start_s = at_s + act.options["down_s"]
        up_at_s[act.what] = start_s + UP_S
        yield replace(act, at_s=at_s)
        yield Act(start_s, "start", act.what)


def _after_outages(acts: list[Act]) -> Iterator[Act]:
    """Yield the acts; what needs a part that is down follows right after its start."""
    down: set[str] = set()
    waiting: list[Act] = []
    for act in acts:
        if act.kind in KILLS:
            down.add(act.what)
        elif act.kind == "start":
            down.discard(act.what)
        if act.kind not in STARTS_AND_KILLS and _needs(act) in down:
            waiting.append(act)
            continue
        yield act
        ready = [one for one in waiting if _needs(one) not in down]
        waiting = [one for one in waiting if _needs(one) in down]
        yield from (replace(one, at_s=act.at_s) for one in ready)


def _needs(act: Act) -> str:
    return "valkey" if act.kind == "flush" else "node"


def _at_s(timed: Any) -> float:
    return float(timed.at_s)
