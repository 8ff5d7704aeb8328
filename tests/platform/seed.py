"""A funded hot wallet, an operator and a key; run inside the platform's environment."""

import sys
import time

from django.conf import settings
from django.contrib.auth.models import Group

from access.models import User
from access.services.keys import api_key_create
from lucidpay.clock import utc_now
from payouts.models_limits import LimitKind
from payouts.services.limits import limit_set
from payouts.services.route import router_assign
from tests.platform.running import http
from tron.tasks import scan
from wallets.models import Account, Wallet, WalletStatus
from wallets.services.funding import funding_source_add
from wallets.services.open import wallet_create
from wallets.tasks import book_flows, open_wallets

USDT, TRX = 100_000, 100_000  # whole tokens
DEADLINE_S = 60


def seed() -> None:
    """Print the wallet's address and the key's token, on the last line."""
    wallet = _funded_wallet()
    router_assign(wallet=wallet)
    user = User.objects.create_user("operator")
    user.groups.add(Group.objects.get(name="operator"))
    key, token = api_key_create(user=user, name="tests", rate_limits={"*": 1_000_000})
    limit_set(
        kind=LimitKind.API_KEY, subject=key.pk.hex, hourly_micro=None, daily_micro=None,
        lifts_router=True, by="tests", now=utc_now(),
    )  # fmt: skip
    sys.stdout.write(f"\n{wallet.address} {token}\n")


def _funded_wallet() -> Wallet:
    wallet = wallet_create(name="hot")
    end = time.monotonic() + DEADLINE_S
    while wallet.status != WalletStatus.ACTIVE:
        scan()
        open_wallets()
        wallet.refresh_from_db()
        assert time.monotonic() < end, "the wallet was not opened"
    faucet = http("GET", f"{settings.TRON_NODES[0]}/sandbox/state").body["faucet"]
    funding_source_add(address=faucet, note="faucet", by="tests", now=utc_now())
    body = {"address": wallet.address, "usdt": USDT, "trx": TRX}
    http("POST", f"{settings.TRON_NODES[0]}/sandbox/faucet", body)
    funded = Account.objects.filter(wallet=wallet, balance_units__gt=0)
    while funded.count() < 2:
        scan()
        book_flows()
        assert time.monotonic() < end, "the faucet's money did not arrive"
        time.sleep(0.1)
    return wallet
