"""What a wallet can still promise while a chunk of payouts is chosen.

Energy is counted in sun, as what it would cost to burn it: a fee limit is the most energy that
a transfer may use, priced, and staked energy counts against that limit too. So stake, fee limits
and TRX are one unit, and what is covered by stake need not be held in TRX.
"""

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet, Sum

from lucidpay.money import tokens_of
from payouts.models import Payout
from payouts.services.price import extra_sun
from payouts.services.wait import NO_TRX, NO_USDT
from payouts.states import Status
from tron.resources import Prices
from wallets.fees import Stake
from wallets.models import Account, Asset, Hold, Wallet
from wallets.models_operation import Operation, OperationStatus


@dataclass(frozen=True)
class UnderWay:
    """What the signed transfers of a wallet may still use, at worst."""

    fee_limits_sun: int = 0
    transfers: int = 0
    extra_sun: int = 0  # what their memos and further signatures burn, whatever is staked
    others_held_sun: int = 0  # what is held of its TRX for operations: no transfer may burn it

    def burns_sun(self, stake: Stake) -> int:
        """Return what they burn at worst with this much stake left."""
        uncovered = max(0, self.transfers - stake.transfers)
        energy_sun = max(0, self.fee_limits_sun - stake.energy_sun)
        return energy_sun + uncovered * stake.bandwidth_sun + self.extra_sun


@dataclass
class Purse:
    """Free money and stake that nobody was promised yet."""

    usdt_micro: int
    trx_sun: int
    energy_sun: int
    transfers: int
    bandwidth_sun: int
    energy_daily_sun: int = 0  # what there is when nothing of the stake is used

    def burns_sun(self, fee_limit_sun: int, extra_sun: int = 0) -> int:
        """Return what a transfer with this fee limit burns at worst, if it is the next one."""
        bandwidth_sun = 0 if self.transfers else self.bandwidth_sun
        return max(0, fee_limit_sun - self.energy_sun) + bandwidth_sun + extra_sun

    def refusal(self, amount_micro: int, fee_limit_sun: int, extra_sun: int = 0) -> str:
        """Return why this payment does not fit, or nothing when it does."""
        if amount_micro > self.usdt_micro:
            return NO_USDT
        needed_sun = self.burns_sun(fee_limit_sun, extra_sun)
        if not needed_sun or needed_sun <= self.trx_sun:
            return ""
        needs, has = tokens_of(needed_sun), tokens_of(max(0, self.trx_sun))
        return f"{NO_TRX} It needs {needs}, has {has}."

    def could_pay(self, fee_limit_sun: int, extra_sun: int = 0) -> bool:
        """Return whether the TRX there are would do once all of the energy has come back."""
        burns_sun = max(0, fee_limit_sun - self.energy_daily_sun) + self.bandwidth_sun + extra_sun
        return burns_sun <= self.trx_sun

    def take(self, amount_micro: int, fee_limit_sun: int, extra_sun: int = 0) -> int:
        """Set a payment's money and stake aside; return the TRX to hold for it, in sun."""
        burns_sun = self.burns_sun(fee_limit_sun, extra_sun)
        self.usdt_micro -= amount_micro
        self.trx_sun -= burns_sun
        self.energy_sun = max(0, self.energy_sun - fee_limit_sun)
        self.transfers = max(0, self.transfers - 1)
        return burns_sun


def purse_of(usdt: Account, trx: Account, stake: Stake, under_way: UnderWay) -> Purse:
    """Return what these accounts, locked by the caller, and this stake have left.

    Stake that was promised to a transfer under way may be gone since: another used it first, or
    somebody took it back. Then that transfer burns TRX of which none is held for it, so the
    larger of the two is kept: what is held for transfers, or what all of them burn at worst. And
    beside it what is held for operations.
    """
    others_sun = under_way.others_held_sun
    kept_sun = others_sun + max(trx.held_units - others_sun, under_way.burns_sun(stake))
    return Purse(
        usdt_micro=usdt.free_units,
        trx_sun=trx.balance_units - kept_sun,
        energy_sun=max(0, stake.energy_sun - under_way.fee_limits_sun),
        transfers=max(0, stake.transfers - under_way.transfers),
        bandwidth_sun=stake.bandwidth_sun,
        energy_daily_sun=stake.energy_daily_sun,
    )


def under_way(wallet: Wallet, prices: Prices | None = None) -> UnderWay:
    """Return what the transfers of a wallet that are signed and not settled may still use, and
    what is held for its operations.

    One that stands in a block already has used it, and counts once too often until it is
    settled: payouts then wait for a moment longer, and never promise the same energy twice. What
    memos and signatures burn is reckoned at these prices.
    """
    rows = Payout.objects.filter(
        wallet=wallet, status=Status.PROCESSING, transaction__settled_at=None
    )
    found = rows.aggregate(limits=Sum("transaction__fee_limit_sun"), count=Count("pk"))
    operations = Operation.objects.filter(wallet=wallet, status=OperationStatus.OPEN)
    holds = Hold.objects.filter(
        account__wallet=wallet,
        account__asset=Asset.TRX,
        status=Hold.Status.OPEN,
        subject__in=operations.values("pk"),
    )
    others = holds.aggregate(units=Sum("units"))
    extra_sun = _extra_sun(rows, prices) if prices else 0
    return UnderWay(found["limits"] or 0, found["count"], extra_sun, others["units"] or 0)


def _extra_sun(rows: QuerySet[Payout], prices: Prices) -> int:
    usual = Q(memo="") & Q(transaction__permission=None)
    told = rows.exclude(usual).values_list("memo", "transaction__permission")
    longer = [(memo, len(permission["keys"]) if permission else 1) for memo, permission in told]
    return sum(
        extra_sun(memo, prices, signatures) for memo, signatures in longer if memo or signatures > 1
    )
