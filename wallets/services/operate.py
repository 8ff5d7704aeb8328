"""Asking a wallet to do something on chain beside paying USDT, once."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q, Sum

from lucidpay.errors import INSUFFICIENT_BALANCE, LIMIT_EXCEEDED, Conflict, LucidError
from lucidpay.money import UNITS_PER_TOKEN, tokens_of
from lucidpay.sql import constraint_of, undone_alone
from tron.contracts import Order
from tron.models import TxKind
from wallets import ledger
from wallets.models import Asset, Wallet, WalletKind, WalletStatus
from wallets.models_operation import Operation, OperationStatus

# Those whose amount leaves the wallet's TRX.
SPENDS_TRX = (TxKind.STAKE, TxKind.TRANSFER_TRX)
DAY = timedelta(days=1)
ONCE = "operation_one_open_per_key"
# So begin the keys of what goes back to whoever has sent it. It was received before, so the daily
# limit, which is there for those who got hold of a key, is not about it.
BACK = "refund "


class WalletNotReady(Conflict):
    """This wallet can do nothing on chain: it is watched only, archived, or not opened yet."""


class InsufficientTrx(LucidError):
    """Insufficient balance: the wallet has too little TRX that is not promised already."""

    code = INSUFFICIENT_BALANCE
    status_code = 500


class OperationUnderWay(Conflict):
    """The same is under way already. Wait for its end."""


class TrxLimitExceeded(LucidError):
    """Amount exceeds daily limit: a wallet sends no more TRX within 24 hours."""

    code = LIMIT_EXCEEDED
    status_code = 400


@dataclass(frozen=True)
class Cost:
    """What an operation may cost at most, beside its amount."""

    burn_max_sun: int
    fee_limit_sun: int = 0  # the part of it that is for energy


@dataclass(frozen=True)
class Asker:
    """Who asks: a user, or a part of LucidPay by its name."""

    by: str
    owner_id: int | None = None
    request_id: str = ""
    reason: str = ""  # up to 500 signs, as people give it in the admin


def operation_request(
    *,
    wallet_id: UUID,
    order: Order,
    cost: Cost,
    asker: Asker,
    now: datetime,
    once_key: str | None = None,
) -> Operation:
    """Store an operation and hold the TRX it can take; a worker signs it, or people do.

    ``once_key`` names what the platform itself asks for: one of a key is open at a time. Those that
    begin with ``BACK`` are beside the daily limit. Raises
    ``WalletNotReady``, ``InsufficientTrx``, ``TrxLimitExceeded`` or ``OperationUnderWay``; nothing
    is stored then.
    """
    with transaction.atomic():
        accounts = ledger.accounts_locked([wallet_id])
        wallet = Wallet.objects.select_for_update(no_key=True).get(pk=wallet_id)
        if wallet.status != WalletStatus.ACTIVE or wallet.kind == WalletKind.WATCH:
            raise WalletNotReady({"status": wallet.status, "kind": wallet.kind})
        if order.kind == TxKind.TRANSFER_TRX and not (once_key or "").startswith(BACK):
            _refuse_above_daily(wallet, order, now)
        trx = accounts[(wallet_id, Asset.TRX)]
        needed_sun = cost.burn_max_sun + (order.amount if order.kind in SPENDS_TRX else 0)
        if needed_sun > trx.free_units:
            needs, has = tokens_of(needed_sun), tokens_of(max(0, trx.free_units))
            raise InsufficientTrx({"needed_trx": needs, "available_trx": has})
        operation = _stored(wallet, order, cost, asker, now, once_key)
        ledger.hold(trx, amounts={operation.pk: needed_sun}, at=now)
    return operation


def _refuse_above_daily(wallet: Wallet, order: Order, now: datetime) -> None:
    """Raise ``TrxLimitExceeded`` when a wallet would send more in 24 hours than it may.

    To whomever: that an address is a wallet here says little, as whoever may ask for this may also
    take up any address as one. The wallet is locked: two requests at once cannot both fit in what
    is left.
    """
    sent = Operation.objects.filter(
        wallet=wallet, kind=TxKind.TRANSFER_TRX, created_at__gt=now - DAY
    ).exclude(Q(status=OperationStatus.FAILED) | Q(once_key__startswith=BACK))
    sums = sent.aggregate(total=Sum("amount_micro"))
    used_sun, limit_sun = sums["total"] or 0, settings.TRX_TRANSFER_DAILY_MAX * UNITS_PER_TOKEN
    if used_sun + order.amount > limit_sun:
        raise TrxLimitExceeded(
            {
                "limit_name": "TRX_TRANSFER_DAILY_MAX",
                "limit": tokens_of(limit_sun),
                "used": tokens_of(used_sun),
                "remaining": tokens_of(max(0, limit_sun - used_sun)),
            }
        )


def _stored(
    wallet: Wallet,
    order: Order,
    cost: Cost,
    asker: Asker,
    now: datetime,
    once_key: str | None,
) -> Operation:
    operation = Operation(
        wallet=wallet,
        kind=order.kind,
        recipient=order.recipient,
        amount_micro=order.amount,
        terms=dict(order.terms) or None,
        fee_limit_sun=cost.fee_limit_sun,
        burn_max_sun=cost.burn_max_sun,
        once_key=once_key,
        owner_id=asker.owner_id,
        by=asker.by,
        request_id=asker.request_id,
        reason=asker.reason,
        created_at=now,
    )
    try:
        with undone_alone():
            operation.save(force_insert=True)
    except IntegrityError as error:
        if constraint_of(error) == ONCE:
            raise OperationUnderWay from error
        raise
    return operation
