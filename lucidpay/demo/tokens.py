"""``demo.env``: what a program or a person needs to use the demo. Kept from run to run."""

import secrets
from dataclasses import dataclass

from lucidpay.demo.envfile import env_read, env_write
from lucidpay.demo.plan import Plan

ADMIN = "admin"
KEYS = {"LUCIDPAY_API_KEY": "operator", "LUCIDPAY_STANDARD_API_KEY": "end_user"}


@dataclass(frozen=True)
class HotWallet:
    """The wallet that pays, as the chain knows it and as the API does."""

    address: str
    id: str


@dataclass(frozen=True)
class Kept:
    """What an earlier run has written, or a fresh password and no tokens."""

    password: str
    tokens: list[str]


def kept_of(plan: Plan) -> Kept:
    """Return what ``demo.env`` holds."""
    earlier = env_read(plan.env_file)
    password = earlier.get("LUCIDPAY_ADMIN_PASSWORD") or secrets.token_urlsafe(12)
    return Kept(password, [earlier[name] for name in KEYS if earlier.get(name)])


def demo_env_write(
    plan: Plan,
    *,
    tokens: dict[str, str],
    password: str,
    usdt_contract: str,
    hot: HotWallet,
    inbound_secret: str,
) -> None:
    """Write ``demo.env``; ``tokens`` are by owner."""
    values = {
        "LUCIDPAY_URL": plan.url,
        **{name: tokens[owner] for name, owner in KEYS.items()},
        "LUCIDPAY_ADMIN_USER": ADMIN,
        "LUCIDPAY_ADMIN_PASSWORD": password,
        "TRON_NODE_URL": plan.nodes.partition(",")[0] or plan.network,
        "USDT_CONTRACT": usdt_contract,
        "HOT_WALLET_ADDRESS": hot.address,
        "HOT_WALLET_ID": hot.id,
        "SANDBOX_CONTROL_URL": plan.control_url,
        "INBOUND_WEBHOOK_SECRET": inbound_secret,
    }
    env_write(plan.env_file, values)
