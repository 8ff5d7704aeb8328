"""`/tron/wallets…` where secrets come in or go out: parse, call a service, render, keep nothing.

None of these answers is stored under an ``Idempotency-Key``: a wallet's name is unique, so a
repeated request makes nothing twice, and what was shown once stays shown once.
"""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from django.conf import settings
from django.urls import reverse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from access import scopes
from access.caller import caller_of
from access.slowing import TooManyFailures, keystore_attempt
from lucidpay.api.query import body_of
from lucidpay.api.schema import refusals
from lucidpay.api.throttling import must_wait
from lucidpay.api.views import LimitedView
from lucidpay.clock import utc_now
from lucidpay.doorbell import ring_on_commit
from lucidpay.errors import LucidError
from tron.api.fields import AddressRefused, body_with_addresses
from tron.reads import ChainAway
from wallets import tasks
from wallets.api.wallet_described import (
    BACKUP_EXAMPLES,
    CREATE_EXAMPLES,
    IMPORT_EXAMPLES,
    LOCATION_HEADER,
    NO_BACKUP,
    NO_STORE_HEADER,
    NO_WORDS,
    NO_WORKER,
    RESTORE_EXAMPLE,
    WALLET_EXAMPLE,
    WALLET_ID_PARAMETER,
)
from wallets.api.wallet_serializers import (
    SECRETS,
    BackupIn,
    BackupOut,
    RestoreIn,
    WalletImportIn,
    WalletIn,
    WalletMadeOut,
    WalletOut,
)
from wallets.models import Wallet, WalletStatus
from wallets.queries import WalletNotFound, wallet_of
from wallets.representation import wallet_body
from wallets.services.backup import BackupsSwitchedOff, KeyLost, NoKeyHere, backup_ask, backup_await
from wallets.services.create import key_await, wallet_create_with_words
from wallets.services.open import wallet_create
from wallets.services.restore import KeystoreOfAnotherWallet, wallet_restore
from wallets.services.sealed import KeysCannotBeSealed
from wallets.services.take_over import KeyOfAnotherAddress, wallet_know, wallet_take_over
from wallets.services.taken import AddressKnown, WalletNameTaken
from wallets.vault import PATH_DEFAULT

NO_STORE = {"Cache-Control": "no-store"}


@contextmanager
def _slowed(request: Request) -> Iterator[None]:
    """Answer wrong passwords with growing pauses; whatever else is wrong does not count."""
    attempt = keystore_attempt(caller_of(request).user_id)
    try:
        yield
    except LucidError as error:
        if "password" not in error.details:
            attempt.was_right()
        raise
    attempt.was_right()


def _place(wallet: Wallet) -> dict[str, str]:
    return {"Location": reverse("wallet", args=[wallet.public_id])}


class SecretView(LimitedView):
    """A call in which a secret comes or goes."""

    def handle_exception(self, exc: Exception) -> Response:
        """Tell who must wait for how long after wrong passwords."""
        if isinstance(exc, TooManyFailures):
            must_wait(self.request, exc.limit, exc.wait_s)
        response = super().handle_exception(exc)
        response["Cache-Control"] = "no-store"
        return response


class CreateView(SecretView):
    """Make a wallet."""

    required_scopes = {"POST": scopes.WALLETS_MANAGE}
    endpoints = {"POST": "wallets.create"}

    @extend_schema(
        operation_id="wallet_create",
        request=WalletIn,
        parameters=[LOCATION_HEADER, NO_STORE_HEADER],
        responses={
            201: OpenApiResponse(WalletMadeOut, description="Made, with its words if asked for."),
            202: OpenApiResponse(WalletMadeOut, description="Waits for a worker; see `note`."),
            **refusals(WalletNameTaken),
        },
        examples=CREATE_EXAMPLES,
        tags=["wallets"],
        summary="Make a wallet",
    )
    def post(self, request: Request) -> Response:
        """Its key is made by a worker, which is waited for up to 10 seconds.

        Write the `mnemonic` down: it is shown in this one answer, is not kept, and is not replayed.
        A repeated request meets 409, for its name is taken.
        """
        body = body_of(request, WalletIn)
        name, kind, words = body["name"], body["kind"], body.get("mnemonic_words")
        if words is None:
            wallet, mailbox = wallet_create(name=name, kind=kind), None
        else:
            owner, now = caller_of(request).user_id, utc_now()
            wallet, mailbox = wallet_create_with_words(
                name=name, kind=kind, words=words, owner_id=owner, now=now
            )
        ring_on_commit(tasks.open_wallets)
        wait_s = settings.WALLET_ANSWER_WAIT_S
        wallet, mnemonic = key_await(wallet, mailbox=mailbox, wait_s=wait_s)
        body = {**wallet_body(wallet), **_shown(wallet, mnemonic, is_asked=words is not None)}
        status = 202 if body["note"] else 201
        return Response(body, status=status, headers=_place(wallet) | NO_STORE)


def _shown(wallet: Wallet, mnemonic: str, *, is_asked: bool) -> dict[str, str | None]:
    is_late = wallet.status == WalletStatus.AWAITING_KEY or (is_asked and not mnemonic)
    return {
        "mnemonic": mnemonic or None,
        "path": PATH_DEFAULT if mnemonic else None,
        "note": (NO_WORDS if is_asked else NO_WORKER) if is_late else None,
    }


class ImportView(SecretView):
    """Take a wallet over."""

    required_scopes = {"POST": scopes.WALLETS_MANAGE}
    endpoints = {"POST": "wallets.import"}

    @extend_schema(
        operation_id="wallet_import",
        request=WalletImportIn,
        parameters=[LOCATION_HEADER, NO_STORE_HEADER],
        responses={
            201: OpenApiResponse(WalletOut, description="Taken over; it opens in a moment."),
            **refusals(
                KeyOfAnotherAddress, AddressRefused, WalletNameTaken, AddressKnown,
                ChainAway, KeysCannotBeSealed,
            ),
        },
        examples=[*IMPORT_EXAMPLES, WALLET_EXAMPLE],
        tags=["wallets"],
        summary="Import a wallet",
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """With exactly one of `private_key`, `mnemonic` and `keystore`, or with `address` alone.

        A secret is sealed before anything is written, stands in no answer and is not kept
        otherwise. With `permission_id` the key acts for `address`, as one that meets this active
        permission alone; a node is asked. Wrong passwords are answered with growing pauses.
        """
        body = body_with_addresses(request, WalletImportIn)
        secret = {name: body.pop(name) for name in (*SECRETS, "path", "password") if name in body}
        if not secret:
            wallet = wallet_know(**body)
        else:
            with _slowed(request) if "keystore" in secret else nullcontext():
                wallet = wallet_take_over(secret=secret, **body)
        ring_on_commit(tasks.open_wallets)
        shown = wallet_of(wallet.public_id)
        return Response(wallet_body(shown), status=201, headers=_place(wallet) | NO_STORE)


class BackupView(SecretView):
    """Back a wallet up."""

    required_scopes = {"POST": scopes.WALLETS_MANAGE}
    endpoints = {"POST": "wallets.backup"}

    @extend_schema(
        operation_id="wallet_backup",
        request=BackupIn,
        parameters=[WALLET_ID_PARAMETER, NO_STORE_HEADER],
        responses={
            200: OpenApiResponse(BackupOut, description="The key under the password."),
            202: OpenApiResponse(BackupOut, description="Waits for a worker; ask again."),
            **refusals(WalletNotFound, BackupsSwitchedOff, NoKeyHere, KeyLost, KeysCannotBeSealed),
        },
        examples=BACKUP_EXAMPLES,
        tags=["wallets"],
        summary="Back a wallet up",
    )
    def post(self, request: Request, wallet_id: str) -> Response:
        """Its key as a Web3 keystore V3 under your password, made by a worker.

        After 202 ask again with the same password: what was made meanwhile is kept for ten minutes.
        """
        password = body_of(request, BackupIn)["password"]
        wallet = wallet_of(wallet_id)
        owner, now = caller_of(request).user_id, utc_now()
        key = backup_ask(wallet=wallet, owner_id=owner, password=password, now=now)
        ring_on_commit(tasks.make_backups)
        keystore = backup_await(key, wait_s=settings.WALLET_ANSWER_WAIT_S, now=utc_now())
        body = {
            "wallet_id": wallet.public_id,
            "address": wallet.signing_address,
            "keystore": keystore,
            "note": None if keystore else NO_BACKUP,
        }
        return Response(body, status=200 if keystore else 202, headers=NO_STORE)


class RestoreView(SecretView):
    """Restore a wallet's key."""

    required_scopes = {"POST": scopes.WALLETS_MANAGE}
    endpoints = {"POST": "wallets.restore"}

    @extend_schema(
        operation_id="wallet_restore",
        request=RestoreIn,
        parameters=[WALLET_ID_PARAMETER, NO_STORE_HEADER],
        responses={
            200: OpenApiResponse(WalletOut, description="Its key is here again."),
            **refusals(KeystoreOfAnotherWallet, WalletNotFound, NoKeyHere, KeysCannotBeSealed),
        },
        examples=[RESTORE_EXAMPLE, WALLET_EXAMPLE],
        tags=["wallets"],
        summary="Restore a wallet's key",
    )  # fmt: skip
    def post(self, request: Request, wallet_id: str) -> Response:
        """Seal its key anew from a backup, as after the vault's own key was lost or replaced."""
        body = body_of(request, RestoreIn)
        key = wallet_of(wallet_id).pk
        with _slowed(request):
            wallet_restore(wallet_id=key, **body)
        return Response(wallet_body(wallet_of(wallet_id)), headers=NO_STORE)
