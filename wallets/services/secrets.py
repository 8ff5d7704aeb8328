"""Secrets of callers, turned into an address and a sealed key; said in words what is wrong."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from access.slowing import TooManyFailures
from lucidpay.errors import ValidationFailed
from wallets import vault
from wallets.services.sealed import sealing

_NAMES: dict[type[ValueError], str] = {
    vault.NotAPrivateKey: "private_key",
    vault.NotWords: "mnemonic",
    vault.NotAPath: "path",
    vault.KeystoreMalformed: "keystore",
    vault.KeystoreTooCostly: "keystore",
    vault.WrongPassword: "password",
}

# As long as the costliest keystores before it take.
TURN_S = 5


class KeystoresBusy(TooManyFailures):
    """Rate limit exceeded: other keystores are being opened. Try again in a moment."""


def key_sealed(secret: dict[str, Any]) -> tuple[str, str]:
    """Return (address, sealed key) of ``private_key``, ``mnemonic`` (and ``path``), or
    ``keystore`` and ``password``.

    Raises ``ValidationFailed`` that names the field and never what is in it, ``KeystoresBusy``,
    and ``KeysCannotBeSealed``.
    """
    with _said(), opening(), sealing():
        if "private_key" in secret:
            return vault.seal(secret["private_key"])
        if "mnemonic" in secret:
            path = secret.get("path", vault.PATH_DEFAULT)
            return vault.seal_words(secret["mnemonic"], path)
        return vault.seal_keystore(secret["keystore"], secret["password"])


@contextmanager
def opening() -> Iterator[None]:
    """Turn ``TooManyAtOnce`` into ``KeystoresBusy``."""
    try:
        yield
    except vault.TooManyAtOnce:
        raise KeystoresBusy(limit=vault.OPENING_MAX, wait_s=TURN_S) from None


@contextmanager
def _said() -> Iterator[None]:
    try:
        yield
    except tuple(_NAMES) as error:
        # ``from None``: nothing of what was read may come along.
        raise ValidationFailed({_NAMES[type(error)]: [str(error.__doc__)]}) from None
