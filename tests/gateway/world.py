"""A shop on the test's chain: people who pay, people who are paid, and the steps between.

What workers do is done here step by step, by the functions that their tasks call, until nothing
moves any more. Time is stepped on the chain and in this process together.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import time_machine

from gateway.models import Payment
from gateway.services.batch import payment_batches_complete
from gateway.services.direct import directs_match
from gateway.services.expire import payments_expire
from gateway.services.glance import payments_glance
from gateway.services.late import late_refund
from gateway.services.pay import legs_make
from gateway.services.refund_pay import refunds_pay
from gateway.services.refund_settle import refunds_settle
from gateway.services.settle import legs_settle
from gateway.services.watch import deposits_take
from lucidpay.clock import utc_now
from lucidpay.ids import parse_public_id
from lucidpay.verification import payments
from lucidpay.verification.findings import BEGINNING, Scope
from payouts.models import Payout
from payouts.services.screen import payouts_screen
from payouts.services.settle import payouts_settle
from payouts.services.sign import payouts_sign
from tests import builders
from tests.api.client import Answer, Api
from tests.sandbox.people import Person, funded, send, trx_draft, usdt_draft, usdt_of
from tests.sandbox.process import SandboxProcess
from tests.tron.chain import SOLID_LAG, scan_all
from tests.wallets.books import contradictions
from tron.broadcast import broadcast_due
from tron.models import ChainTransaction, Halt
from wallets import ledger
from wallets.models import Account, Asset, Entry, Wallet
from wallets.services.book_flows import flows_book
from wallets.services.deposits import payments_account_ask, seeds_make
from wallets.services.operate_settle import operations_settle
from wallets.services.operate_sign import operations_sign

PAYMENTS = "/api/v1/payments"
USDT = TRX = 1_000_000
ROUNDS = 12
# What the gateway's tasks do, in their order.
STEPS: tuple[Callable[..., int], ...] = (
    flows_book, deposits_take, directs_match, legs_settle, payments_expire, late_refund, legs_make,
    refunds_pay, refunds_settle, payment_batches_complete,
)  # fmt: skip


@dataclass
class Shop:
    """A merchant, the hot wallet that pays for the gateway, and the chain both are on."""

    node: SandboxProcess
    hot: Wallet
    merchant: Api
    clock: time_machine.Traveller
    payees: list[str] = field(default_factory=list)

    # --- asking --------------------------------------------------------------------------------

    def order(self, payer: Person, **fields: Any) -> dict[str, Any]:
        """Return a body that is accepted."""
        return {
            "payer_address": payer.address, "payee_address": builders.address(), "amount": 100,
        } | fields  # fmt: skip

    def create(self, payer: Person, **fields: Any) -> Answer:
        """Ask for a payment."""
        return self.merchant.post(f"{PAYMENTS}/create", self.order(payer, **fields))

    def made(self, payer: Person, **fields: Any) -> dict[str, Any]:
        """Ask for a payment that is accepted, and return it."""
        answer = self.create(payer, **fields)
        assert answer.status == 201, answer
        return dict(answer.body)

    def told(self, payment: dict[str, Any]) -> dict[str, Any]:
        """Return what the API says of a payment now."""
        answer = self.merchant.get(f"{PAYMENTS}/status/{payment['payment_id']}")
        assert answer.status == 200, answer
        return dict(answer.body)

    def row(self, payment: dict[str, Any]) -> Payment:
        """Return the row of a payment as it is now."""
        key = parse_public_id("pay", payment["payment_id"])
        return Payment.objects.get(pk=key)

    def refund(self, payment: dict[str, Any], **fields: Any) -> Answer:
        """Ask for a refund."""
        return self.merchant.post(
            f"{PAYMENTS}/refund", {"payment_id": payment["payment_id"], **fields}
        )

    # --- people --------------------------------------------------------------------------------

    def payer(self, *, usdt: int = 10_000, trx: int = 1_000) -> Person:
        """Return somebody with money."""
        return funded(self.node, trx=trx, usdt=usdt)

    def pay(self, payer: Person, to: str, micro: int) -> str:
        """Let somebody send USDT; it is in the next block. Returns the txid."""
        made = usdt_draft(self.node, payer, _At(to), micro)
        return self._sent(made.sign(payer))

    def pay_trx(self, payer: Person, to: str, sun: int) -> str:
        """Let somebody send TRX."""
        made = trx_draft(self.node, payer, _At(to).raw, sun)
        return self._sent(made.sign(payer))

    def _sent(self, made: Any) -> str:
        answer = send(self.node, made)
        assert answer["code"] == "SUCCESS", answer
        return str(made.txid)

    def has(self, address: str) -> int:
        """Return the USDT at an address."""
        return usdt_of(self.node, _At(address))

    # --- time ----------------------------------------------------------------------------------

    def wait(self, **length: float) -> None:
        """Let time go by, on the chain and here."""
        span = timedelta(**length)
        self.node.post("/sandbox/step", seconds=int(span.total_seconds()))
        self.clock.shift(span)
        self.solid()

    def solid(self) -> None:
        """Make what is pending solid, and read it."""
        self.node.mine(1 + SOLID_LAG)
        scan_all(now=utc_now())

    def glance(self) -> int:
        """Look at what is in blocks that are not solid."""
        return payments_glance(now=utc_now())

    def work(self) -> None:
        """Let everything go on until nothing moves any more."""
        for _ in range(ROUNDS):
            moved = sum(step(now=utc_now()) for step in STEPS)
            moved += self.sign_and_settle()
            if not moved:
                return
        raise AssertionError("it never comes to rest")

    def sign_and_settle(self) -> int:
        """Sign, send, make solid and settle what is due."""
        payouts_screen(wallet_id=self.hot.pk, now=utc_now())
        count = payouts_sign(wallet_id=self.hot.pk, now=utc_now())
        count += operations_sign(wallet_id=self.hot.pk, now=utc_now())
        ChainTransaction.objects.exclude(next_send_at=None).update(next_send_at=utc_now())
        if broadcast_due(now=utc_now()):
            self.solid()
        count += payouts_settle(now=utc_now()) + operations_settle(now=utc_now())
        while flows_book(now=utc_now()):
            pass
        return count

    def done(self) -> None:
        """Make what is pending solid, and let everything come to its end."""
        self.solid()
        self.work()

    # --- what must hold ------------------------------------------------------------------------

    def in_order(self, *, owed_micro: int = 0, owed_sun: int = 0) -> None:
        """Check that the books sum up, agree with the chain, and owe this much and no more."""
        assert not contradictions()
        assert not Halt.objects.filter(lifted_at=None).exists()
        assert self.owed(Asset.USDT) == owed_micro
        assert self.owed(Asset.TRX) == owed_sun
        assert ledger.wallet_account(self.hot, Asset.USDT).balance_units == self.has(
            str(self.hot.address)
        )
        scope = Scope(now=utc_now(), since=BEGINNING)
        assert [str(one) for check in payments.CHECKS for one in check(scope)] == []

    def owed(self, asset: Asset) -> int:
        """Return what the books owe to payers and payees."""
        return -booked(Account.Kind.PAYMENTS, asset)

    def paid_to(self, address: str) -> list[Payout]:
        """Return the payouts to an address that were paid."""
        return list(Payout.objects.filter(recipient_address=address, status="confirmed"))


def booked(kind: Account.Kind, asset: Asset) -> int:
    """Return the sum of all entries of an account."""
    rows = Entry.objects.filter(account__kind=kind, account__asset=asset)
    return sum(rows.values_list("units", flat=True))


def deposits_ready() -> None:
    """Let the gateway have an account of deposit addresses, as workers make it."""
    payments_account_ask(now=utc_now())
    seeds_make()


class _At(Person):
    """Somebody of whom only the address is known."""

    def __init__(self, address: str) -> None:
        object.__setattr__(self, "_address", address)

    @property
    def address(self) -> str:
        return str(object.__getattribute__(self, "_address"))
