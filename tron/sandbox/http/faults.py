"""Which request meets which fault: rules, counting and chance, and nothing that acts.

A rule says a node, a path and a fault. The newest rule that fits a request decides; one that has
been met ``times`` times, or whose chance says no, leaves it to the older ones.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from itertools import count
from typing import Any

BROADCASTS = frozenset({"broadcasttransaction", "broadcasthex"})
TRANSACTIONS = BROADCASTS | {
    "createtransaction",
    "getapprovedlist",
    "getsignweight",
    "triggersmartcontract",
}
BLOCKS = frozenset(
    {
        "getblock",
        "getblockbyid",
        "getblockbylatestnum",
        "getblockbylimitnext",
        "getblockbynum",
        "getnowblock",
    }
)
# The codes of a broadcast answer (java-tron GrpcAPI.Return.response_code) and the words that
# Wallet.broadcastTransaction gives them.
REFUSALS = {
    "SIGERROR": "Validate signature error: sig error",
    "CONTRACT_VALIDATE_ERROR": "Contract validate error : account does not exist",
    "CONTRACT_EXE_ERROR": "Contract execute error : null",
    "BANDWITH_ERROR": "Account resource insufficient error.",
    "DUP_TRANSACTION_ERROR": "Dup transaction.",
    "TAPOS_ERROR": "Tapos check error.",
    "TOO_BIG_TRANSACTION_ERROR": "Too big transaction",
    "TRANSACTION_EXPIRATION_ERROR": "Transaction expired",
    "SERVER_BUSY": "Server busy.",
    "NO_CONNECTION": "No connection.",
    "NOT_ENOUGH_EFFECTIVE_CONNECTION": ("Effective connection:0 lt minEffectiveConnection:1"),
    "BLOCK_UNSOLIDIFIED": "Block unsolidified.",
    "OTHER_ERROR": "Error: null",
}
DELAY_MS_MAX = 3_600_000
HANG_MS = 60_000
STATUS_MIN, STATUS_MAX = 400, 599


class FaultInvalid(ValueError):
    """A rule cannot be: the text names the field."""


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a fault: what it may be, and what it is when nothing is said."""

    must: str
    fits: Callable[[Any], bool]
    default: Any = None
    required: bool = False


def _whole(value: Any, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _delay_ms(default: int | None) -> Option:
    return Option(
        f"a whole number from 0 to {DELAY_MS_MAX}",
        lambda value: _whole(value, 0, DELAY_MS_MAX),
        default,
        required=default is None,
    )


PROCESS = {"process": Option("true or false", _is_flag, default=False)}
MESSAGE = Option("a text", _is_text)


@dataclass(frozen=True, slots=True)
class Kind:
    """A fault there is: its options, and the only requests it makes sense for (none: all)."""

    options: dict[str, Option] = field(default_factory=dict)
    names: frozenset[str] = frozenset()


KINDS: dict[str, Kind] = {
    "delay": Kind(
        {
            "delay_ms": _delay_ms(None),
            "when": Option("before or after", lambda value: value in ("before", "after"), "before"),
        }
    ),
    "drop": Kind(),
    "drop_answer": Kind(),
    "hang": Kind({"delay_ms": _delay_ms(HANG_MS)}),
    "twice": Kind(),
    "status": Kind(
        {
            "status": Option(
                f"a whole number from {STATUS_MIN} to {STATUS_MAX}",
                lambda value: _whole(value, STATUS_MIN, STATUS_MAX),
                required=True,
            ),
            "body": Option("a text", _is_text),
        }
        | PROCESS
    ),
    "html": Kind(PROCESS),
    "empty": Kind(PROCESS),
    "null": Kind(PROCESS),
    "garbage": Kind(PROCESS),
    "truncated": Kind({"cut": Option("true or false", _is_flag, default=False)}),
    "error": Kind({"message": MESSAGE} | PROCESS),
    "result_false": Kind(PROCESS),
    "refuse": Kind(
        {
            "code": Option(
                f"one of {', '.join(REFUSALS)}",
                lambda value: isinstance(value, str) and value in REFUSALS,
                required=True,
            ),
            "message": MESSAGE,
        },
        BROADCASTS,
    ),
    "lose": Kind(names=BROADCASTS),
    "keep_private": Kind(names=BROADCASTS),
    "wrong_txid": Kind(names=TRANSACTIONS),
    "wrong_genesis": Kind(names=BLOCKS),
}


@dataclass(slots=True)
class Rule:
    """One fault on some requests; ``times`` None is for ever."""

    id: int
    node: str
    path: str
    fault: str
    times: int | None
    probability: float
    seed: int
    options: dict[str, Any]
    hits: int = 0
    chance: random.Random = field(default_factory=random.Random)

    def fits(self, node: str, path: str) -> bool:
        """Say whether a request is one this rule is about."""
        names = KINDS[self.fault].names
        return (
            self.node in ("*", node)
            and fnmatchcase(path, self.path)
            and (not names or path.rpartition("/")[2] in names)
        )

    def met(self) -> bool:
        """Say whether a request that fits meets the fault, and count it if so."""
        if self.times is not None and self.hits >= self.times:
            return False
        if self.probability < 1 and self.chance.random() >= self.probability:
            return False
        self.hits += 1
        return True

    def shown(self) -> dict[str, Any]:
        """Return the rule as ``GET faults`` lists it."""
        return {
            "id": self.id,
            "node": self.node,
            "path": self.path,
            "fault": self.fault,
            "times": self.times,
            "probability": self.probability,
            "seed": self.seed,
            **self.options,
            "hits": self.hits,
        }


class Faults:
    """All rules of a process."""

    def __init__(self, nodes: list[str]) -> None:
        """``nodes`` are the names a rule may say."""
        self._nodes = nodes
        self._ids = count(1)
        self._rules: dict[int, Rule] = {}

    def __iter__(self) -> Iterator[Rule]:
        """Yield the rules, oldest first."""
        return iter(self._rules.values())

    def add(self, fields: dict[str, Any]) -> Rule:
        """Add a rule, newest of all; raises ``FaultInvalid`` naming the field that is wrong."""
        rule = rule_read(next(self._ids), fields, self._nodes)
        self._rules[rule.id] = rule
        return rule

    def clear(self, number: int | None = None) -> int:
        """Remove one rule or all, and return how many there were of it."""
        gone = [n for n in self._rules if number in (None, n)]
        for n in gone:
            del self._rules[n]
        return len(gone)

    def meet(self, node: str, path: str) -> Rule | None:
        """Return the rule that decides about a request, and count it; None for no fault."""
        for rule in reversed(self._rules.values()):
            if rule.fits(node, path) and rule.met():
                return rule
        return None


COMMON = frozenset({"node", "path", "fault", "times", "probability", "seed"})


def rule_read(number: int, fields: dict[str, Any], nodes: list[str]) -> Rule:
    """Return the rule that these fields describe; raises ``FaultInvalid``."""
    fault = fields.get("fault")
    if not isinstance(fault, str) or fault not in KINDS:
        raise FaultInvalid(f"fault must be one of {', '.join(KINDS)}")
    seed = _field(fields, "seed", random.getrandbits(32), _is_seed, "a whole number")
    return Rule(
        id=number,
        node=_field(fields, "node", "*", [*nodes, "*"].__contains__, f"* or one of {nodes}"),
        path=_field(fields, "path", "*", _is_text, "a text").lstrip("/"),
        fault=fault,
        times=_field(fields, "times", None, _is_times, "a whole number of at least 1"),
        probability=_field(fields, "probability", 1, _is_probability, "a number from 0 to 1"),
        seed=seed,
        options=_options(fault, fields),
        chance=random.Random(seed),  # noqa: S311 (chance that can be repeated)
    )


def _field(
    fields: dict[str, Any], name: str, default: Any, fits: Callable[[Any], bool], must: str
) -> Any:
    value = fields.get(name)
    if value is None:
        return default
    if not fits(value):
        raise FaultInvalid(f"{name} must be {must}")
    return value


def _is_seed(value: Any) -> bool:
    return isinstance(value, int)


def _is_times(value: Any) -> bool:
    return _whole(value, 1, 2**31)


def _is_probability(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


def _options(fault: str, fields: dict[str, Any]) -> dict[str, Any]:
    options = KINDS[fault].options
    if unknown := sorted(set(fields) - COMMON - set(options)):
        raise FaultInvalid(f"{fault} has no option {unknown[0]}")
    values = {}
    for name, option in options.items():
        if option.required and fields.get(name) is None:
            raise FaultInvalid(f"{name} must be {option.must}")
        values[name] = _field(fields, name, option.default, option.fits, option.must)
    return {name: value for name, value in values.items() if value is not None}
