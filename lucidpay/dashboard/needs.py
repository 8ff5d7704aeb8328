"""What needs a person now: one list, the most urgent first, of what their roles let them see.

Told by what the rest of the platform knows already. A fixed number of statements, each bounded.
"""

from collections.abc import Callable, Iterable
from datetime import datetime

from access.scopes import PAYOUTS_READ, WALLETS_READ
from lucidpay.dashboard.need import LEVELS, URGENT, Need, Viewer
from lucidpay.dashboard.needs_money import fund_needs, stop_needs
from lucidpay.dashboard.needs_parts import part_needs
from lucidpay.dashboard.needs_payouts import payout_needs
from lucidpay.dashboard.needs_told import payment_needs, webhook_needs

# Which scope shows what; among equally urgent ones in this order.
SOURCES: tuple[tuple[str, Callable[[Viewer, datetime], Iterable[Need]]], ...] = (
    (PAYOUTS_READ, stop_needs),
    (WALLETS_READ, fund_needs),
    (PAYOUTS_READ, part_needs),
    (PAYOUTS_READ, payout_needs),
    ("payments:read", payment_needs),
    (PAYOUTS_READ, webhook_needs),
)


def needs_of(viewer: Viewer, *, now: datetime) -> list[Need]:
    """Return what needs somebody, the most urgent first; nothing when nothing does."""
    found = [
        need for scope, source in SOURCES if scope in viewer.scopes for need in source(viewer, now)
    ]
    order = list(LEVELS)
    return sorted(found, key=lambda need: order.index(need.level))


def summary_of(needs: list[Need]) -> str:
    """Return how much there is to do, in a sentence that changes only when that does."""
    if not needs:
        return "Nothing needs you now."
    urgent = sum(need.level == URGENT for need in needs)
    things = "1 thing needs" if len(needs) == 1 else f"{len(needs)} things need"
    return f"{things} you: {urgent} urgent." if urgent else f"{things} you, nothing urgent."
