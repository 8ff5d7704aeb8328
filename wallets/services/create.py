"""Making a wallet while somebody waits for it: its words are shown once, to who asked."""

from datetime import datetime
from uuid import UUID

from lucidpay.sealing import DoesNotOpen, Mailbox
from wallets import vault
from wallets.awaiting import awaited
from wallets.models import Wallet, WalletStatus
from wallets.models_keys import KeyRequest
from wallets.queries import wallets_shown
from wallets.services.open import wallet_create
from wallets.services.taken import stored_once

Kind = KeyRequest.Kind


def wallet_create_with_words(
    *, name: str, kind: str, words: int, owner_id: int | None, now: datetime
) -> tuple[Wallet, Mailbox]:
    """Ask for a new wallet whose key grows from so many words; return it with where to read them.

    Whoever asked keeps the mailbox in memory and reads them by ``key_await``. Raises
    ``WalletNameTaken``.
    """
    mailbox = Mailbox()
    with stored_once():
        wallet = wallet_create(name=name, kind=kind)
        KeyRequest.objects.create(
            kind=Kind.WORDS, wallet=wallet, owner_id=owner_id, words=words,
            reader=mailbox.address, created_at=now,
        )  # fmt: skip
    return wallet, mailbox


def key_await(
    wallet: Wallet, *, mailbox: Mailbox | None = None, wait_s: float
) -> tuple[Wallet, str]:
    """Return the wallet with its key, and its words where these were asked for.

    Without a worker in time: the wallet as it is, and no words. They can then never be shown any
    more: its key will be made without.
    """
    awaited(lambda: _has_key(wallet.pk), wait_s=wait_s)
    words = _words_take(wallet.pk, mailbox) if mailbox else ""
    return wallets_shown().get(pk=wallet.pk), words


def _has_key(wallet_id: UUID) -> bool:
    waiting = Wallet.objects.filter(pk=wallet_id, status=WalletStatus.AWAITING_KEY)
    return not waiting.exists()


def _words_take(wallet_id: UUID, mailbox: Mailbox) -> str:
    """Delete the request, answered or not, and return the words that were in it."""
    with stored_once():
        rows = KeyRequest.objects.select_for_update()
        request = rows.filter(wallet=wallet_id, kind=Kind.WORDS).first()
        if request is None:
            return ""
        request.delete()
    if not request.sealed_words:
        return ""
    try:
        return vault.read_words(request.sealed_words, mailbox=mailbox, wallet_id=wallet_id)
    except DoesNotOpen:  # made for another process; nobody here can read it
        return ""
