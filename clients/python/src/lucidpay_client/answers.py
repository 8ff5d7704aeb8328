"""What is answered. Amounts are Decimals, times are in UTC; ``raw`` is the body as it came."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

CONFIRMED, FAILED, CANCELLED = "confirmed", "failed", "cancelled"
FINAL = frozenset({CONFIRMED, FAILED, CANCELLED})
PAYMENT_FINAL = frozenset({"completed", "failed", "cancelled", "refunded"})


@dataclass(frozen=True, kw_only=True)
class Answered:
    """What every answer has beside its fields."""

    raw: Mapping[str, Any] = field(
        default_factory=dict, repr=False, compare=False, metadata={"from_body": False}
    )
    replayed: bool = field(default=False, compare=False, metadata={"from_body": False})
    """Whether an earlier request with the same key or reference has made it."""


@dataclass(frozen=True, kw_only=True)
class PayoutResponse(Answered):
    """A payout as it stands. What is not known yet is ``None``."""

    payout_id: str
    status: str
    recipient_address: str
    amount_usdt: Decimal
    created_at: datetime
    updated_at: datetime | None = None
    reason: str | None = None
    reference_id: str | None = None
    metadata: dict[str, Any] | None = None
    router_type: str | None = None
    priority: str | None = None
    batch_type: str | None = None
    batch_id: str | None = None
    session_id: str | None = None
    node_id: str | None = None
    custom_data: dict[str, Any] | None = None
    retry_of: str | None = None
    txid: str | None = None
    transaction_hash: str | None = None
    confirmations: int | None = None
    block_number: int | None = None
    block_timestamp: datetime | None = None
    fee_trx: Decimal | None = None
    energy_used: int | None = None
    error_code: str | None = None
    error_message: str | None = None
    review: str | None = None
    estimated_completion: datetime | None = None
    estimated_confirmation: datetime | None = None
    confirmed_at: datetime | None = None
    request_id: str | None = None

    @property
    def is_final(self) -> bool:
        """Whether it has ended: ``confirmed``, ``failed`` or ``cancelled`` never change again."""
        return self.status in FINAL

    @property
    def is_paid(self) -> bool:
        """Whether the money is there, in a solid block."""
        return self.status == CONFIRMED


@dataclass(frozen=True, kw_only=True)
class BatchPayoutResponse(Answered):
    """A batch that was accepted; ``payout_ids`` in the order of the request."""

    batch_id: str
    status: str
    total_payouts: int
    total_amount_usdt: Decimal
    payout_ids: list[str]
    created_at: datetime
    successful_payouts: int = 0
    failed_payouts: int = 0
    estimated_completion: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class BatchStatus(Answered):
    """Where a batch stands: ``scheduled`` ``processing`` ``completed`` ``failed`` ``cancelled``
    ``partial``."""

    batch_id: str
    status: str
    total_payouts: int
    completed_payouts: int
    failed_payouts: int
    pending_payouts: int
    cancelled_payouts: int
    total_amount_usdt: Decimal
    completed_amount_usdt: Decimal
    created_at: datetime
    paused: bool = False
    estimated_completion: datetime | None = None
    completed_at: datetime | None = None

    @property
    def is_final(self) -> bool:
        """Whether every payout of it has ended."""
        return self.status not in ("scheduled", "processing")


@dataclass(frozen=True, kw_only=True)
class RouterStats(Answered):
    """The payouts of one router."""

    count: int
    amount_usdt: Decimal


@dataclass(frozen=True, kw_only=True)
class PaymentStats(Answered):
    """What was asked for in a period, and what became of it."""

    period: str
    router_type: str
    total_payouts: int
    successful_payouts: int
    failed_payouts: int
    total_amount_usdt: Decimal
    success_rate: Decimal
    average_amount_usdt: Decimal
    generated_at: datetime
    recent_payouts_24h: int = 0
    payouts_by_router: dict[str, RouterStats] = field(default_factory=dict)
    circuit_breaker_status: str | None = None
    daily_limit_usage: Decimal | None = None
    hourly_limit_usage: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class Pagination(Answered):
    """Where a page stands in its list."""

    total: int
    has_next: bool
    next_cursor: str | None
    total_exact: bool = True


@dataclass(frozen=True, kw_only=True)
class PayoutPage(Answered):
    """A page of payouts, newest first."""

    payouts: list[PayoutResponse]
    pagination: Pagination


@dataclass(frozen=True, kw_only=True)
class PaymentResponse(Answered):
    """A payment of the gateway as it stands."""

    payment_id: str
    status: str
    payer_address: str
    payee_address: str
    amount: Decimal
    fee: Decimal
    net_amount: Decimal
    payment_method: str
    created_at: datetime
    priority: str | None = None
    reference_id: str | None = None
    description: str | None = None
    deposit_address: str | None = None
    pay_amount: Decimal | None = None
    pay_currency: str | None = None
    payment_uri: str | None = None
    expires_at: datetime | None = None
    transaction_id: str | None = None
    confirmations: int | None = None
    received_amount: Decimal | None = None
    refunded_amount: Decimal | None = None
    estimated_completion_time: int | None = None
    confirmed_at: datetime | None = None
    completed_at: datetime | None = None
    error_message: str | None = None
    legs: list[dict[str, Any]] = field(default_factory=list)

    @property
    def is_final(self) -> bool:
        """Whether it has ended; one that is ``disputed`` waits for a person."""
        return self.status in PAYMENT_FINAL


@dataclass(frozen=True, kw_only=True)
class RefundResponse(Answered):
    """A refund as it was stored: ``initiated`` ``processing`` ``completed`` ``failed``."""

    refund_id: str
    payment_id: str
    status: str
    amount: Decimal
    created_at: datetime
    currency: str | None = None
    reason: str | None = None
    estimated_completion_time: int | None = None


@dataclass(frozen=True, kw_only=True)
class Event(Answered):
    """Something that happened: of the stream, with its ``sequence``, or of a webhook, without."""

    event_id: str
    type: str
    timestamp: datetime
    data: dict[str, Any]
    sequence: int | None = None


@dataclass(frozen=True, kw_only=True)
class EventPage(Answered):
    """A stretch of the stream, oldest first. ``oldest_sequence``: what is before was forgotten."""

    events: list[Event]
    next_after: int
    has_more: bool
    oldest_sequence: int | None = None


@dataclass(frozen=True, kw_only=True)
class Delivery(Answered):
    """One event on its way to one webhook."""

    delivery_id: str
    webhook_id: str
    event_id: str
    event_type: str
    status: str
    attempts: int
    last_attempt: dict[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Webhook(Answered):
    """A webhook of yours, without its secret."""

    webhook_id: str
    url: str
    events: list[str]
    active: bool
    failures: int = 0
    disabled_reason: str | None = None
    failing_since: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class WebhookPage(Answered):
    """A page of webhooks, newest first."""

    webhooks: list[Webhook]
    pagination: Pagination


@dataclass(frozen=True, kw_only=True)
class Health(Answered):
    """How the platform is: ``healthy``, ``degraded`` or ``unhealthy``."""

    status: str
    service: str
    version: str
    timestamp: datetime
    checks: dict[str, Any] = field(default_factory=dict)
