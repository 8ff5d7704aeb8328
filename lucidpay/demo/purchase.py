"""The demo's own payment: a customer pays a shop on chain, with a key of her own."""

import time
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import uuid4

from coincurve import PrivateKey

from lucidpay.demo.http import Refused, call
from lucidpay.demo.orders import SHOP, Api, address_of
from lucidpay.demo.plan import Plan
from tron.address import address_of_public_key
from tron.sandbox.genesis import USDT_CONTRACT, key_of

CUSTOMER = key_of("demo customer")
AMOUNT = "100.00"
FAUCET_USDT, FAUCET_TRX = 100, 50
FEE_LIMIT_SUN = 50_000_000
EXPIRATION_MS = 60_000
READY_S, POLL_S = 60.0, 0.5
ENDED = frozenset({"completed", "failed", "cancelled", "refunded", "disputed"})


@dataclass(frozen=True)
class Purchase:
    """A payment that was asked for and paid."""

    payment_id: str
    paid: Decimal
    net: Decimal
    page: str

    def status(self, api: Api) -> str:
        """Return what became of it so far."""
        return str(api.get(f"/api/v1/payments/status/{self.payment_id}")["status"])

    def summary(self) -> str:
        """Say what moved, once it is completed."""
        return f"a customer paid {self.paid:,.2f} USDT, and the shop got {self.net:,.2f}"


def purchase_make(api: Api, plan: Plan) -> Purchase:
    """Ask for a payment, as a shop does, and pay it, as its customer does from her own wallet."""
    made = _asked(api)
    paid = Decimal(made["pay_amount"])
    _pay(plan, str(made["deposit_address"]), int(paid.scaleb(6)))
    return Purchase(
        payment_id=str(made["payment_id"]),
        paid=paid,
        net=Decimal(made["net_amount"]),
        page=f"{plan.url}/pay/{made['payment_id']}",
    )


def _asked(api: Api) -> dict[str, Any]:
    body = {
        "payer_address": address_of_public_key(CUSTOMER.public_key),
        "payee_address": address_of(SHOP),
        "amount": AMOUNT,
        "description": "Two chairs",
    }
    key, end_s = f"demo {uuid4()}", time.monotonic() + READY_S
    while True:
        try:
            return dict(api.post("/api/v1/payments/create", body, key=key))
        except Refused:
            # At the very first start a worker is about to make the key of deposit addresses.
            if time.monotonic() > end_s:
                raise
        time.sleep(POLL_S)


def _pay(plan: Plan, to: str, amount_micro: int) -> None:
    """Fill the customer's wallet at the faucet, and let her sign and send."""
    customer = address_of_public_key(CUSTOMER.public_key)
    order = {"address": customer, "usdt": FAUCET_USDT, "trx": FAUCET_TRX}
    call(f"{plan.control_url}/faucet", order)
    call(f"{plan.control_url}/mine", {"blocks": 1})
    signed_hex = _signed_hex(plan, customer, to, amount_micro)
    answer = call(f"{plan.node_url}/wallet/broadcasthex", {"transaction": signed_hex})
    if not answer.get("result"):
        raise Refused(f"The node does not take what the customer has signed: {answer}")


def _signed_hex(plan: Plan, customer: str, to: str, amount_micro: int) -> str:
    # Imported here, where it is needed: it takes a second.
    from tron.transactions import Draft, sign

    state: dict[str, Any] = call(f"{plan.control_url}/state")
    draft = Draft(
        sender=customer,
        recipient=to,
        contract=USDT_CONTRACT,
        amount=amount_micro,
        fee_limit_sun=FEE_LIMIT_SUN,
        ref_block_id=state["solid"]["id"],
        expiration_ms=state["head_time_ms"] + EXPIRATION_MS,
        timestamp_ms=time.time_ns() // 1_000_000,
    )
    return sign(draft, _Wallet(CUSTOMER, customer)).signed_hex


@dataclass(frozen=True)
class _Wallet:
    key: PrivateKey
    address: str

    def sign(self, digest: bytes) -> bytes:
        """Return the recoverable signature of a digest."""
        return self.key.sign_recoverable(digest, hasher=None)
