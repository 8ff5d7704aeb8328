"""Merchants who take payments and give money back, and those who pay them, well or badly."""

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from tests.chaos.asking import Desk
from tests.chaos.plan import Plan
from tests.chaos.purchases import ROUTE, Purchase, address_of
from tests.platform.payers import TRX, USDT, Payers

PEOPLE = 100
LOOK_S = 1.5
PATIENCE_S = 90  # of a merchant who waits for a payment to be so far
PAYMENTS = "/api/v1/payments"
SOLID = frozenset({"confirmed", "completed"})
ENDED = frozenset({"completed", "failed", "cancelled", "refunded"})
# Habits after which a payment can be so far that something can be given back.
PAID = frozenset({"exact", "over", "twice", "parts", "dust", "other"})
DUST_MICRO, ODD_SUN, ODD_MICRO = 400_000, 3_000_000, 2_000_000


@dataclass(frozen=True)
class Returned:
    """A refund that was promised."""

    refund_id: str
    payment_id: str
    units: int
    asset: str


@dataclass(frozen=True)
class Promise:
    """A payment as it was promised to a merchant, and what its people know of it."""

    payment_id: str
    purchase: Purchase
    payer: str  # the hot wallet, by route
    place: str  # where it is paid: its deposit address, or the payee
    fee_micro: int
    net_micro: int
    pay_units: int
    asset: str
    expires_ms: int


@dataclass
class Shop:
    """All purchases of a run, and what was promised."""

    desk: Desk
    payers: Payers
    merchant: str  # the token of its key
    promises: list[Promise] = field(default_factory=list)
    returned: list[Returned] = field(default_factory=list)
    paid: int = 0  # transactions of payers, in solid blocks
    # Set when everybody is done but those who wait for an expiry.
    nearly_done: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, plan: Plan, start_s: float) -> None:
        """Let everybody do their part at its time; return when all have."""
        with ThreadPoolExecutor(PEOPLE) as people:
            work: dict[str, list[Future[None]]] = {"late": [], "": []}
            for one in plan.purchases:
                if self.desk.stopped.wait(max(0.0, start_s + one.at_s - time.monotonic())):
                    break
                kind = "late" if one.habit == "late" else ""
                work[kind].append(people.submit(self.buy, one))
            for kind in ("", "late"):
                for future in work[kind]:
                    future.result()
                self.nearly_done.set()

    def buy(self, purchase: Purchase) -> None:
        """Ask for a payment, pay it as its payer does, and give back what its merchant does."""
        promise = self._asked(purchase)
        if promise is None:
            return
        with self._lock:
            self.promises.append(promise)
        self._pay(promise)
        if purchase.refund:
            self._give_back(promise)

    # --- asking --------------------------------------------------------------------------------

    def _asked(self, purchase: Purchase) -> Promise | None:
        if purchase.twice:
            with ThreadPoolExecutor(2) as both:
                made = list(both.map(self._create, (purchase, purchase)))
        else:
            made = [self._create(purchase)]
        if self.desk.stopped.is_set():
            return None
        if len({one.payment_id for one in made if one}) != 1:
            self.desk.complain(purchase.reference, f"one order became several payments: {made}")
        return made[0]

    def _create(self, purchase: Purchase) -> Promise | None:
        is_route = purchase.method == ROUTE
        payer = self.desk.platform.hot if is_route else address_of(purchase.payer)
        body = {
            "payer_address": payer,
            "payee_address": purchase.payee,
            "amount": decimal_of(purchase.amount_micro),
            "payment_method": purchase.method,
            "priority": purchase.priority,
            "reference_id": purchase.reference,
            "description": "cancel" if purchase.cancelled else "",
        }
        headers = {"Idempotency_Key": purchase.key} if purchase.key else {}
        answer = self.desk.until(
            purchase.reference, f"{PAYMENTS}/create", body, (200, 201),
            # A wallet of ours is spent from by operators only.
            token="" if is_route else self.merchant, **headers,
        )  # fmt: skip
        return _promise(purchase, payer, answer.body) if answer else None

    # --- paying --------------------------------------------------------------------------------

    def _pay(self, promise: Promise) -> None:
        purchase, units = promise.purchase, promise.pay_units
        part = max(1, int(units * purchase.share))
        mine, theirs = purchase.payer, purchase.stranger
        match purchase.habit if purchase.method != ROUTE else "never":
            case "exact":
                self._sent(promise, mine, units)
            case "short":
                self._sent(promise, mine, part)
            case "over":
                self._sent(promise, mine, units + part)
            case "twice":
                self._sent(promise, mine, units)
                self._sent(promise, mine, units)
            case "parts":
                self._sent(promise, mine, part)
                self._sent(promise, mine, units - part)
            case "late":
                self.payers.until_chain_time(promise.expires_ms + 1)
                self._sent(promise, mine, units)
            case "stranger":
                self._sent(promise, theirs, units)
                if purchase.share > 0.5:
                    self._sent(promise, mine, units)
            case "dust":
                self._sent(promise, theirs, DUST_MICRO)
                self._sent(promise, mine, units)
            case "other":
                self._odd(promise)
                self._sent(promise, mine, units)

    def _sent(self, promise: Promise, key: Any, units: int) -> None:
        txid = self.payers.pay(key, promise.place, units, promise.asset)
        with self._lock:
            self.paid += bool(txid)

    def _odd(self, promise: Promise) -> None:
        """Pay with a coin that nobody has asked for."""
        is_trx = promise.asset == USDT
        odd = (ODD_SUN, TRX) if is_trx else (ODD_MICRO, USDT)
        self.payers.pay(promise.purchase.payer, promise.place, *odd)

    # --- giving back ---------------------------------------------------------------------------

    def _give_back(self, promise: Promise) -> None:
        moment, what = promise.purchase.refund.split()
        wanted = SOLID if moment == "soon" else SOLID - {"confirmed"}
        if promise.purchase.habit not in PAID or not self._until(promise, wanted):
            return
        part = int(promise.purchase.amount_micro * promise.purchase.part)
        for number in range(2 if what == "parts" else 1):
            self._refund(promise, number, None if what == "whole" else part)

    def _until(self, promise: Promise, wanted: frozenset[str]) -> bool:
        """Wait until a payment is so far; return whether it is."""
        path, end_s = f"{PAYMENTS}/status/{promise.payment_id}", time.monotonic() + PATIENCE_S
        while time.monotonic() < end_s and not self.desk.stopped.wait(LOOK_S):
            answer = self.desk.until(
                promise.payment_id, path, None, (200,), method="GET", token=self.merchant
            )
            status = answer.body["status"] if answer else "failed"
            if status in wanted | ENDED:
                return status in wanted
        return False

    def _refund(self, promise: Promise, number: int, micro: int | None) -> None:
        body: dict[str, Any] = {"payment_id": promise.payment_id, "reason": "user_request"}
        if micro is not None:
            body["amount"] = decimal_of(micro)
        # It may be too late for it, or too much of it.
        answer = self.desk.until(
            promise.payment_id, f"{PAYMENTS}/refund", body, (201, 400, 409),
            token=self.merchant, Idempotency_Key=f"refund-{number}-{promise.purchase.reference}",
        )  # fmt: skip
        if answer is None or answer.status != 201:
            return
        told, payment_id = answer.body, promise.payment_id
        made = Returned(told["refund_id"], payment_id, units_of(told["amount"]), told["currency"])
        with self._lock:
            self.returned.append(made)


def _promise(purchase: Purchase, payer: str, body: dict[str, Any]) -> Promise:
    expires = body["expires_at"]
    return Promise(
        payment_id=body["payment_id"],
        purchase=purchase,
        payer=payer,
        place=body["deposit_address"] or purchase.payee,
        fee_micro=units_of(body["fee"]),
        net_micro=units_of(body["net_amount"]),
        pay_units=units_of(body["pay_amount"]),
        asset=body["pay_currency"],
        expires_ms=int(datetime.fromisoformat(expires).timestamp() * 1000) if expires else 0,
    )


def decimal_of(micro: int) -> str:
    """Return base units as a decimal of whole coins."""
    return f"{micro // 1_000_000}.{micro % 1_000_000:06}"


def units_of(amount: Any) -> int:
    """Return an amount of JSON, digit for digit, in base units."""
    return int(Decimal(str(amount)).scaleb(6))
