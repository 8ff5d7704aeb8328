"""Deposit addresses on the sandbox, the wallet they are emptied into, and the workers' tasks."""

from dataclasses import dataclass, field
from datetime import timedelta

from gateway import tasks
from gateway.models_sweep import Sweep
from lucidpay.clock import utc_now
from lucidpay.verification.findings import Scope
from lucidpay.verification.run import database_findings
from tests.deposits import deposit_account_create, deposit_address_next
from tests.sandbox.process import SandboxProcess
from tests.tron.chain import SOLID_LAG, scan_all
from tests.wallets import books
from tron import tasks as tron_tasks
from tron.address import address_parse
from tron.halt import open_halts
from tron.models import ChainTransaction
from wallets import ledger
from wallets import tasks as wallet_tasks
from wallets.models import Account, Asset, Hold, Wallet
from wallets.models_deposit import DepositAccount, DepositAddress
from wallets.services.deposits import seeds_make

UNIT = 1_000_000  # base units of one


@dataclass
class Sweeping:
    """A hot wallet that pays for payments, and the addresses that payers pay to."""

    node: SandboxProcess
    wallet: Wallet = field(init=False)
    account: DepositAccount = field(init=False)
    paid: list[DepositAddress] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.wallet, _ = books.hot(self.node, usdt=1_000, trx=1_000)
        books.router_assign(wallet=self.wallet)
        books.faucet_is_known(self.node)
        self.account = deposit_account_create(name="shop", now=utc_now())
        seeds_make()
        self.account.refresh_from_db()

    # --- What payers and workers do ---------------------------------------------------------------

    def deposit(self, to: DepositAddress | None = None, **coins: int) -> DepositAddress:
        """Pay whole coins to an address, a fresh one unless named; solid and booked."""
        place = to or deposit_address_next(account_id=self.account.pk, now=utc_now())
        self.paid += [] if place in self.paid else [place]
        books.faucet(self.node, place.address, **coins)
        self.solidify()
        return place

    def sweep(self) -> None:
        """Let the sweeper work, and whoever signs what it asks for; it is everybody's turn."""
        self.read()
        Sweep.objects.update(look_at=utc_now())
        tasks.sweep()
        wallet_tasks.operate()

    def send(self) -> None:
        """Send what is under way."""
        ChainTransaction.objects.exclude(next_send_at=None).update(next_send_at=utc_now())
        tron_tasks.broadcast()

    def read(self) -> None:
        """Read a chain that has just made a block."""
        self.node.mine(1)
        scan_all(now=utc_now())

    def settle(self) -> None:
        """Act on what became final, and book what moved."""
        scan_all(now=utc_now())
        wallet_tasks.settle_operations()
        tasks.settle_sweeps()
        wallet_tasks.book_flows()

    def solidify(self) -> None:
        """Let what is pending into a block, make it solid, and act on it."""
        self.node.mine(1 + SOLID_LAG)
        self.settle()

    def work(self, rounds: int = 3) -> None:
        """Let everybody do all they do, a few times."""
        for _ in range(rounds):
            self.sweep()
            self.send()
            self.solidify()

    def expire(self) -> None:
        """Let chain time jump beyond every expiration, solid, and act on it."""
        self.node.post("/sandbox/step", seconds=600)
        self.node.mine(2 + SOLID_LAG)
        self.settle()

    # --- What is to be seen -----------------------------------------------------------------------

    def one(self) -> Sweep:
        """Return the only sweep there is."""
        return Sweep.objects.select_related("transaction", "funding", "address").get()

    def one_of(self, status: str) -> Sweep:
        """Return the only sweep of a status."""
        return Sweep.objects.select_related("transaction", "funding").get(status=status)

    def given(self, place: DepositAddress) -> list[int]:
        """Return the amounts of TRX that our wallet has sent to an address, by the chain."""
        url = f"/v1/accounts/{place.address}/transactions?only_to=true&limit=200&order_by=x,asc"
        found = []
        for row in self.node.get(url)["data"]:
            contract = row["raw_data"]["contract"][0]
            value = contract["parameter"]["value"]
            is_ours = value["owner_address"] == address_parse(str(self.wallet.address)).hex()
            if contract["type"] == "TransferContract" and is_ours:
                found.append(value["amount"])
        return found

    def moved(self, place: DepositAddress) -> list[int]:
        """Return the amounts of USDT that left an address, by the chain."""
        listed = self.node.get(f"/sandbox/transfers?from={place.address}")["transfers"]
        return [int(one["amount"]) for one in listed]

    def usdt(self, address: str) -> int:
        """Return the solid USDT of an address."""
        answer = self.node.post(
            "/walletsolidity/triggerconstantcontract",
            owner_address=address,
            contract_address=self.node.state()["usdt_contract"],
            function_selector="balanceOf(address)",
            parameter=address_parse(address)[1:].rjust(32, b"\0").hex(),
            visible=True,
        )
        return int(answer["constant_result"][0], 16)

    def trx(self, address: str) -> int:
        """Return the solid TRX of an address, in sun."""
        account = self.node.post("/walletsolidity/getaccount", address=address, visible=True)
        return int(account.get("balance", 0))

    def agrees(self) -> None:
        """Check that the books say what the chain says, that all is verified and nothing halts."""
        assert open_halts() == []
        assert not Hold.objects.filter(status=Hold.Status.OPEN).exists()
        for asset, look in ((Asset.USDT, self.usdt), (Asset.TRX, self.trx)):
            held = ledger.wallet_account(self.wallet, asset).balance_units
            assert held == look(str(self.wallet.address)), asset
            lying = sum(look(place.address) for place in self.paid)
            assert books.booked(Account.Kind.DEPOSITS, asset) == lying, asset
            assert books.suspense(asset) == 0
        found = [one.what for one in database_findings(Scope(now=utc_now() + timedelta(hours=1)))]
        assert not found, "\n".join(found)
