"""Adding the signature of a key that is here to what several keys sign together."""

import structlog

from lucidpay.clock import utc_now
from tron.attach import NotAwaitingSignatures, SignedTooLate, SignedTwice, signature_attach
from tron.models import ChainTransaction, TxStatus
from tron.store import signed_of
from tron.transactions import Signed, cosign, signers_of
from wallets import vault
from wallets.models import Wallet, WalletKind

log = structlog.get_logger(__name__)

# Somebody was faster, or the chain's time has run out.
OVERTAKEN = (NotAwaitingSignatures, SignedTooLate, SignedTwice)


def transactions_cosign() -> int:
    """Sign what waits for a key that is here, and return how many were. Runs in the worker.

    What is signed was agreed to before it was built, as for a hot wallet. Raises ``VaultClosed``
    outside a worker.
    """
    return sum(_cosign(tx) for tx in ChainTransaction.objects.filter(status=TxStatus.AWAITING))


def _cosign(tx: ChainTransaction) -> bool:
    wallet = Wallet.objects.filter(address=tx.sender, kind=WalletKind.MULTISIG).first()
    if wallet is None or not wallet.sealed_key:
        return False
    signed = signed_of(tx)
    if not _is_wanted(wallet.signing_address, signed):
        return False
    signer = vault.open_key(sealed_key=wallet.sealed_key, address=wallet.signing_address)
    try:
        signature_attach(txid=tx.txid, signature=cosign(signed, signer), now=utc_now())
    except OVERTAKEN as error:
        log.info("not_cosigned", txid=tx.txid, why=type(error).__name__)
        return False
    return True


def _is_wanted(address: str, signed: Signed) -> bool:
    return address in signed.draft.signatories.weights and address not in signers_of(signed)
