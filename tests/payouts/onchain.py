"""Paying on the sandbox: a wallet that owns there what its books say, signed for and settled."""

from typing import Any

from lucidpay.clock import utc_now
from payouts.models import Payout
from payouts.services.screen import payouts_screen
from payouts.services.settle import payouts_settle
from payouts.services.sign import payouts_sign
from tests import builders
from tests.sandbox.process import SandboxProcess
from tests.tron.chain import SOLID_LAG, scan_all
from tests.tron.lying_node import Behaviour, Exchange, LyingNode
from tron.broadcast import broadcast_due
from tron.models import ChainTransaction
from tron.resources import BASIS_POINTS_RATE, DEPRECATED, MAXIMUM_FEE, PAUSED
from wallets.models import Wallet

CONSTANT = "wallet/triggerconstantcontract"
RESOURCES = "wallet/getaccountresource"
PARAMETERS = "wallet/getchainparameters"
SWITCHES = {
    "paused": PAUSED,
    "deprecated": DEPRECATED,
    "rate": BASIS_POINTS_RATE,
    "maximum": MAXIMUM_FEE,
}
ONE = f"{1:064x}"


def wallet_on(node: SandboxProcess, *, trx: int = 1_000, usdt: int = 1_000) -> Wallet:
    """Return a wallet that owns this much in whole coins, on the chain and in the books."""
    wallet = builders.hot_wallet(usdt_micro=usdt * builders.USDT, trx_sun=trx * builders.TRX)
    node.post("/sandbox/faucet", address=wallet.address, trx=trx, usdt=usdt)
    node.mine()
    solidify(node)
    return wallet


def solidify(node: SandboxProcess) -> None:
    """Let what is pending into a block, make that solid, and read it."""
    node.mine(1 + SOLID_LAG)
    look()


def look() -> None:
    """Scan what is solid."""
    scan_all(now=utc_now())


def unscreened(owner: Any, **order: Any) -> Payout:
    """Store a payout of which the chain was not asked yet."""
    payout = builders.payout(owner, **order)
    Payout.objects.filter(pk=payout.pk).update(screened_at=None)
    return fresh(payout)


def screen(wallet: Wallet) -> int:
    """Screen a chunk as a worker does."""
    return payouts_screen(wallet_id=wallet.pk, now=utc_now())


def sign_screened(wallet: Wallet) -> int:
    """Sign a chunk as a worker does."""
    return payouts_sign(wallet_id=wallet.pk, now=utc_now())


def sign_now(wallet: Wallet) -> int:
    """Screen and sign a chunk as a worker does."""
    screen(wallet)
    return sign_screened(wallet)


def pay(node: SandboxProcess, wallet: Wallet) -> int:
    """Sign, send, make solid and settle; return how many were signed."""
    count = sign_now(wallet)
    broadcast_due(now=utc_now())
    solidify(node)
    payouts_settle(now=utc_now())
    return count


def fresh(payout: Payout) -> Payout:
    """Return the row as the database has it now."""
    return Payout.objects.select_related("transaction").get(pk=payout.pk)


def tx_of(payout: Payout) -> ChainTransaction:
    """Return the payout's newest transaction."""
    tx = fresh(payout).transaction
    assert tx is not None
    return tx


def due_again(*payouts: Payout) -> None:
    """Let the signer look at once at payouts that it has put aside."""
    Payout.objects.filter(pk__in=[one.pk for one in payouts]).update(sign_after=utc_now())


def staked(energy: int = 0, bandwidth: int = 0) -> Behaviour:
    """Answer that this much is left of the stake, and nothing of what is free."""
    left: dict[str, Any] = {"EnergyLimit": energy + 7, "EnergyUsed": 7}
    left |= {"NetLimit": bandwidth + 5, "NetUsed": 5, "freeNetLimit": 600, "freeNetUsed": 600}
    return lambda exchange: exchange.reply(left)


def switched_on(switch: str) -> Behaviour:
    """Answer as a token on which its owner has switched this on."""

    def behave(exchange: Exchange) -> None:
        answer = exchange.forward()
        if exchange.question["data"].startswith(SWITCHES[switch].hex()):
            answer["constant_result"] = [ONE]
        exchange.reply(answer)

    return behave


def transfers_asked(liar: LyingNode) -> int:
    """Return how many transfers were run without effect."""
    asked = [one.question["data"] for one in liar.questions(CONSTANT)]
    return sum(data.startswith("a9059cbb") for data in asked)
