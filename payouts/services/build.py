"""Building the transaction of a payout whose wallet people sign for.

The road is the signer's own: money held, everything committed, before anybody is shown the bytes.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from lucidpay.clock import utc_now
from lucidpay.errors import Conflict
from payouts.models import Payout
from payouts.queries import due_for_signing
from payouts.services.price import offer_for
from payouts.services.sign import QUOTED, sign_locked
from payouts.states import Status
from tron.halt import refuse_halted
from tron.models import ChainTransaction, TxKind
from wallets.hand import empty_hand
from wallets.models import SIGNED_BY_PEOPLE, WalletStatus
from wallets.services.book_flows import refuse_unjudged_outflow
from wallets.services.operate import WalletNotReady
from wallets.services.operate_make import KeyIsHere, quorum_now, reference_for_people


class NotToBePaidNow(Conflict):
    """This payout cannot be built now: it is not due, not approved, or at its end already."""


class CannotBeBuilt(Conflict):
    """The wallet cannot pay this payout now. It goes on waiting; see the reason in details."""


def payout_build(
    *, payout_id: UUID, permission_id: int, valid: timedelta | None, now: datetime
) -> ChainTransaction:
    """Return the live transaction of a payout, built now unless there is one already.

    Raises ``KeyIsHere``, ``WalletNotReady``, ``NotToBePaidNow``, ``CannotBeBuilt``,
    ``NoSuchPermission``, ``NotPermitted``, ``ChainNotReady``, ``OutflowUnjudged``, ``Halted`` or
    ``NodeError``.
    """
    payout = Payout.objects.select_related("wallet", "transaction").get(pk=payout_id)
    wallet = payout.wallet
    if wallet.kind not in SIGNED_BY_PEOPLE:
        raise KeyIsHere
    if wallet.status != WalletStatus.ACTIVE:
        raise WalletNotReady({"status": wallet.status, "kind": wallet.kind})
    if payout.status == Status.PROCESSING and payout.transaction is not None:
        return ChainTransaction.objects.get(pk=payout.transaction.pk)
    due = due_for_signing(wallet.pk, now=now).select_related("transaction").only(*QUOTED)
    candidates = list(due.filter(pk=payout_id))
    if not candidates:
        raise NotToBePaidNow({"status": payout.status, "reason": payout.wait_reason or None})
    quorum = quorum_now(str(wallet.address), TxKind.TRANSFER, permission_id)
    # As many signatures as its keys could give: the fee for more than one must be held.
    offer = offer_for(candidates, sender=str(wallet.address), signatures=len(quorum.weights))
    reference = reference_for_people(valid=valid, now=utc_now())
    with transaction.atomic(durable=True):
        hand = empty_hand(quorum)
        sign_locked(wallet, offer.quotes, reference, hand, now, offer.stake, offer.prices)
        refuse_unjudged_outflow(str(wallet.address))
        refuse_halted()
    return _transaction_of(payout_id)


def _transaction_of(payout_id: UUID) -> ChainTransaction:
    payout = Payout.objects.select_related("transaction").get(pk=payout_id)
    if payout.status != Status.PROCESSING or payout.transaction is None:
        raise CannotBeBuilt({"status": payout.status, "reason": payout.wait_reason or None})
    return payout.transaction
