"""Payouts under way, by the code that makes them in production: asked for, screened, signed."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

from django.db import transaction

from access.caller import caller_of_user
from access.models import User
from lucidpay.clock import utc_now
from payouts.models import Payout
from payouts.models_batch import Batch
from payouts.services.import_file import import_begin, import_rows
from payouts.services.price import Quote
from payouts.services.sign import sign_locked
from tests.builders import address
from tron.models import ChainTransaction, TxStatus
from tron.reference import Reference
from wallets.hand import own_hand
from wallets.models import Wallet

AMOUNT_MICRO = 1_250_000
CHUNK = 500
# Nothing dies while the benchmark runs.
EXPIRES_MS = int(datetime(2100, 1, 1, tzinfo=UTC).timestamp() * 1000)


def orders(count: int) -> list[dict]:
    """Return validated rows, each to somebody else."""
    return [
        {"recipient_address": address(), "amount_usdt": AMOUNT_MICRO, "reason": "bench"}
        for _ in range(count)
    ]


def asked_for(owner: User, wanted: list[dict], *, chunk: int = CHUNK) -> Batch:
    """Return a batch of new payouts, due at once; ``chunk`` of them in a transaction."""
    caller, count = caller_of_user(owner), len(wanted)
    options = {"batch_type": "IMMEDIATE", "priority": "NORMAL"}
    batch = import_begin(
        caller=caller, file_key=uuid4().hex, options=options, total_payouts=count,
        total_amount_micro=count * AMOUNT_MICRO, request_id=uuid4().hex, now=utc_now(),
    )  # fmt: skip
    for first in range(0, count, chunk):
        part = wanted[first : first + chunk]
        import_rows(caller=caller, batch_id=batch.pk, orders=part, first_row=first, now=utc_now())
    return batch


def in_flight(wallet: Wallet, count: int, reference: Reference) -> list[ChainTransaction]:
    """Return the transactions of so many new payouts of this wallet, signed and sent."""
    batch = asked_for(User.objects.get(username="bench"), orders(count))
    mine = Payout.objects.filter(batch=batch)
    mine.update(screened_at=utc_now())
    _sign(wallet, list(mine.order_by("pk").values_list("pk", flat=True)), reference)
    signed = ChainTransaction.objects.filter(payout__batch=batch)
    signed.update(status=TxStatus.SENT, sends=1)
    return list(signed.order_by("pk"))


def _sign(wallet: Wallet, keys: list[UUID], reference: Reference) -> None:
    hand = own_hand(wallet)
    for first in range(0, len(keys), CHUNK):
        quotes = {key: Quote(fee_limit_sun=14_000_000) for key in keys[first : first + CHUNK]}
        with transaction.atomic():
            signed = sign_locked(wallet, quotes, reference, hand, utc_now())
        if len(signed) != len(quotes):
            raise RuntimeError(f"{len(signed)} of {len(quotes)} payouts were signed")
