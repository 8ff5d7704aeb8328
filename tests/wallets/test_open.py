"""A wallet comes into use with exactly what it holds, and misses nothing afterwards."""

from typing import Any

import pytest
from coincurve import PrivateKey

from lucidpay.clock import utc_now
from tests.sandbox.process import SandboxProcess
from tron.models import WatchedAddress
from tron.scan import scan_solid
from wallets import ledger
from wallets.models import Asset, Entry, Wallet
from wallets.services import open as opening
from wallets.services.book_flows import flows_book
from wallets.services.open import (
    AddressKnown,
    NoSnapshot,
    WalletNameTaken,
    keys_make,
    wallet_create,
    wallet_import,
    wallet_open,
)

pytestmark = pytest.mark.django_db
KEY = PrivateKey()


def faucet(node: SandboxProcess, address: str, usdt: int, trx: int) -> None:
    """Send money and make it solid."""
    node.call("/sandbox/faucet", {"address": address, "usdt": usdt, "trx": trx})
    node.call("/sandbox/mine", {"blocks": 20})


def read_chain() -> None:
    """Let the scanner and the books catch up."""
    while scan_solid(now=utc_now()):
        pass
    flows_book(now=utc_now())


def wallets_open() -> None:
    """Open what waits for it."""
    for wallet in Wallet.objects.filter(status="opening"):
        wallet_open(wallet=wallet)


def balances(wallet: Wallet) -> tuple[int, int]:
    """Return the booked (USDT, TRX)."""
    usdt, trx = (ledger.wallet_account(wallet, asset) for asset in (Asset.USDT, Asset.TRX))
    return usdt.balance_units, trx.balance_units


def test_a_new_wallet_gets_its_key_from_the_worker_and_opens_empty(node: SandboxProcess) -> None:
    wallet = wallet_create(name="hot")
    assert (wallet.status, wallet.address, wallet.sealed_key) == ("awaiting_key", None, "")
    assert keys_make() == 1
    read_chain()
    wallets_open()
    wallet.refresh_from_db()
    assert wallet.status == "active"
    assert balances(wallet) == (0, 0)


def test_an_imported_wallet_opens_with_what_it_holds_already(node: SandboxProcess) -> None:
    wallet = wallet_import(name="hot", private_key_hex=KEY.to_hex())
    faucet(node, str(wallet.address), usdt=5000, trx=70)
    read_chain()
    wallets_open()
    assert balances(wallet) == (5_000_000_000, 70_000_000)


def test_it_books_what_comes_in_later_once(node: SandboxProcess) -> None:
    wallet = wallet_import(name="hot", private_key_hex=KEY.to_hex())
    faucet(node, str(wallet.address), usdt=5000, trx=70)
    read_chain()
    wallets_open()
    faucet(node, str(wallet.address), usdt=3, trx=2)
    read_chain()
    read_chain()
    assert balances(wallet) == (5_003_000_000, 72_000_000)


def test_it_counts_nothing_twice_when_the_scanner_is_behind_the_opening(
    node: SandboxProcess,
) -> None:
    read_chain()
    wallet = wallet_import(name="hot", private_key_hex=KEY.to_hex())
    faucet(node, str(wallet.address), usdt=5000, trx=70)
    wallets_open()  # the opening balance is of a block the scanner has not read yet
    faucet(node, str(wallet.address), usdt=1, trx=1)
    read_chain()
    assert balances(wallet) == (5_001_000_000, 71_000_000)


def test_it_does_not_open_on_a_block_the_scanner_has_passed(node: SandboxProcess) -> None:
    wallet = wallet_import(name="hot", private_key_hex=KEY.to_hex())
    with pytest.raises(NoSnapshot):
        wallets_open()  # the scanner has not begun: flows would be missed
    wallet.refresh_from_db()
    assert wallet.status == "opening"
    assert not WatchedAddress.objects.exists()
    assert not Entry.objects.exists()


def test_it_does_not_open_when_the_scanner_overtakes_it(
    node: SandboxProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look at the balance and the lock, the scanner reads on: money that came in
    there would be in neither.
    """
    wallet = wallet_import(name="hot", private_key_hex=KEY.to_hex())
    read_chain()
    look = opening.ask

    def look_and_be_overtaken(work: Any) -> Any:
        found = look(work)
        faucet(node, str(wallet.address), usdt=5, trx=5)
        monkeypatch.setattr(opening, "ask", look)
        read_chain()
        return found

    monkeypatch.setattr(opening, "ask", look_and_be_overtaken)
    with pytest.raises(NoSnapshot):
        wallets_open()
    wallets_open()
    assert balances(wallet) == (5_000_000, 5_000_000)


def test_it_refuses_a_name_and_an_address_that_are_taken(node: SandboxProcess) -> None:
    wallet_import(name="hot", private_key_hex=KEY.to_hex())
    with pytest.raises(AddressKnown):
        wallet_import(name="other", private_key_hex=KEY.to_hex())
    with pytest.raises(WalletNameTaken):
        wallet_import(name="hot", private_key_hex=PrivateKey().to_hex())
    with pytest.raises(WalletNameTaken):
        wallet_create(name="hot")
    assert Wallet.objects.count() == 1
