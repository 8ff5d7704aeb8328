"""Closing boxes, and what is told where no vault key was given."""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from lucidpay.errors import LucidError
from lucidpay.sealing import VaultMisconfigured

log = structlog.get_logger(__name__)


class KeysCannotBeSealed(LucidError):
    """Keys of wallets cannot be kept yet: the operator must set VAULT_PUBLIC_KEY."""


@contextmanager
def sealing() -> Iterator[None]:
    """Turn a missing vault key into ``KeysCannotBeSealed``, and tell the operator in the log."""
    try:
        yield
    except VaultMisconfigured:
        log.critical(
            "wallet_key_not_sealed",
            what_to_do="Give the web VAULT_PUBLIC_KEY (or VAULT_PUBLIC_KEY_FILE): base64 of 32 "
            "bytes, the public half of the workers' VAULT_KEY.",
        )
        raise KeysCannotBeSealed from None
