"""A wallet that stakes, and the steps by which an operation comes to its end."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Sum

from lucidpay.clock import utc_now
from tests.api.client import Answer, Api, caller
from tests.sandbox.process import SandboxProcess
from tests.tron.chain import SOLID_LAG, scan_all
from tests.wallets import books
from tron.broadcast import broadcast_due
from tron.models import ChainTransaction
from wallets import tasks
from wallets.models import Account, Asset, Entry, Hold, Wallet
from wallets.models_operation import Operation
from wallets.operations import operation_of

TRX = 1_000_000
DAY_S = 86_400


@dataclass
class Staker:
    """A wallet on the chain and in the books, and an operator who acts for it by the API."""

    node: SandboxProcess
    wallet: Wallet
    api: Api

    @property
    def address(self) -> str:
        """Its address."""
        return str(self.wallet.address)

    def ask(self, verb: str, /, **fields: Any) -> Answer:
        """POST a verb for this wallet; ``headers`` go with it."""
        headers = fields.pop("headers", {})
        body = {"wallet_id": self.wallet.public_id, **fields}
        return self.api.post(f"/tron/staking/{verb}", body, **headers)

    def asked(self, verb: str, /, **fields: Any) -> Operation:
        """Ask, and return what was stored."""
        answer = self.ask(verb, **fields)
        assert answer.status == 202, answer
        return operation_of(answer.body["operation_id"])

    def done(self, verb: str, /, **fields: Any) -> Operation:
        """Ask, and return the operation when the chain has done it and the books say so."""
        operation = self.asked(verb, **fields)
        self.work()
        found = operation_of(operation.public_id)
        assert found.status == "confirmed", found.error_message
        self.books_closed()
        return found

    def work(self) -> None:
        """Let the workers and the chain do all they do."""
        self.sign()
        self.send()
        self.solidify()

    def sign(self) -> None:
        """Sign, on a chain of which the newest block was just read."""
        self.read()
        tasks.operate()

    def read(self) -> None:
        """Read a chain that has just made a block."""
        self.node.mine(1)
        scan_all(now=utc_now())

    def send(self) -> None:
        """Send what is due."""
        ChainTransaction.objects.exclude(next_send_at=None).update(next_send_at=utc_now())
        broadcast_due(now=utc_now())

    def solidify(self) -> None:
        """Let what is pending into a block, make it solid, settle it and book it."""
        self.node.mine(1 + SOLID_LAG)
        scan_all(now=utc_now())
        tasks.settle_operations()
        tasks.book_flows()

    def later(self, days: float) -> None:
        """Let chain time pass."""
        self.node.post("/sandbox/step", seconds=int(days * DAY_S))
        self.node.mine(1 + SOLID_LAG)
        scan_all(now=utc_now())

    def account(self, prefix: str = "walletsolidity") -> Any:
        """Return ``getaccount``."""
        return self.node.post(f"/{prefix}/getaccount", address=self.address, visible=True)

    @property
    def trx(self) -> Account:
        """Return the wallet's TRX account in the books."""
        return Account.objects.get(wallet=self.wallet, asset=Asset.TRX)

    def books_closed(self) -> None:
        """Check that the books say what the chain says, and nothing is held or unexplained."""
        account = self.trx
        booked = Entry.objects.filter(account=account).aggregate(sum=Sum("units"))["sum"]
        chain_sun = self.account()["balance"]
        assert (account.balance_units, account.held_units, booked) == (chain_sun, 0, chain_sun)
        assert books.suspense(Asset.TRX) == 0
        assert not Hold.objects.filter(status=Hold.Status.OPEN).exists()
        assert books.contradictions() == []


def staker_on(node: SandboxProcess, *, trx: int = 100_000, usdt: int = 1) -> Staker:
    """Return a hot wallet with this much."""
    wallet, _ = books.hot(node, trx=trx, usdt=usdt)
    return Staker(node, wallet, caller("operator"))


def staked_sun(staker: Staker, resource: str = "ENERGY") -> int:
    """Return what the chain says is staked and not lent."""
    parts = staker.account().get("frozenV2", [])
    return sum(part.get("amount", 0) for part in parts if part.get("type", "BANDWIDTH") == resource)


def booked(kind: Account.Kind) -> int:
    """Return the sum of an account that says where TRX went, in sun."""
    return books.booked(kind, Asset.TRX)
