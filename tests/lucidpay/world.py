"""A small company on the test's chain: a wallet with money, and payouts that end in every way.

Everything is done by the platform's own services against a real node: what is verified is what
production writes.
"""

from dataclasses import dataclass
from typing import Any

from coincurve import PrivateKey

from access.models import User
from lucidpay.clock import utc_now
from payouts.models import Payout, Router, RouterType
from payouts.models_review import ReviewRule, RuleCode
from payouts.services.cancel import payout_cancel
from payouts.services.retry import payout_retry
from payouts.services.route import router_assign
from payouts.services.screen import payouts_screen
from payouts.services.settle import payouts_settle
from payouts.services.sign import payouts_sign
from tests import builders
from tests.sandbox.process import SandboxProcess
from tests.tron.chain import SOLID_LAG
from tron.agree import blocks_agree
from tron.broadcast import broadcast_due
from tron.scan import scan_solid
from wallets.models import Wallet
from wallets.services.book_flows import flows_book
from wallets.services.open import wallet_import, wallet_open

FUNDS = {"trx": 10_000, "usdt": 5_000}


@dataclass
class World:
    """What the tests look at."""

    node: SandboxProcess
    wallet: Wallet
    owner: User
    payouts: dict[str, Payout]

    def scan(self) -> None:
        """Read all solid blocks, act on what became final, and book what came in."""
        read()
        while payouts_settle(now=utc_now()):
            pass
        while flows_book(now=utc_now()):
            pass

    def solidify(self) -> None:
        """Let what is pending into a solid block, and act on it."""
        self.node.mine(1 + SOLID_LAG)
        self.scan()

    def sign(self) -> None:
        """Screen and sign what is due."""
        payouts_screen(wallet_id=self.wallet.pk, now=utc_now())
        assert payouts_sign(wallet_id=self.wallet.pk, now=utc_now()) > 0

    def pay(self) -> None:
        """Sign and send what is due, and see its end."""
        self.sign()
        assert broadcast_due(now=utc_now()) > 0
        self.solidify()


def read() -> None:
    """Scan until nothing is waiting, and draw the conclusions."""
    while True:
        unread = scan_solid(now=utc_now())
        if not blocks_agree(now=utc_now()) and not unread:
            return


def world(node: SandboxProcess) -> World:
    """Return a company with one payout of each fate, by its name."""
    read()
    key = PrivateKey()
    wallet = wallet_import(name="hot", private_key_hex=key.to_hex())
    node.post("/sandbox/faucet", address=wallet.address, **FUNDS)
    made = World(node, wallet, builders.user(), {})
    made.solidify()
    wallet_open(wallet=wallet)
    for router_type in RouterType:
        Router.objects.get_or_create(type=router_type)
    router_assign(wallet=wallet)
    wallet.refresh_from_db()
    _fates(made)
    return made


def _fates(made: World) -> None:
    def ask(name: str, **order: Any) -> Payout:
        made.payouts[name] = builders.payout(made.owner, **order)
        return made.payouts[name]

    ask("confirmed", reference_id="salary-17")
    made.pay()
    ask("lost")  # signed, never sent: dies, and is paid by its second attempt
    made.sign()
    made.node.post("/sandbox/step", seconds=600)
    made.solidify()
    made.pay()
    ask("failed")
    made.sign()
    made.node.post("/sandbox/usdt", paused=True)
    broadcast_due(now=utc_now())
    made.solidify()
    made.node.post("/sandbox/usdt", paused=False)
    failed = made.payouts["failed"]
    made.payouts["retry"] = payout_retry(
        payout_id=failed.pk, by="user 1", reason="the token was paused", now=utc_now()
    )
    made.node.post("/sandbox/faucet", address=made.wallet.address, trx=1, usdt=2)
    rule = {"enabled": True, "parameter": 100}
    ReviewRule.objects.update_or_create(code=RuleCode.LARGE_AMOUNT, defaults=rule)
    builders.approved(ask("approved", amount_usdt=100 * builders.USDT))
    made.pay()
    cancelled = ask("cancelled")
    payout_cancel(payout_id=cancelled.pk, by="user 1", reason="typo", now=utc_now())
    ask("processing")
    made.sign()
    ask("pending", batch_type="DAILY")
    for payout in made.payouts.values():
        payout.refresh_from_db()
