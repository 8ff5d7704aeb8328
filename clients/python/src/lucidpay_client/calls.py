"""Each call of the API as a value: what is sent, and what reads the answer. Sends nothing."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import partial
from typing import Any, Generic, TypeVar
from urllib.parse import quote

from lucidpay_client import answers
from lucidpay_client.exact import amount_of, amount_text
from lucidpay_client.orders import (
    PaymentRequest,
    PayoutRequest,
    batch_body,
    batch_key,
    new_key,
)
from lucidpay_client.reading import Unreadable, read

PAYOUTS = "/api/payment/payouts"
PAYMENTS = "/api/v1/payments"
WEBHOOKS = f"{PAYMENTS}/webhooks"

T = TypeVar("T")
_KEY = re.compile(r"[ -~]{1,255}")


@dataclass(frozen=True)
class Call(Generic[T]):
    """A request, and what reads its answer. ``moves_money``: to lose its answer is serious."""

    method: str
    path: str
    read: Callable[[Any], T]
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    idempotency_key: str | None = None
    reference_id: str | None = None
    moves_money: bool = False
    taken: frozenset[int] = frozenset({200, 201, 202})

    def __post_init__(self) -> None:
        key = self.idempotency_key
        if key is not None and not _KEY.fullmatch(key):
            raise ValueError("An idempotency key is 1 to 255 printable signs of ASCII.")


def payout_create(request: PayoutRequest) -> Call[answers.PayoutResponse]:
    """Pay one person."""
    return Call(
        "POST",
        PAYOUTS,
        partial(read, answers.PayoutResponse),
        body=request.body(),
        idempotency_key=request.idempotency_key,
        reference_id=request.reference_id,
        moves_money=True,
    )


def payout_get(payout_id: str) -> Call[answers.PayoutResponse]:
    """Look at one payout."""
    return Call("GET", f"{PAYOUTS}/{_in_path(payout_id)}", partial(read, answers.PayoutResponse))


def payout_cancel(payout_id: str, reason: str | None) -> Call[answers.PayoutResponse]:
    """Take back one that is not signed."""
    path = f"{PAYOUTS}/{_in_path(payout_id)}/cancel"
    body = {} if reason is None else {"reason": reason}
    return Call("POST", path, partial(read, answers.PayoutResponse), body=body)


def payouts_page(query: Mapping[str, str], limit: int) -> Call[answers.PayoutPage]:
    """One page of payouts."""
    query = {**query, "limit": str(limit)}
    return Call("GET", PAYOUTS, partial(read, answers.PayoutPage), query=query)


def payout_filters(**filters: str | None) -> dict[str, str]:
    """Return the filters that are given."""
    return {name: value for name, value in filters.items() if value is not None}


def next_page(
    call: Call[answers.PayoutPage], page: answers.PayoutPage
) -> Call[answers.PayoutPage] | None:
    """Return the call for the page after this one, ``None`` after the last."""
    cursor = page.pagination.next_cursor
    return None if cursor is None else replace(call, query={**call.query, "cursor": cursor})


def batch_create(
    payouts: Sequence[PayoutRequest],
    *,
    router_type: str | None,
    priority: str | None,
    batch_type: str | None,
    idempotency_key: str | None,
) -> Call[answers.BatchPayoutResponse]:
    """Pay many people, all or none."""
    return Call(
        "POST",
        f"{PAYOUTS}/batch",
        partial(read, answers.BatchPayoutResponse),
        body=batch_body(payouts, router_type=router_type, priority=priority, batch_type=batch_type),
        idempotency_key=idempotency_key or batch_key(payouts),
        reference_id=", ".join(one.reference_id for one in payouts[:3] if one.reference_id),
        moves_money=True,
    )


def batch_get(batch_id: str) -> Call[answers.BatchStatus]:
    """Look at one batch."""
    return Call("GET", f"{PAYOUTS}/batch/{_in_path(batch_id)}", partial(read, answers.BatchStatus))


def batch_cancel(batch_id: str) -> Call[answers.BatchStatus]:
    """Take back what of a batch is not signed."""
    path = f"{PAYOUTS}/batch/{_in_path(batch_id)}/cancel"
    return Call("POST", path, partial(read, answers.BatchStatus), body={})


def dry_run(call: Call[Any]) -> Call[dict[str, Any]]:
    """Return the same call, which then stores nothing and tells what would happen."""
    return replace(
        call, query={"dry_run": "true"}, read=_object, idempotency_key=None, moves_money=False
    )


def stats_get(router_type: str | None, period: str) -> Call[answers.PaymentStats]:
    """Read what was asked for in a period."""
    query = payout_filters(period=period, router_type=router_type)
    return Call("GET", "/api/payment/stats", partial(read, answers.PaymentStats), query=query)


def payment_create(request: PaymentRequest) -> Call[answers.PaymentResponse]:
    """Ask for a payment."""
    return Call(
        "POST",
        f"{PAYMENTS}/create",
        partial(read, answers.PaymentResponse),
        body=request.body(),
        idempotency_key=request.idempotency_key,
        reference_id=request.reference_id,
        moves_money=True,
    )


def payment_get(payment_id: str) -> Call[answers.PaymentResponse]:
    """Look at one payment."""
    path = f"{PAYMENTS}/status/{_in_path(payment_id)}"
    return Call("GET", path, partial(read, answers.PaymentResponse))


def payment_refund(
    payment_id: str,
    *,
    amount: Decimal | int | str | None,
    reason: str | None,
    idempotency_key: str | None,
) -> Call[answers.RefundResponse]:
    """Give money back to a payer."""
    told = {
        "payment_id": payment_id,
        "reason": reason,
        "amount": None if amount is None else amount_text(amount_of(amount)),
    }
    return Call(
        "POST",
        f"{PAYMENTS}/refund",
        partial(read, answers.RefundResponse),
        body={name: value for name, value in told.items() if value is not None},
        idempotency_key=idempotency_key or new_key(),
        moves_money=True,
    )


def events_page(after: int, limit: int) -> Call[answers.EventPage]:
    """Read events in order."""
    query = {"after": str(after), "limit": str(limit)}
    return Call("GET", f"{WEBHOOKS}/events", partial(read, answers.EventPage), query=query)


def webhooks_page() -> Call[answers.WebhookPage]:
    """List the newest hundred webhooks."""
    return Call("GET", WEBHOOKS, partial(read, answers.WebhookPage), query={"limit": "100"})


def webhook_test(webhook_id: str) -> Call[answers.Delivery]:
    """Have a ``webhook.test`` sent."""
    path = f"{WEBHOOKS}/{_in_path(webhook_id)}/test"
    return Call("POST", path, partial(read, answers.Delivery), body={})


def delivery_get(delivery_id: str) -> Call[answers.Delivery]:
    """Look at one delivery."""
    path = f"{WEBHOOKS}/deliveries/{_in_path(delivery_id)}"
    return Call("GET", path, partial(read, answers.Delivery))


def health_get() -> Call[answers.Health]:
    """Ask how the platform is; 503 is an answer, too."""
    return Call(
        "GET",
        "/api/payment/health",
        partial(read, answers.Health),
        taken=frozenset({200, 503}),
    )


def _in_path(public_id: str) -> str:
    if not public_id or public_id in (".", ".."):
        raise ValueError(f"{public_id!r} is no id")
    return quote(public_id, safe="")


def _object(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise Unreadable("a JSON object was promised")
    return body
