"""A run as a table for people."""

from collections import Counter

from tests.chaos.run import Outcome
from tests.chaos.verdict import doubles, lost
from tests.chaos.verdict_payments import payment_doubles, payment_lost

WRONG_SHOWN = 40


def report(outcome: Outcome) -> str:
    """Return the table, and below it what is wrong."""
    rows = "\n".join(f"{name:<22} {value}" for name, value in _rows(outcome))
    wrong = "".join(f"\nVIOLATION: {text}" for text in outcome.wrong[:WRONG_SHOWN])
    more = len(outcome.wrong) - WRONG_SHOWN
    return rows + wrong + (f"\n… and {more} more" if more > 0 else "")


def _rows(outcome: Outcome) -> list[tuple[str, str]]:
    facts, actors, desk, payments = (
        outcome.facts, outcome.actors, outcome.desk, outcome.payments
    )  # fmt: skip
    statuses = Counter(one.status for one in facts.payouts)
    ends = Counter(one.status for one in facts.attempts)
    return [
        ("seed", str(outcome.plan.seed)),
        ("minutes", f"{outcome.plan.duration_s / 60:.1f}, then {outcome.settle_s:.0f} s to rest"),
        ("payouts", _counts(statuses)),
        ("payments", _counts(Counter(one.status for one in payments.rows))),
        ("paid by", _counts(Counter(one.purchase.method for one in payments.promises))),
        ("in the way", _counts(Counter(one.purchase.habit for one in payments.promises))),
        ("deposits", _counts(Counter(one.asset for one in payments.came))),
        ("refunds", _counts(Counter(f"{one.cause} {one.status}" for one in payments.refunds))),
        ("swept", str(payments.swept)),
        ("settlements", f"{len(payments.settlements)}, {sum(payments.settlements)} micro-USDT"),
        ("requests", f"{desk.requests}, {desk.unanswered} of them without an answer"),
        ("kills", _counts(actors.kills)),
        ("ended by themselves", _counts(actors.ended)),
        ("faults injected", _counts(actors.injected)),
        ("faults hit", _counts(actors.hit)),
        ("done to the chain", _counts(_of_the_chain(actors.done))),
        ("attempts", _counts(ends)),
        ("proofs of death", str(ends["dead"])),
        ("alarms in the logs", _counts(outcome.alarms)),
        ("latest act", f"{actors.late_s:.1f} s behind the plan"),
        ("webhooks heard", _counts(_kinds(facts.heard + payments.heard))),
        ("paid twice", str(doubles(facts).total() + payment_doubles(payments))),
        ("lost", str(lost(facts).total() + payment_lost(payments))),
        ("verify", outcome.verified),
        ("verdict", f"{len(outcome.wrong)} violations" if outcome.wrong else "all is well"),
    ]


def _kinds(heard: Counter[tuple[str, str]]) -> Counter[str]:
    kinds: Counter[str] = Counter()
    for (_, kind), count in heard.items():
        kinds[kind] += count
    return kinds


def _of_the_chain(done: Counter[str]) -> Counter[str]:
    return Counter({kind: n for kind, n in done.items() if kind not in ("kill", "start", "fault")})


def _counts(counter: Counter[str]) -> str:
    listed = ", ".join(f"{name} {count}" for name, count in counter.most_common())
    return f"{counter.total()} ({listed})" if listed else "0"
