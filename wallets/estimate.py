"""What one USDT transfer would cost now, and to whom it would go. Nothing is sent for it."""

from dataclasses import dataclass
from typing import Any

from lucidpay.errors import INSUFFICIENT_BALANCE, TRANSACTION_FAILED, LucidError
from lucidpay.money import tokens_of
from tron.account import account_of
from tron.errors import Refused
from tron.networks import network
from tron.node import Node
from tron.reads import chain_read
from tron.resources import Prices, is_blacklisted, prices_of, resources_of, token_of
from wallets.fees import Stake, fee_limit_sun, stake_of

REVERT = "REVERT"


class NotEnoughUsdt(LucidError):
    """Insufficient balance: the sender has less USDT than that, so no transfer can be tried."""

    code = INSUFFICIENT_BALANCE
    status_code = 500


class WouldRevert(LucidError):
    """Transaction failed: the USDT contract would refuse this call now."""

    code = TRANSACTION_FAILED
    status_code = 500


@dataclass(frozen=True)
class Estimate:
    """A transfer, measured by running it without effect, and what is known of its recipient."""

    energy: int
    prices: Prices
    stake: Stake  # of the sender
    recipient_holds_usdt: bool
    recipient_is_activated: bool
    recipient_is_blacklisted: bool

    @property
    def burning_sun(self) -> int:
        """Return what it burns of who has nothing staked, and nothing free left."""
        return self.energy * self.prices.energy_sun + self.stake.bandwidth_sun

    @property
    def with_resources_sun(self) -> int:
        """Return what it burns of this sender, with what is staked and free now."""
        return self.stake.burns_sun(self.energy * self.prices.energy_sun)

    @property
    def fee_limit_sun(self) -> int:
        """Return the fee limit that leaves room for a price that rises; the chain's at most."""
        return min(fee_limit_sun(self.energy, self.prices), self.prices.fee_limit_max_sun)


def transfer_estimate(*, sender: str, recipient: str, amount_micro: int) -> Estimate:
    """Return what this transfer would cost now.

    Raises ``NotEnoughUsdt``, ``WouldRevert`` with its reason, and ``ChainAway``.
    """
    return chain_read(lambda node: _estimate(node, sender, recipient, amount_micro))


async def _estimate(node: Node, sender: str, recipient: str, amount_micro: int) -> Estimate:
    contract = network().usdt_contract
    try:
        energy = await node.transfer_energy(
            contract=contract, sender=sender, recipient=recipient, amount=amount_micro
        )
    except Refused as error:
        if error.code == REVERT:
            raise await _why(node, sender, amount_micro) from error
        raise
    prices = await prices_of(node)
    return Estimate(
        energy=energy,
        prices=prices,
        stake=stake_of(await resources_of(node, sender), prices),
        recipient_holds_usdt=await node.token_balance(contract, recipient, side="wallet") > 0,
        recipient_is_activated=(await account_of(node, recipient, solid=False)).is_activated,
        recipient_is_blacklisted=await is_blacklisted(
            node, contract=contract, asker=sender, address=recipient
        ),
    )


async def _why(node: Node, sender: str, amount_micro: int) -> LucidError:
    contract = network().usdt_contract
    balance_micro = await node.token_balance(contract, sender, side="wallet")
    if balance_micro < amount_micro:
        return NotEnoughUsdt({"balance_usdt": tokens_of(balance_micro)})
    token = await token_of(node, contract=contract, sender=sender)
    known: dict[str, bool] = {
        "the sender is on the token's blacklist": token.sender_is_blacklisted,
        "the token is paused": token.is_paused,
        "the token was replaced by another": token.is_deprecated,
    }
    details: dict[str, Any] = {"reason": [why for why, holds in known.items() if holds]}
    return WouldRevert(details)
