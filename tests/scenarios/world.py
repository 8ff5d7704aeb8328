"""One wallet on a sandbox of two nodes, and the platform's own tasks called by hand."""

from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db.models import Sum

from lucidpay.clock import utc_now
from payouts import tasks as payout_tasks
from payouts.models import Payout, PayoutEvent
from payouts.states import Status
from tests import builders
from tests.sandbox.people import USDT, Person, call_draft, funded, send, usdt_of
from tests.sandbox.process import SandboxProcess
from tests.stateful.cuts import PowerCut, cut_at
from tron import nodes
from tron import tasks as tron_tasks
from tron.models import PAID_NOTHING, ChainTransaction, NodeState, WatchedAddress
from tron.trc20 import transfer_data
from wallets.models import Account, Asset, Entry, Hold, Wallet, WalletStatus
from wallets.services.book_flows import flows_book
from wallets.services.open import wallet_import

SOLID_LAG = 2
BROADCAST = "wallet/broadcasthex"
TRX_WHOLE, USDT_WHOLE = 10_000, 1_000


@dataclass
class World:
    """A funded wallet whose books begin with what the chain says, and those who use it."""

    node: SandboxProcess
    key: Person = field(default_factory=Person)
    wallet: Wallet = field(init=False)
    owner: Any = field(init=False)

    def __post_init__(self) -> None:
        self.node.post("/sandbox/faucet", address=self.key.address, trx=TRX_WHOLE, usdt=USDT_WHOLE)
        self.node.mine(1 + SOLID_LAG)
        self.scan()
        self.wallet = paying_wallet(self.key)
        height = self.node.state()["solid"]["number"]
        WatchedAddress.objects.create(address=self.key.address, from_block=height + 1)
        self.owner = builders.user("operator")

    # --- What people and workers do ---------------------------------------------------------------

    def ask(self, **order: Any) -> Payout:
        """Ask for a payout, to somebody who holds USDT already unless ``order`` says otherwise."""
        if "recipient_address" not in order:
            order["recipient_address"] = funded(self.node, usdt=1).address
        return builders.payout(self.owner, **{"amount_usdt": 5 * USDT, **order})

    def sign(self) -> None:
        """Sign what is due."""
        payout_tasks.sign()

    def send(self) -> None:
        """Send what is live, as if it were due: the time of the next sending has come."""
        nodes.forget()
        NodeState.objects.update(throttled_until=None)
        ChainTransaction.objects.exclude(next_send_at=None).update(next_send_at=utc_now())
        tron_tasks.broadcast()

    def scan(self) -> None:
        """Read the solid chain."""
        tron_tasks.scan()

    def settle(self) -> None:
        """Act on what became final, and book what moved."""
        payout_tasks.settle()
        flows_book(now=utc_now())

    def work(self) -> None:
        """Let the workers do all they do, once."""
        tron_tasks.look()
        for verb in (self.scan, self.settle, self.sign, self.send):
            verb()

    def on_the_way(self, **order: Any) -> Payout:
        """Return a payout that is signed and was never sent."""
        payout = self.ask(**order)
        self.node.mine(SOLID_LAG)
        self.scan()
        self.sign()
        return self.see(payout, Status.PROCESSING)

    def dies(self, verb: Any, *, statement: int) -> None:
        """Let the worker die at this statement of what it does."""
        try:
            with cut_at(statement):
                verb()
        except PowerCut:
            return
        raise AssertionError("it was done before it could die")

    # --- What the chain does ----------------------------------------------------------------------

    def fault(self, name: str, node: str = "*", path: str = BROADCAST, **options: Any) -> int:
        """Let requests to nodes meet a fault, those that send when nothing else is said."""
        body = {"node": node, "path": path, "fault": name, **options}
        return int(self.node.post("/sandbox/faults", **body)["id"])

    def hits(self, fault: int) -> int:
        """Return how often a fault was met."""
        rules = self.node.get("/sandbox/faults")["faults"]
        return next(int(rule["hits"]) for rule in rules if rule["id"] == fault)

    def heal(self) -> None:
        """Let all nodes behave from now on."""
        self.node.post("/sandbox/faults/clear")
        nodes.forget()

    def solidify(self) -> None:
        """Let what is pending into a block, make it solid, and act on it."""
        self.node.mine(1 + SOLID_LAG)
        self.scan()
        self.settle()

    def expire(self) -> None:
        """Let chain time jump beyond every expiration, solid, and read it."""
        self.node.post("/sandbox/step", seconds=300)
        self.node.mine(2 + SOLID_LAG)
        self.scan()
        self.settle()

    def token(self, **changes: Any) -> None:
        """Change the token as its owner could."""
        self.node.post("/sandbox/usdt", **changes)

    def empty(self, holder: Person) -> None:
        """Let somebody give away all their USDT."""
        self.node.post("/sandbox/faucet", address=holder.address, trx=100)
        self.node.mine()
        call = transfer_data(builders.address(), usdt_of(self.node, holder))
        assert send(self.node, call_draft(self.node, holder, call).sign(holder))["result"] is True
        self.node.mine()

    # --- What is to be seen -----------------------------------------------------------------------

    def see(self, payout: Payout, status: str) -> Payout:
        """Return the payout as it is; it must have this status."""
        found = Payout.objects.select_related("transaction").get(pk=payout.pk)
        told = f"{found.status} {found.wait_reason} {found.error_message}"
        assert found.status == status, told
        return found

    def attempts(self, payout: Payout) -> list[ChainTransaction]:
        """Return what was ever signed for it, oldest first; each but the last is ended."""
        rows = list(ChainTransaction.objects.filter(subject=payout.pk).order_by("pk"))
        for row in rows[:-1]:
            assert row.status in PAID_NOTHING
            assert row.proof or row.block_number, "signed again without a proof"
        return rows

    def transfers(self, payout: Payout) -> list[dict[str, Any]]:
        """Return the transfers the chain has executed to its recipient, by the chain's account."""
        url = f"/sandbox/transfers?from={self.key.address}"
        listed = self.node.get(url)["transfers"]
        return [one for one in listed if one["to"] == payout.recipient_address]

    def answers(self, payout: Payout) -> list[tuple[str, str]]:
        """Return (outcome, code) of every answer to its newest transaction."""
        newest = self.attempts(payout)[-1]
        return list(newest.answers.order_by("pk").values_list("outcome", "code"))

    def unknown(self, payout: Payout, *, signatures: int = 1) -> ChainTransaction:
        """Check that nothing is believed yet: under way, money held, nothing signed again."""
        found = self.see(payout, Status.PROCESSING)
        rows = self.attempts(payout)
        assert len(rows) == signatures
        assert (found.transaction, rows[-1].final_at) == (rows[-1], None)
        held = Hold.objects.filter(subject=payout.pk, status=Hold.Status.OPEN)
        assert held.filter(account__asset=Asset.USDT).get().units == payout.amount_micro
        self.sign()
        assert len(self.attempts(payout)) == signatures, "signed again"
        return rows[-1]

    def paid_once(self, payout: Payout, *, signatures: int = 1) -> None:
        """Check that it is confirmed, stands on chain once, and the books agree with the chain."""
        found = self.see(payout, Status.CONFIRMED)
        assert len(self.attempts(payout)) == signatures
        on_chain = [(one["txid"], int(one["amount"])) for one in self.transfers(payout)]
        assert on_chain == [(found.transaction.txid, payout.amount_micro)]
        assert PayoutEvent.objects.filter(payout=payout, to_status="confirmed").count() == 1
        self.books_closed()

    def paid_nothing(self, payout: Payout, *, signatures: int = 1) -> Payout:
        """Check that it failed with a reason, nothing stands on chain, and the books agree."""
        found = self.see(payout, Status.FAILED)
        assert len(self.attempts(payout)) == signatures
        assert "Nothing was paid" in found.error_message
        assert self.transfers(payout) == []
        self.books_closed()
        return found

    def books_closed(self) -> None:
        """Check that nothing is held and the ledger says what the solid chain says."""
        assert not Hold.objects.filter(status=Hold.Status.OPEN).exists()
        chain = {
            Asset.USDT: usdt_of(self.node, self.key, "walletsolidity"),
            Asset.TRX: self.node.post(
                "/walletsolidity/getaccount", address=self.key.address, visible=True
            )["balance"],
        }
        for asset, units in chain.items():
            account = Account.objects.get(wallet=self.wallet, asset=asset)
            booked = Entry.objects.filter(account=account).aggregate(sum=Sum("units"))["sum"]
            assert (account.balance_units, account.held_units, booked) == (units, 0, units)


def paying_wallet(key: Person) -> Wallet:
    """Return an active wallet with this key that pays for all routers and owns what it should."""
    made = builders.hot_wallet(usdt_micro=0, trx_sun=0)
    imported = wallet_import(name=f"wallet of {key.address}", private_key_hex=key.key.to_hex())
    imported.status, imported.opened_at_block = WalletStatus.ACTIVE, 1
    imported.save()
    for asset in Asset:
        Account.objects.create(kind=Account.Kind.WALLET, wallet=imported, asset=asset)
    builders.fund(imported, usdt_micro=USDT_WHOLE * USDT, trx_sun=TRX_WHOLE * builders.TRX)
    Wallet.objects.filter(pk=made.pk).update(status=WalletStatus.ARCHIVED)
    builders.router_assign(wallet=imported)
    return imported


@contextmanager
def clock_off(delta: timedelta) -> Any:
    """Let the clock of this machine be wrong."""
    import time_machine

    with time_machine.travel(utc_now() + delta, tick=True):
        yield
