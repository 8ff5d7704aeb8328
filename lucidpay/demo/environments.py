"""What each process is told through its environment, and no more than it needs."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from lucidpay.demo.envfile import env_read, env_write
from lucidpay.demo.plan import Plan
from lucidpay.sealing import vault_key_pair

# Marks the demo's processes, so that a later demo knows those a killed one has left.
MARK = "LUCIDPAY_DEMO_CHILD_OF"
INBOUND = "INBOUND_WEBHOOK_SECRET"
VAULT_KEYS = (
    "VAULT_KEY", "VAULT_PUBLIC_KEY", "WEBHOOK_VAULT_KEY", "WEBHOOK_VAULT_PUBLIC_KEY",
)  # fmt: skip


@dataclass(frozen=True)
class Environments:
    """The environments of the demo's processes."""

    base: dict[str, str]
    vaults: dict[str, str]

    def plain(self, **more: str) -> dict[str, str]:
        """For processes that handle no keys of wallets."""
        return self.base | more

    def web(self) -> dict[str, str]:
        """For the web: it can seal what is secret, and open none of it."""
        return self._with("VAULT_PUBLIC_KEY", "WEBHOOK_VAULT_PUBLIC_KEY")

    def worker(self) -> dict[str, str]:
        """For the worker, the only one that opens keys of wallets."""
        return self._with("VAULT_PUBLIC_KEY", "WEBHOOK_VAULT_PUBLIC_KEY", "VAULT_KEY")

    def sender(self) -> dict[str, str]:
        """For the worker that sends webhooks: it opens their secrets, and no wallet's key."""
        return self._with("VAULT_PUBLIC_KEY", "WEBHOOK_VAULT_PUBLIC_KEY", "WEBHOOK_VAULT_KEY")

    def _with(self, *names: str) -> dict[str, str]:
        return self.base | {name: self.vaults[name] for name in names}


def environments_of(plan: Plan, servers: dict[str, str]) -> Environments:
    """Return the environments; the demo's secrets are made the first time and kept, mode 0600.

    ``servers`` is what the embedded servers add (DATABASE_URL, REDIS_URL).
    """
    secret = _secrets(plan.directory / "secrets.env")
    ours = {
        **servers,
        MARK: str(plan.directory),
        "DJANGO_SETTINGS_MODULE": "lucidpay.settings.dev",
        "SECRET_KEY": secret["SECRET_KEY"],
        "TRON_NETWORK": plan.network,
        "TRON_NODES": plan.nodes,
        "NODE_PORT": str(plan.node_port),
        "PYTHONUNBUFFERED": "1",
    }
    # A setting's other form, a file, would win over ours.
    hidden = {*VAULT_KEYS, *(f"{name}_FILE" for name in (*ours, *VAULT_KEYS))}
    kept = {name: value for name, value in os.environ.items() if name not in hidden}
    # Unless the caller says otherwise: receivers of this machine can be tried out.
    usual = {"WEBHOOK_ALLOW_HOSTS": "127.0.0.1", INBOUND: secret[INBOUND]}
    return Environments(usual | kept | ours, {name: secret[name] for name in VAULT_KEYS})


def _secrets(path: Path) -> dict[str, str]:
    kept = env_read(path)
    fresh = {
        "SECRET_KEY": secrets.token_urlsafe(48),
        # The halves of a pair, of each vault.
        **dict(zip(VAULT_KEYS, (*vault_key_pair(), *vault_key_pair()), strict=True)),
        INBOUND: secrets.token_urlsafe(24),
    }
    if fresh.keys() - kept.keys():
        kept = fresh | kept
        env_write(path, kept)
    return kept
