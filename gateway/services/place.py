"""Where payments are paid: at addresses of their own, or between two people who are watched."""

from datetime import datetime

from gateway.kinds import Method
from gateway.models import Payment
from gateway.services.draft import needs_address
from gateway.states import PaymentStatus
from tron.models import WatchedPair
from wallets.services.deposits import deposit_addresses_next, payments_account

OPEN = (PaymentStatus.PENDING, PaymentStatus.PROCESSING)


def places_find(payments: list[Payment], *, now: datetime) -> None:
    """Give each payment that needs one a fresh address, and let direct transfers be watched.

    In the caller's transaction, so that an address whose payment is not stored is handed out to
    the next one. Raises ``DepositsNotReady``.
    """
    waiting = [payment for payment in payments if needs_address(payment)]
    if waiting:
        account = payments_account(now=now)
        found = deposit_addresses_next(account_id=account.pk, count=len(waiting), now=now)
        for payment, address in zip(waiting, found, strict=True):
            payment.deposit = address
    direct = [payment for payment in payments if payment.method == Method.DIRECT]
    pairs = {(one.payer_address, one.payee_address): one.from_block + 1 for one in direct}
    rows = [
        WatchedPair(sender=sender, recipient=recipient, from_block=block)
        for (sender, recipient), block in sorted(pairs.items())
    ]
    # One that is there is written again, and so locked: who is about to forget it waits, and then
    # sees the payment that needs it.
    WatchedPair.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["sender", "recipient"],
        update_fields=["sender"],
    )  # fmt: skip


def pair_forget(payment: Payment) -> None:
    """Watch two people no longer when no other payment between them is open.

    The payment is locked by the caller and has ended.
    """
    pair = WatchedPair.objects.select_for_update().filter(
        sender=payment.payer_address, recipient=payment.payee_address
    )
    if pair.first() is None:
        return
    others = Payment.objects.filter(
        method=Method.DIRECT,
        payer_address=payment.payer_address,
        payee_address=payment.payee_address,
        status__in=(*OPEN, PaymentStatus.DISPUTED),
    )
    if not others.exclude(pk=payment.pk).exists():
        pair.delete()
