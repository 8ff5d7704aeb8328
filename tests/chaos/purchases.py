"""What payers and merchants do in a run, drawn from its seed: nothing is done here.

Everybody has an address of their own for each payment: so the chain alone says whose money was
whose, and no row of ours is asked.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from random import Random

from coincurve import PrivateKey

from tron.address import address_of_public_key

PURCHASES_A_MINUTE = 40
GATEWAY, SWAP, DIRECT, ROUTE = "payment_gateway", "swap", "direct_transfer", "route"
DEPOSITED = (GATEWAY, SWAP)
METHODS = {GATEWAY: 70, SWAP: 12, DIRECT: 10, ROUTE: 8}
# How somebody pays: all of it; too little; too much; all of it two times; in two parts; after the
# expiry; from another address; and after somebody else has sent dust, or themselves another coin.
HABITS = {
    "exact": 34, "short": 10, "over": 10, "twice": 9, "parts": 6, "late": 8, "stranger": 9,
    "dust": 4, "other": 4, "never": 6,
}  # fmt: skip
# Who pays the payee without us can do little that matters here.
DIRECT_HABITS = {"exact": 70, "short": 10, "twice": 10, "never": 10}
# What the merchant gives back: as soon as the money is solid, or when the payee is paid.
REFUNDS = {"": 62, "soon whole": 10, "soon part": 8, "after whole": 6, "after part": 8,
           "after parts": 6}  # fmt: skip
RATE_MICRO = 50_000  # that a TRX is worth here
LEAST_MICRO, MOST_MICRO = 3_000_000, 60_000_000


@dataclass(frozen=True)
class Purchase:
    """One payment: how a merchant asks for it, how it is paid, and what is given back."""

    at_s: float
    reference: str
    key: str  # its Idempotency-Key, or nothing: then the reference acts as one
    method: str
    amount_micro: int
    priority: str
    habit: str
    share: float  # of the amount, where the habit needs one
    refund: str
    twice: bool  # two requests at once
    cancelled: bool  # by an operator, if nobody was faster

    @property
    def payer(self) -> PrivateKey:
        """Return the key of who is to pay."""
        return key_of(f"{self.reference} payer")

    @property
    def stranger(self) -> PrivateKey:
        """Return the key of who pays unasked."""
        return key_of(f"{self.reference} stranger")

    @property
    def payee(self) -> str:
        """Return who is to be paid."""
        return address_of(key_of(f"{self.reference} payee"))

    @property
    def part(self) -> float:
        """Return the share of the amount that is given back where a part is."""
        return round(self.share / 3, 3)


def purchases_draw(dice: Random, seed: int, duration_s: float) -> Iterator[Purchase]:
    """Yield what is bought in a run."""
    for number in range(round(PURCHASES_A_MINUTE * duration_s / 60)):
        yield _purchase(dice, f"pay-{seed}-{number}", duration_s)


def _purchase(dice: Random, reference: str, duration_s: float) -> Purchase:
    method = _drawn(dice, METHODS)
    habit = _drawn(dice, DIRECT_HABITS if method == DIRECT else HABITS)
    refund = _drawn(dice, REFUNDS)
    if method == SWAP and refund == "soon part":
        refund = "soon whole"  # another is refused
    return Purchase(
        # Late payers need their time, and so do refunds.
        at_s=dice.uniform(0, duration_s * 0.85),
        reference=reference,
        key=f"key-{reference}" if dice.random() < 0.6 else "",
        method=method,
        amount_micro=dice.randint(LEAST_MICRO, MOST_MICRO),
        priority=dice.choice(("low", "normal", "normal", "high", "urgent")),
        habit="exact" if method == ROUTE else habit,
        share=dice.uniform(0.02, 0.9),
        refund=refund if method in (GATEWAY, SWAP) else "",
        twice=dice.random() < 0.1,
        cancelled=dice.random() < 0.06,
    )


def _drawn(dice: Random, weights: dict[str, int]) -> str:
    return dice.choices(list(weights), list(weights.values()))[0]


def key_of(name: str) -> PrivateKey:
    """Return the key that belongs to a name."""
    return PrivateKey(sha256(name.encode()).digest())


def address_of(key: PrivateKey) -> str:
    """Return the address of a key."""
    return address_of_public_key(key.public_key)


SETTLED_TO = address_of(key_of("settlement"))
