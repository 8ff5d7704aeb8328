"""The faults that chaos draws from: what a node can do wrong without lying about the chain.

Lies are left out (forked solid blocks, forged receipts, another genesis, the id of another
transaction): they must stop the platform, and a run of chaos must end with everything paid.
"""

from collections.abc import Callable
from random import Random
from typing import Any

BROADCAST = "wallet/broadcasthex"
# Where most of the harm could be done comes up most.
PATHS = (BROADCAST, BROADCAST, BROADCAST, "walletsolidity/*", "wallet/*", "*")
FACES = ("a", "b", "*")
TIMES_MAX = 16
# The code table of java-tron ``Wallet.broadcastTransaction``.
REFUSALS = (
    "DUP_TRANSACTION_ERROR", "SERVER_BUSY", "TAPOS_ERROR", "SIGERROR", "NO_CONNECTION",
    "BLOCK_UNSOLIDIFIED", "CONTRACT_VALIDATE_ERROR", "BANDWITH_ERROR", "OTHER_ERROR",
    "TRANSACTION_EXPIRATION_ERROR", "NOT_ENOUGH_EFFECTIVE_CONNECTION",
)  # fmt: skip
HTTP_TROUBLE = (429, 403, 500, 502, 503)

Options = Callable[[Random], dict[str, Any]]


def _nothing(_: Random) -> dict[str, Any]:
    return {}


def _delay(dice: Random) -> dict[str, Any]:
    return {"delay_ms": dice.randint(100, 2_500), "when": dice.choice(("before", "after"))}


def _hang(dice: Random) -> dict[str, Any]:
    # One in eight outlasts the platform's own time-out of 10 s.
    return {"delay_ms": 11_000 if dice.random() < 1 / 8 else dice.randint(500, 4_000)}


def _instead(dice: Random) -> dict[str, Any]:
    # The worst of answers: an error that came after the work was done.
    return {"process": dice.random() < 0.5}


def _status(dice: Random) -> dict[str, Any]:
    return {"status": dice.choice(HTTP_TROUBLE), **_instead(dice)}


def _refuse(dice: Random) -> dict[str, Any]:
    return {"code": dice.choice(REFUSALS), "message": "chaos"}


ANYWHERE: dict[str, Options] = {
    "delay": _delay,
    "drop": _nothing,
    "drop_answer": _nothing,
    "twice": _nothing,
    "hang": _hang,
    "status": _status,
    "html": _instead,
    "empty": _instead,
    "null": _instead,
    "garbage": _instead,
    "truncated": _nothing,
    "error": _instead,
}
OF_BROADCASTS: dict[str, Options] = {
    "result_false": _instead,
    "refuse": _refuse,
    "lose": _nothing,
    "keep_private": _nothing,
}
ALL = ANYWHERE | OF_BROADCASTS


def fault_draw(dice: Random, name: str) -> dict[str, Any]:
    """Return what is asked of ``POST /sandbox/faults`` for a fault of this name."""
    options = ALL[name](dice)
    lasting_s = options.get("delay_ms", 0) / 1000
    return {
        "node": dice.choice(FACES),
        "path": BROADCAST if name in OF_BROADCASTS else dice.choice(PATHS),
        "fault": name,
        # Long ones are few: they hold a worker, and a run must not consist of waiting.
        "times": dice.randint(1, 2 if lasting_s > 1 else TIMES_MAX),
        "probability": dice.choice((1, 1, 0.5)),
        "seed": dice.randrange(1_000_000),
        **options,
    }


def views_draw(dice: Random) -> dict[str, Any]:
    """Return what one face shows wrongly for a while, as ``POST /sandbox/node`` takes it."""
    return dice.choice(
        (
            {"lag": dice.randint(5, 200)},
            {"frozen": True},
            {"history": False},
            {"lite": True},
            {"peers": 0},
            {"clock_ms": dice.choice((-300_000, -60_000, 60_000, 300_000))},
        )
    )


TRUE_VIEW = {
    "lag": 0, "frozen": False, "history": True, "lite": False, "peers": 30, "clock_ms": 0,
}  # fmt: skip
