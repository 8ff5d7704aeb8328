"""The wallet that pays: its key is made by the worker, its coins come from the sandbox's faucet."""

import time
from decimal import Decimal

from lucidpay.clock import utc_now
from lucidpay.demo.http import call
from lucidpay.money import tokens_of
from payouts.services.route import router_assign
from wallets.models import Account, Asset, FundingSource, Wallet, WalletStatus
from wallets.services.funding import funding_source_add
from wallets.services.open import wallet_create

NAME = "hot"
POLL_S = 0.1
FAUCET_USDT, FAUCET_TRX = 10_000_000, 2_000_000
# The faucet is asked again below these.
LOW_USDT, LOW_TRX = 1_000_000, 200_000


def hot_wallet() -> Wallet:
    """Return the hot wallet, asked for when it is missing; it pays where nobody else does."""
    wallet = Wallet.objects.filter(name=NAME).first() or wallet_create(name=NAME)
    router_assign(wallet=wallet, only_free=True)
    return wallet


def wallet_await_address(wallet: Wallet) -> str:
    """Return the wallet's address once a worker has made its key. Waits; the demo has a limit."""
    while wallet.address is None:
        time.sleep(POLL_S)
        wallet.refresh_from_db()
    return wallet.address


def wallet_fund(wallet: Wallet, control_url: str) -> tuple[Decimal, Decimal]:
    """Return (USDT, TRX) of the opened wallet, filled up by the faucet when it is low."""
    _know_faucet(call(f"{control_url}/state")["faucet"])
    if not _is_rich(wallet):
        order = {"address": wallet.address, "usdt": FAUCET_USDT, "trx": FAUCET_TRX}
        call(f"{control_url}/faucet", order)
        # Blocks at once, so that only payouts take as long as they take.
        blocks = call(f"{control_url}/state")["solid_lag"] + 1
        call(f"{control_url}/mine", {"blocks": blocks, "interval_ms": 1})
    while not _is_rich(wallet):
        time.sleep(POLL_S)
    return _balances(wallet)


def _know_faucet(address: str) -> None:
    """Let the faucet's coins be booked as funding, not as what nobody can explain."""
    if not FundingSource.objects.filter(address=address, removed_at=None).exists():
        funding_source_add(address=address, note="the sandbox's faucet", by="demo", now=utc_now())


def _is_rich(wallet: Wallet) -> bool:
    wallet.refresh_from_db()
    if wallet.status != WalletStatus.ACTIVE:
        return False
    usdt, trx = _balances(wallet)
    return usdt >= LOW_USDT and trx >= LOW_TRX


def _balances(wallet: Wallet) -> tuple[Decimal, Decimal]:
    accounts = {row.asset: row for row in Account.objects.filter(wallet=wallet)}
    usdt, trx = accounts[Asset.USDT], accounts[Asset.TRX]
    return tokens_of(usdt.balance_units), tokens_of(trx.balance_units)
