"""Adding the signature of a key that is here to what several keys sign together."""

import structlog
from django.db import transaction

from lucidpay.clock import utc_now
from tron.attach import NotAwaitingSignatures, SignedTooLate, SignedTwice, signature_attach
from tron.halt import refuse_halted
from tron.models import ChainTransaction, TxStatus
from tron.store import signed_of
from tron.transactions import NotThisTransaction, Signed, cosign, signers_of
from wallets import vault
from wallets.models import Wallet, WalletKind, WalletStatus
from wallets.services.book_flows import OutflowUnjudged, refuse_unjudged_outflow

log = structlog.get_logger(__name__)

# Somebody was faster, or the chain's time has run out.
OVERTAKEN = (NotAwaitingSignatures, SignedTooLate, SignedTwice)
# What is wrong with one transaction or one key must not keep the others from being signed.
ODD = (NotThisTransaction, vault.KeyDoesNotOpen)


def transactions_cosign() -> int:
    """Sign what waits for a key that is here, and return how many were. Runs in the worker.

    What is signed was agreed to before it was built, as for a hot wallet. Raises ``VaultClosed``
    outside a worker, and ``Halted`` while the kill switch is on: whoever is shown what enough have
    signed could send it.
    """
    mine = Wallet.objects.filter(kind=WalletKind.MULTISIG, status=WalletStatus.ACTIVE)
    wallets = {str(one.address): one for one in mine.exclude(sealed_key="")}
    waiting = ChainTransaction.objects.filter(status=TxStatus.AWAITING, sender__in=wallets)
    return sum(_cosign_alone(wallets[tx.sender], tx) for tx in waiting.order_by("pk"))


def _cosign_alone(wallet: Wallet, tx: ChainTransaction) -> bool:
    try:
        return _cosign(wallet, tx)
    except (*OVERTAKEN, OutflowUnjudged) as error:
        log.info("not_cosigned", txid=tx.txid, why=type(error).__name__)
    except ODD:
        log.critical("cannot_be_cosigned", txid=tx.txid, exc_info=True)
    return False


def _cosign(wallet: Wallet, tx: ChainTransaction) -> bool:
    signed = signed_of(tx)
    if not _is_wanted(wallet.signing_address, signed):
        return False
    refuse_halted()  # before the key is opened, and once more as late as can be
    signer = vault.open_key(sealed_key=wallet.sealed_key, address=wallet.signing_address)
    with transaction.atomic():
        signature_attach(txid=tx.txid, signature=cosign(signed, signer), now=utc_now())
        refuse_unjudged_outflow(tx.sender)
        refuse_halted()
    return True


def _is_wanted(address: str, signed: Signed) -> bool:
    return address in signed.draft.signatories.weights and address not in signers_of(signed)
