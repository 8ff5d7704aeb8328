"""A wallet's key as a file under a password: asked for here, made by a worker, handed out once."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction

from lucidpay.errors import FORBIDDEN, Conflict, LucidError
from lucidpay.ids import new_id
from wallets import vault
from wallets.awaiting import awaited
from wallets.models import Wallet
from wallets.models_keys import KeyRequest
from wallets.services.sealed import sealing
from wallets.services.secrets import opening

log = structlog.get_logger(__name__)

Kind = KeyRequest.Kind
PASSWORD_MIN = 12
# Words that nobody has read by then never will be; a backup may be asked for again.
WORDS_KEPT, BACKUP_KEPT = timedelta(minutes=1), timedelta(minutes=10)


class NoKeyHere(Conflict):
    """The key of this wallet is not here. There is nothing to back up or to restore."""


class BackupsSwitchedOff(LucidError):
    """Backups over HTTP are switched off (WALLET_BACKUP_BY_API). Use `manage.py wallet backup`."""

    code = FORBIDDEN
    status_code = 403


class KeyLost(Conflict):
    """The vault cannot open this wallet's key. Restore it from an earlier backup."""


def backup_ask(*, wallet: Wallet, owner_id: int | None, password: str, now: datetime) -> UUID:
    """Ask for a backup under a password, sealed at once; return the request.

    One that was made under the same password meanwhile is what is answered; any other of this
    caller and wallet gives way. Who has a backup and its password has the key, so callers of the
    API (``owner_id``) may be kept from it by ``WALLET_BACKUP_BY_API``. Raises
    ``BackupsSwitchedOff``, ``NoKeyHere``, ``KeystoresBusy`` or ``KeysCannotBeSealed``.
    """
    if owner_id is not None and not settings.WALLET_BACKUP_BY_API:
        raise BackupsSwitchedOff
    if not wallet.sealed_key:
        raise NoKeyHere
    earlier = KeyRequest.objects.filter(kind=Kind.BACKUP, wallet=wallet, owner=owner_id).first()
    with opening():
        if earlier and earlier.keystore and vault.opens(earlier.keystore, password):
            return earlier.pk
    key = new_id(now)
    with sealing():
        sealed = vault.seal_password(password, key)
    with transaction.atomic():
        # One by one: each replaces the request of the one before.
        Wallet.objects.select_for_update(no_key=True).only("id").get(pk=wallet.pk)
        KeyRequest.objects.filter(kind=Kind.BACKUP, wallet=wallet, owner=owner_id).delete()
        KeyRequest.objects.create(
            pk=key, kind=Kind.BACKUP, wallet=wallet, owner_id=owner_id, sealed_password=sealed,
            created_at=now,
        )  # fmt: skip
    return key


def backup_await(request_id: UUID, *, wait_s: float, now: datetime) -> dict[str, Any] | None:
    """Return the keystore, or ``None`` when no worker has made it in time.

    It is deleted here as it is handed out. Raises ``KeyLost``.
    """
    awaited(lambda: _is_answered(request_id), wait_s=wait_s)
    with transaction.atomic():
        rows = KeyRequest.objects.select_for_update()
        request = rows.filter(pk=request_id).first()
        if request is None or not (request.keystore or request.error):
            return None
        request.delete()
        keystore: dict[str, Any] | None = request.keystore
        if keystore:
            Wallet.objects.filter(pk=request.wallet_id).update(backed_up_at=now)
    if keystore is None:
        raise KeyLost
    return keystore


def _is_answered(request_id: UUID) -> bool:
    waiting = KeyRequest.objects.filter(pk=request_id, keystore__isnull=True, error="")
    return not waiting.exists()


def backups_make() -> int:
    """Make the backups that are asked for; return how many. Runs in the worker.

    One at a time and each in a transaction of its own: each takes about a second. Raises
    ``VaultClosed`` elsewhere.
    """
    made = 0
    while _backup_make():
        made += 1
    return made


def _backup_make() -> bool:
    with transaction.atomic():
        waiting = KeyRequest.objects.select_for_update(skip_locked=True, of=("self",))
        rows = waiting.filter(kind=Kind.BACKUP, keystore__isnull=True, error="").select_related(
            "wallet"
        )
        request = rows.order_by("pk").first()
        if request is None:
            return False
        wallet = request.wallet
        try:
            request.keystore = vault.backup(
                sealed_key=wallet.sealed_key, address=wallet.signing_address,
                sealed_password=request.sealed_password, request_id=request.pk,
            )  # fmt: skip
        except vault.KeyDoesNotOpen:
            log.critical("wallet_key_does_not_open", wallet=wallet.name)
            request.error = "does not open"
        request.sealed_password = ""
        request.save(update_fields=["keystore", "error", "sealed_password"])
    return True


def requests_wipe(*, now: datetime) -> int:
    """Delete what nobody has read in time; return how many."""
    words = KeyRequest.objects.filter(kind=Kind.WORDS, created_at__lt=now - WORDS_KEPT)
    backups = KeyRequest.objects.filter(kind=Kind.BACKUP, created_at__lt=now - BACKUP_KEPT)
    return words.delete()[0] + backups.delete()[0]
