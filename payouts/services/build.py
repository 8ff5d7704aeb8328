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
from tron.reads import ANSWER_TIMEOUT_S, told_to_a_caller
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
    ``ChainAway``.
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
    sender = str(wallet.address)
    quorum = quorum_now(sender, TxKind.TRANSFER, permission_id)
    with told_to_a_caller():
        # As many signatures as its keys could give: the fee for more than one must be held.
        signatures, timeout_s = len(quorum.weights), ANSWER_TIMEOUT_S
        offer = offer_for(candidates, sender=sender, timeout_s=timeout_s, signatures=signatures)
    reference = reference_for_people(valid=valid, now=utc_now())
    with transaction.atomic(durable=True):
        hand = empty_hand(quorum)
        sign_locked(wallet, offer.quotes, reference, hand, now, offer.stake, offer.prices)
        refuse_unjudged_outflow(sender)
        refuse_halted()
    return _transaction_of(payout_id)


def _transaction_of(payout_id: UUID) -> ChainTransaction:
    payout = Payout.objects.select_related("transaction").get(pk=payout_id)
    if payout.status != Status.PROCESSING or payout.transaction is None:
        raise CannotBeBuilt({"status": payout.status, "reason": payout.wait_reason or None})
    return payout.transaction
