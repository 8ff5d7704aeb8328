"""Wallets on the test's chain, what moves them, and the steps by which the books follow."""

from typing import Any
from uuid import uuid4

from coincurve import PrivateKey

from access.models import User
from lucidpay.clock import utc_now
from lucidpay.verification import money
from lucidpay.verification.findings import BEGINNING, Scope
from payouts.models import Review, Router, RouterType
from payouts.services.route import router_assign
from payouts.services.settle import payouts_settle
from payouts.services.sign import payouts_sign
from tests import builders
from tests.sandbox.people import Person
from tests.sandbox.process import SandboxProcess
from tests.tron.chain import SOLID_LAG, scan_all, send
from tron.models import ChainTransaction
from wallets import ledger
from wallets.models import Account, Asset, Entry, Wallet
from wallets.services.book_flows import flows_book
from wallets.services.funding import funding_source_add
from wallets.services.open import wallet_import, wallet_open

UNIT = 1_000_000  # base units of one
# What must hold whatever the chain did.
IN_ITSELF = (money.UNBALANCED, money.OTHER_BALANCE, money.OTHER_HELD)


def contradictions() -> list[str]:
    """Return how the books contradict themselves; nothing when all is well."""
    scope = Scope(now=utc_now(), since=BEGINNING)
    return [str(finding) for check in IN_ITSELF for finding in check(scope)]


def solidify(node: SandboxProcess) -> None:
    """Let what is pending into a block and make it solid."""
    node.mine(1 + SOLID_LAG)


def read() -> None:
    """Let the scanner catch up, and nobody else."""
    scan_all(now=utc_now())


def catch_up(node: SandboxProcess) -> None:
    """Make everything solid, read it, settle it and book it."""
    solidify(node)
    read()
    payouts_settle(now=utc_now())
    while flows_book(now=utc_now()):
        pass


def faucet(node: SandboxProcess, address: str, *, usdt: int = 0, trx: int = 0) -> None:
    """Send whole coins to an address; they are pending."""
    node.post("/sandbox/faucet", address=address, usdt=usdt, trx=trx)


def hot(node: SandboxProcess, *, usdt: int = 1_000, trx: int = 1_000) -> tuple[Wallet, Person]:
    """Return an open wallet with this much, and the person who has its key, too."""
    person = Person(PrivateKey())
    wallet = wallet_import(name=f"hot-{uuid4().hex[:8]}", private_key_hex=person.key.to_hex())
    faucet(node, person.address, usdt=usdt, trx=trx)
    solidify(node)
    read()
    wallet_open(wallet=wallet)
    wallet.refresh_from_db()
    for router_type in RouterType:
        Router.objects.get_or_create(type=router_type)
    return wallet, person


def faucet_is_known(node: SandboxProcess) -> None:
    """Register the faucet as a source of funds."""
    address = node.state()["faucet"]
    funding_source_add(address=address, note="faucet", by="tests", now=utc_now())


def balances(wallet: Wallet) -> tuple[int, int]:
    """Return the booked (USDT, TRX) in base units."""
    usdt, trx = (ledger.wallet_account(wallet, asset) for asset in (Asset.USDT, Asset.TRX))
    return usdt.balance_units, trx.balance_units


def booked(kind: str, asset: Asset) -> int:
    """Return the sum of an account that says where money came from and went."""
    entries = Entry.objects.filter(account__kind=kind, account__asset=asset)
    return sum(entries.values_list("units", flat=True))


def suspense(asset: Asset) -> int:
    """Return what nobody has explained, with the sign of the suspense account."""
    return booked(Account.Kind.SUSPENSE, asset)


def pay(wallet: Wallet, owner: User, **fields: Any) -> ChainTransaction:
    """Return the signed transaction of a payout of ours, as the signer leaves it: never sent."""
    router_assign(wallet=wallet)
    asked = builders.payout(owner, **fields)
    if asked.review == Review.REQUIRED:  # it goes to a wallet of ours
        builders.approved(asked)
    read()
    assert payouts_sign(wallet_id=wallet.pk, now=utc_now()) == 1
    return ChainTransaction.objects.get(subject=asked.pk)


def paid(node: SandboxProcess, wallet: Wallet, owner: User, **fields: Any) -> ChainTransaction:
    """Return the transaction of a payout that the node has taken; it is pending."""
    row = pay(wallet, owner, **fields)
    send(node, row)
    return row
