"""What the logs of a run complain of."""

import re
from collections import Counter
from pathlib import Path

# A line of these means that an invariant was broken, whatever the end looks like.
NEVER = frozenset(
    {
        "receipt_contradicts_transfer",
        "stored_transaction_is_not_its_transfer",
        "pending_payout_with_live_transaction",
        "final_transaction_without_payout",
        "settlement_goes_one_by_one",
        "transaction_cannot_be_settled",
        "payout_needs_a_person",
        "chain_contradicts_itself",
        "halted",
        "deposit_without_payment",
        "final_transaction_without_sweep",
        "sweep_needs_a_person",
    }
)
CRITICAL = re.compile(r'"event": "(\w+)".*"level": "critical"')
# Nor is this ever raised, whoever goes on without what raised it.
BROKEN = "InvariantBroken"
RAISED = re.compile(r"\\n((?:\w+\.)+\w*(?:Error|Exception|Timeout|Broken))\b:? ?([^\"\\]{0,50})")


def alarms_of(directory: Path) -> Counter[str]:
    """Count the critical lines of all logs by their event, and what was raised by its class."""
    found: Counter[str] = Counter()
    for log in directory.glob("*.log"):
        for line in log.read_text(errors="replace").splitlines():
            if BROKEN in line:
                found[BROKEN] += 1
            if critical := CRITICAL.search(line):
                found[critical[1]] += 1
            elif raised := RAISED.findall(line):
                found[f"{log.stem}: {' '.join(raised[-1])}"] += 1
    return found


def wrong_alarms(alarms: Counter[str]) -> list[str]:
    """Return the alarms that no outage explains, in words."""
    never = sorted((NEVER | {BROKEN}) & set(alarms))
    return [f"the log says {event} {alarms[event]} times" for event in never]
