"""All that is known of one payment, in the words of the admin."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.utils.safestring import SafeString

from access import console
from access.console import NOTHING, amount_text, code, console_scopes, payout_link, time_text
from access.models import User
from gateway.models import Payment, PaymentEvent
from gateway.representation import payment_body
from gateway.services.refund_again import refund_to_repeat
from gateway.services.refund_settle import OPEN
from gateway.states import PaymentStatus
from lucidpay.errors import LucidError
from lucidpay.ids import parse_public_id
from lucidpay.money import units_of
from payouts.models import Payout, Review
from payouts.states import Status
from wallets.admin_books import account_text
from wallets.models import Entry

LEVELS = {
    PaymentStatus.PENDING: "warning",
    PaymentStatus.PROCESSING: "info",
    PaymentStatus.CONFIRMED: "info",
    PaymentStatus.COMPLETED: "success",
    PaymentStatus.FAILED: "danger",
    PaymentStatus.CANCELLED: "default",
    PaymentStatus.REFUNDED: "default",
    PaymentStatus.DISPUTED: "danger",
}
# What a person should know first, by the status.
MEANINGS = {
    PaymentStatus.PENDING: "It waits for the payer's money.",
    PaymentStatus.PROCESSING: "The payer's money was seen; its block is not solid yet.",
    PaymentStatus.CONFIRMED: "The payer's money is here for good.",
    PaymentStatus.COMPLETED: "The payee is paid.",
    PaymentStatus.FAILED: "It has failed.",
    PaymentStatus.CANCELLED: "It was cancelled.",
    PaymentStatus.REFUNDED: "All of it went back to the payer.",
    PaymentStatus.DISPUTED: "A person must decide what becomes of its money.",
}
# What becomes of money, unless a refund has failed.
GOES_BACK = {
    PaymentStatus.FAILED: "What came in goes back.",
    PaymentStatus.CANCELLED: "What comes in all the same goes back.",
}
REFUND_FAILED = "A refund failed: send it again, or decide."
EVENTS_MAX = 200
Facts = list[tuple[str, Any]]


@dataclass
class Dossier:
    """A payment's page."""

    meaning: str
    groups: list[tuple[str, Facts]]
    movements: list[dict[str, Any]]
    entries: list[Entry]
    events: list[tuple[PaymentEvent, str]]


def sees_payments(request: HttpRequest) -> bool:
    """Whether payments are shown."""
    return "payments:read" in console_scopes(request)


def payment_link(payment: Payment) -> SafeString:
    """Return a link to a payment's page."""
    return console.payment_link(payment.pk)


def refusal_text(error: LucidError, payment: Payment) -> str:
    """Return why something was not done about a payment, with the facts that speak against it."""
    facts = [f"{name}: {_fact(value, payment)}" for name, value in error.details.items()]
    return f"Not done: {error.message}" + (f" ({', '.join(facts)})" if facts else "")


def _fact(value: Any, payment: Payment) -> str:
    """Return a fact as people write it; a whole number is of the smallest units."""
    if isinstance(value, int):
        return amount_text(value, payment.pay_currency)
    if isinstance(value, Decimal):
        return f"{value:f}"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def dossier_of(payment: Payment) -> Dossier:
    """Return everything about a payment: a fixed number of statements, each by an index."""
    return Dossier(
        meaning=_meaning(payment),
        groups=[("Payment", _order(payment)), ("Money", _money(payment)), ("When", _when(payment))],
        movements=[_movement(one) for one in payment_body(payment)["legs"]],
        entries=_entries(payment),
        events=_events(payment),
    )


def _meaning(payment: Payment) -> str:
    status, has_failed = PaymentStatus(payment.status), refund_to_repeat(payment) is not None
    told = [payment.error_message or MEANINGS[status]]
    if status == PaymentStatus.CONFIRMED:
        told.append(_payee_means(payment, has_failed=has_failed))
    elif status == PaymentStatus.DISPUTED and not _is_in_question(payment):
        told = [] if has_failed else ["What was decided is under way."]
    if has_failed:
        told.append(REFUND_FAILED)
    elif not payment.error_message:
        told.append(GOES_BACK.get(status, ""))
    return " ".join(filter(None, told))


def _is_in_question(payment: Payment) -> bool:
    return payment.disputes.filter(closed_at=None).exists()


def _payee_means(payment: Payment, *, has_failed: bool) -> str:
    """Return how far the payee is of a payment whose money is here."""
    leg = payment.legs.filter(failed=False).select_related("payout").first()
    if leg is not None:
        return _payout_means(leg.payout)
    if payment.leg_micro:
        return "The payee is to be paid next."
    if payment.refunds.filter(status__in=OPEN).exists():
        return "All of it goes back."
    return "Nobody is paid." if has_failed else "Nobody is paid: a person must decide."


def _payout_means(payout: Payout) -> str:
    if payout.status == Status.PENDING and payout.review == Review.REQUIRED:
        return "The payee's payout waits for approval: see To review."
    if payout.wait_reason:
        return f"The payee's payout waits: {payout.wait_reason}"
    return "The payee is being paid."


def _order(payment: Payment) -> Facts:
    return [
        ("id", code(payment.public_id)),
        ("method", payment.get_method_display()),
        ("priority", payment.get_priority_display()),
        ("payer", code(payment.payer_address)),
        ("payee", code(payment.payee_address)),
        ("reference", payment.reference_id or NOTHING),
        ("description", payment.description or NOTHING),
        ("owner", payment.owner.username),
        ("fees", str(payment.fee_schedule)),
        ("held for review", payment.needs_review or NOTHING),
    ]


def _money(payment: Payment) -> Facts:
    currency = payment.pay_currency
    return [
        ("amount", amount_text(payment.amount_micro, "USDT")),
        ("fee", amount_text(payment.fee_micro, "USDT")),
        ("payee gets", amount_text(payment.net_micro, "USDT")),
        ("payer pays", amount_text(payment.pay_units, currency)),
        ("to", code(payment.deposit.address if payment.deposit else None)),
        ("came in", amount_text(payment.received_units, currency)),
        ("of it for the payee", amount_text(payment.accepted_units, currency)),
        ("of it going back", amount_text(payment.refunding_units, currency)),
        ("asked to be refunded", amount_text(payment.refunded_micro, "USDT")),
    ]


def _when(payment: Payment) -> Facts:
    return [
        ("asked for", time_text(payment.created_at)),
        ("can be paid until", time_text(payment.expires_at)),
        ("confirmed", time_text(payment.confirmed_at)),
        ("completed", time_text(payment.completed_at)),
        ("request", code(payment.request_id)),
    ]


def _movement(leg: dict[str, Any]) -> dict[str, Any]:
    key = str(leg["id"] or "")
    text = amount_text(units_of(leg["amount"]), leg["currency"])
    return {**leg, "link": _linked(key), "text": text, "txid": leg["transaction_id"] or ""}


def _linked(key: str) -> SafeString | str:
    found = parse_public_id("payout", key)
    return payout_link(found) if found else key


def _entries(payment: Payment) -> list[Entry]:
    """Return what the books say of it: by its own key, its transactions and what came in."""
    references = [payment.pk.hex]
    references += [one.pk.hex for one in payment.refunds.all()]
    references += [f"{one.txid}/{one.log_index}" for one in payment.incoming.all()]
    legs = payment.legs.select_related("payout__transaction")
    references += [one.payout.transaction.txid for one in legs if one.payout.transaction]
    rows = Entry.objects.filter(journal__reference__in=references)
    linked = rows.select_related("journal", "account__wallet", "account__owner")
    entries = list(linked.defer("account__wallet__sealed_key").order_by("pk")[:EVENTS_MAX])
    for entry in entries:
        entry.account_text = account_text(entry.account)  # type: ignore[attr-defined]
        entry.text = amount_text(entry.units, entry.asset)  # type: ignore[attr-defined]
    return entries


def _events(payment: Payment) -> list[tuple[PaymentEvent, str]]:
    events = list(payment.events.order_by("-pk")[:EVENTS_MAX])
    keys = {
        int(one.by[5:]) for one in events if one.by.startswith("user ") and one.by[5:].isdigit()
    }
    names = {f"user {user.pk}": user.username for user in User.objects.filter(pk__in=keys)}
    return [(one, names.get(one.by, one.by)) for one in reversed(events)]
