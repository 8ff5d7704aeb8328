"""All checks of the database, in one unmoving picture of it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from gateway.models import Incoming, Payment
from gateway.models_back import Refund
from lucidpay.verification import (
    batches,
    deposits,
    ends,
    guards,
    limits,
    money,
    operations,
    payments,
    payouts,
    reviews,
    settlements,
    stories,
    streams,
    sweeps,
    transactions,
)
from lucidpay.verification.findings import Check, Finding, Scope
from payouts.models import Payout, PayoutEvent
from payouts.models_limits import LimitWindow
from payouts.models_review import Approval
from tron.models import ChainFlow, ChainTransaction, ScannedBlock
from wallets.models import Entry, Hold, Journal
from wallets.models_deposit import Deposit
from webhooks.models import Delivery, Event

SUBJECTS: dict[str, tuple[Check, ...]] = {
    "guards": guards.CHECKS,
    "transactions": transactions.CHECKS,
    "ends": ends.CHECKS,
    "payouts": payouts.CHECKS,
    "batches": batches.CHECKS,
    "reviews": reviews.CHECKS,
    "stories": stories.CHECKS,
    "streams": streams.CHECKS,
    "money": money.CHECKS,
    "operations": operations.CHECKS,
    "payments": (*payments.CHECKS, *payments.WAITING),
    "deposits": deposits.CHECKS,
    "sweeps": sweeps.CHECKS,
    "limits": limits.CHECKS,
    "settlements": settlements.CHECKS,
}
COUNTED = {
    "payouts": Payout,
    "transactions": ChainTransaction,
    "blocks": ScannedBlock,
    "flows": ChainFlow,
    "events": PayoutEvent,
    "approvals": Approval,
    "announcements": Event,
    "deliveries": Delivery,
    "journals": Journal,
    "entries": Entry,
    "holds": Hold,
    "windows": LimitWindow,
    "payments": Payment,
    "incoming": Incoming,
    "refunds": Refund,
    "deposits": Deposit,
}


@contextmanager
def snapshot() -> Iterator[None]:
    """Show the database as it is at this moment, for reading only, however long it takes."""
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        # Writing findings to a slow terminal is not idling.
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        yield


def database_findings(
    scope: Scope, *, begins: Callable[[str], None] = lambda _: None
) -> Iterator[Finding]:
    """Yield what is wrong in the database; ``begins`` is told each subject as its turn comes."""
    for subject, checks in SUBJECTS.items():
        begins(subject)
        for check in checks:
            yield from check(scope)


def counts() -> dict[str, int]:
    """Return how many rows of each kind there are to check."""
    return {name: model._default_manager.count() for name, model in COUNTED.items()}
