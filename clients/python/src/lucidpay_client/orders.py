"""What is asked for: whom to pay, how much, and why."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import uuid4

from lucidpay_client.exact import amount_of, amount_text, dumps

OF_THE_BATCH = ("router_type", "priority", "batch_type")


def new_key() -> str:
    """Return an idempotency key that nobody else has."""
    return f"lucidpay-client-{uuid4().hex}"


@dataclass(frozen=True)
class PayoutRequest:
    """One payout that is wanted, once.

    ``amount_usdt`` is a ``Decimal``, a whole number or text: 0.01 … 10 000, at most 2 decimals.
    ``reason`` or ``reference_id`` (yours, unique) or both must be there. ``router_type`` is
    ``PayoutRouterV0`` or ``PayoutRouterKYC``, chosen by the platform when absent; ``priority`` is
    ``LOW`` ``NORMAL`` ``HIGH`` ``URGENT``; ``batch_type`` says when it is released: ``IMMEDIATE``
    ``HOURLY`` ``DAILY`` ``WEEKLY``.

    Without ``idempotency_key`` and ``reference_id`` it makes a key of its own. The key belongs to
    this object, and ``dataclasses.replace`` takes it along: to send it again never pays again,
    however the first time ended. To pay the same person the same amount once more, make another.

    Raises ``TypeError`` for an amount that is a float, and ``ValueError`` for what is no order.
    """

    recipient_address: str
    amount_usdt: Decimal | int | str
    reason: str | None = None
    router_type: str | None = None
    priority: str | None = None
    batch_type: str | None = None
    session_id: str | None = None
    node_id: str | None = None
    custom_data: Mapping[str, Any] | None = None
    reference_id: str | None = None
    metadata: Mapping[str, Any] | None = None
    idempotency_key: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "amount_usdt", amount_of(self.amount_usdt))
        _name_it(self)
        if not self.reason and not self.reference_id:
            raise ValueError("Give a reason or a reference_id, or both.")
        dumps(self.body())  # what cannot be sent is refused here, before anybody was paid

    def body(self) -> dict[str, Any]:
        """Return what is sent of it."""
        return _body(self, amount="amount_usdt")


@dataclass(frozen=True)
class PaymentRequest:
    """A payment that a payer is to make to a payee, through the gateway.

    ``amount`` in USDT, at most 6 decimals; ``payment_method`` is ``payment_gateway`` (default),
    ``direct_transfer``, ``swap`` or ``route``; ``priority`` is ``low`` ``normal`` ``high``
    ``urgent``. Keys are made and errors raised as by ``PayoutRequest``.
    """

    payer_address: str
    payee_address: str
    amount: Decimal | int | str
    payment_method: str | None = None
    priority: str | None = None
    reference_id: str | None = None
    description: str | None = None
    idempotency_key: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "amount", amount_of(self.amount))
        _name_it(self)

    def body(self) -> dict[str, Any]:
        """Return what is sent of it."""
        return _body(self, amount="amount")


def batch_body(
    payouts: Sequence[PayoutRequest],
    *,
    router_type: str | None,
    priority: str | None,
    batch_type: str | None,
) -> dict[str, Any]:
    """Return what is sent of a batch. Raises ``ValueError`` for an item with a field of the batch.

    What an item says of router, priority or release would otherwise be lost without a word.
    """
    items = [payout.body() for payout in payouts]
    for row, item in enumerate(items):
        if said := [name for name in OF_THE_BATCH if name in item]:
            raise ValueError(f"payouts[{row}].{said[0]} is said for the whole batch, not for one.")
    for_all = {"router_type": router_type, "priority": priority, "batch_type": batch_type}
    return {"payouts": items, **{name: said for name, said in for_all.items() if said is not None}}


def batch_key(payouts: Sequence[PayoutRequest]) -> str | None:
    """Return the key of a batch of these very requests: the same objects are the same batch.

    ``None`` when each has a ``reference_id`` and no key: the references name the batch then.
    """
    if payouts and all(one.idempotency_key is None for one in payouts):
        return None
    names = "\n".join(f"{one.idempotency_key}\t{one.reference_id}" for one in payouts)
    return f"lucidpay-client-batch-{hashlib.sha256(names.encode()).hexdigest()}"


def _name_it(order: PayoutRequest | PaymentRequest) -> None:
    if order.idempotency_key is None and order.reference_id is None:
        object.__setattr__(order, "idempotency_key", new_key())


def _body(order: PayoutRequest | PaymentRequest, *, amount: str) -> dict[str, Any]:
    told = {name: value for name, value in vars(order).items() if value is not None}
    told.pop("idempotency_key", None)
    # As text: a JSON number may lose digits in what stands between here and the platform.
    return {**told, amount: amount_text(told[amount])}
