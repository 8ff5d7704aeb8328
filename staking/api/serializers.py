"""The shapes that come in and go out."""

from typing import Any

from rest_framework import serializers

from lucidpay.api.fields import AmountField, StrictSerializer, TokensField, WholeField
from lucidpay.api.pagination import CountField
from lucidpay.api.schema import id_pattern
from lucidpay.money import UNITS_MAX
from staking.services.vote import VOTES_MAX
from staking.terms import STAKE_MIN_SUN
from tron.account import BOTH, Resource
from tron.api.fields import ADDRESS_PATTERN, AddressField
from wallets.api.operation_serializers import WalletIdField

LOCK_DAYS_MAX = 3650  # more than any network has allowed; the chain's own bound is asked
VOTES_COUNT_MAX = 10**12
DAYS_MAX = 365
RESOURCES = [str(resource) for resource in BOTH]


class OfWalletIn(StrictSerializer):
    """Which wallet."""

    wallet_id = WalletIdField(help_text="One that is active and not only watched.")


class _ResourceIn(OfWalletIn):
    resource = serializers.ChoiceField(choices=RESOURCES)


class StakeIn(_ResourceIn):
    """How much to stake, and for what."""

    amount_trx = AmountField(
        low_units=STAKE_MIN_SUN,
        high_units=UNITS_MAX,
        places=6,
        help_text="1 TRX and more, at most 6 decimals.",
    )


class UnstakeIn(_ResourceIn):
    """How much to take out of which stake."""

    amount_trx = AmountField(
        low_units=1, high_units=UNITS_MAX, places=6, help_text="At most 6 decimals."
    )


class DelegateIn(StakeIn):
    """How much of a stake shall work for whom."""

    receiver = AddressField(help_text="An activated address that is no contract.")
    lock_days = WholeField(
        required=False,
        min_value=1,
        max_value=LOCK_DAYS_MAX,
        help_text="It cannot be taken back before; the network sets the most (30 days). "
        "Without it, it can be taken back at any time.",
    )


class UndelegateIn(UnstakeIn):
    """How much to take back from whom."""

    receiver = AddressField(help_text="Who was lent it.")


class VoteIn(StrictSerializer):
    """Votes for one witness."""

    address = AddressField(help_text="A witness.")
    count = WholeField(min_value=1, max_value=VOTES_COUNT_MAX, help_text="Whole TRX at stake.")


class VotesIn(OfWalletIn):
    """All votes of a wallet."""

    votes = serializers.ListField(child=VoteIn(), min_length=1, max_length=VOTES_MAX)


class AdviceQuery(StrictSerializer):
    """How far to look back."""

    days = CountField(
        min_value=1, max_value=DAYS_MAX, default=30, help_text="Days to look back, up to now."
    )


class UnstakingOut(serializers.Serializer):
    """TRX on its way out of a stake."""

    amount_trx = TokensField()
    resource = serializers.ChoiceField(choices=[str(one) for one in Resource])
    withdrawable_at = serializers.DateTimeField()


class StakeBalanceOut(serializers.Serializer):
    """What an account has staked, in the newest solid block."""

    address = serializers.RegexField(ADDRESS_PATTERN)
    staked_energy_trx = TokensField(help_text="Also what of it others may use.")
    staked_bandwidth_trx = TokensField(help_text="Also what of it others may use.")
    unstaking = UnstakingOut(many=True, help_text="Not withdrawn yet, the next first.")
    withdrawable_trx = TokensField(help_text="Of these, what is over.")
    delegated_out_trx = TokensField(help_text="What others may use.")
    delegated_in_trx = TokensField(help_text="What others let it use.")
    votes_total = serializers.IntegerField(min_value=0, help_text="One for each whole TRX.")
    votes_used = serializers.IntegerField(min_value=0)


class VoteOut(serializers.Serializer):
    """Votes for one witness."""

    address = serializers.RegexField(ADDRESS_PATTERN)
    count = serializers.IntegerField(min_value=1)


class RewardsOut(serializers.Serializer):
    """What votes have earned."""

    address = serializers.RegexField(ADDRESS_PATTERN)
    unclaimed_trx = TokensField()
    claimable_at = serializers.DateTimeField(
        allow_null=True, help_text="A day after the last time; `null`: never claimed, so at once."
    )
    votes = VoteOut(many=True)


class StakeUsageOut(serializers.Serializer):
    """What may be used within 24 hours."""

    limit = serializers.IntegerField(min_value=0)
    used = serializers.IntegerField(min_value=0, help_text="And not come back yet.")
    available = serializers.IntegerField(min_value=0)


class BandwidthOut(StakeUsageOut):
    """Of its stake, and what every account is given."""

    free_limit = serializers.IntegerField(min_value=0)
    free_used = serializers.IntegerField(min_value=0)
    free_available = serializers.IntegerField(min_value=0)


class DelegationOut(serializers.Serializer):
    """Who lets whom use what."""

    owner = serializers.RegexField(ADDRESS_PATTERN)
    receiver = serializers.RegexField(ADDRESS_PATTERN)
    resource = serializers.ChoiceField(choices=RESOURCES)
    amount_trx = TokensField(help_text="Of stake.")
    locked_until = serializers.DateTimeField(
        allow_null=True, help_text="It cannot be taken back before."
    )


class DelegationsOut(serializers.Serializer):
    """Those from an account and those to it."""

    out = DelegationOut(many=True)
    complete = serializers.BooleanField(help_text="false: there are more, which are not told.")

    def get_fields(self) -> dict[str, Any]:
        """Add the one whose name Python keeps for itself."""
        return {**super().get_fields(), "in": DelegationOut(many=True)}


class ResourcesOut(serializers.Serializer):
    """What an account may use without burning TRX, with what is pending."""

    address = serializers.RegexField(ADDRESS_PATTERN)
    energy = StakeUsageOut()
    bandwidth = BandwidthOut()
    delegations = DelegationsOut()


class OperationCountsOut(serializers.Serializer):
    """How staking operations stand."""

    open = serializers.IntegerField(min_value=0)
    confirmed = serializers.IntegerField(min_value=0)
    failed = serializers.IntegerField(min_value=0)


class StakingStatsOut(serializers.Serializer):
    """All active wallets together."""

    wallets = serializers.IntegerField(min_value=0, help_text="That were asked about.")
    complete = serializers.BooleanField(help_text="false: there are more, which are not counted.")
    staked_energy_trx = TokensField()
    staked_bandwidth_trx = TokensField()
    unstaking_trx = TokensField(help_text="On its way out, or withdrawable.")
    withdrawable_trx = TokensField()
    delegated_out_trx = TokensField()
    delegated_in_trx = TokensField()
    unclaimed_trx = TokensField(help_text="Rewards.")
    votes_total = serializers.IntegerField(min_value=0)
    votes_used = serializers.IntegerField(min_value=0)
    energy = StakeUsageOut()
    bandwidth = StakeUsageOut(help_text="Of stakes.")
    rewards_claimed_trx = TokensField(help_text="By the books, since they began.")
    staked_booked_trx = TokensField(help_text="By the books: staked and not withdrawn.")
    operations = OperationCountsOut()


class AdvicePartOut(serializers.Serializer):
    """What is advised about one resource."""

    busiest_24h = serializers.IntegerField(min_value=0, help_text="The most used in 24 hours.")
    mean_24h = serializers.IntegerField(min_value=0, help_text="Used in 24 hours on average.")
    needed = serializers.IntegerField(
        min_value=0, help_text="The most that stood used at once: it comes back over 24 hours."
    )
    limit = serializers.IntegerField(min_value=0, help_text="What is staked gives so much.")
    stake_trx = TokensField(help_text="To stake beside it.")
    saves_trx_per_30_days = TokensField()
    pays_back_days = serializers.IntegerField(
        allow_null=True,
        min_value=0,
        help_text="Until as much is saved as is staked; `null`: nothing is saved.",
    )


class RentingOut(serializers.Serializer):
    """What it would cost to rent the missing energy."""

    price_sun_per_energy_day = serializers.IntegerField(min_value=1)
    trx_per_30_days = TokensField()
    saves_trx_per_30_days = TokensField(help_text="Against burning; below 0 it costs more.")


class ForecastOut(serializers.Serializer):
    """What the next day burns when it is like those before."""

    transfers_per_day = serializers.IntegerField(min_value=0)
    as_staked_trx = TokensField(help_text="With what is staked now.")
    as_advised_trx = TokensField(help_text="With what is advised staked as well.")


class WalletAdviceOut(serializers.Serializer):
    """What is advised for one wallet."""

    wallet_id = serializers.RegexField(id_pattern("wallet"), allow_null=True)
    address = serializers.RegexField(ADDRESS_PATTERN)
    transfers = serializers.IntegerField(min_value=1)
    burned_trx = TokensField()
    stake_energy_trx = TokensField(help_text="In it, or delegated to it.")
    stake_bandwidth_trx = TokensField(help_text="In it, or delegated to it.")


class AdviceOut(serializers.Serializer):
    """How much to stake so that payouts like the last ones burn nothing."""

    to = serializers.DateTimeField(help_text="The newest block that was read.")
    days_covered = serializers.IntegerField(
        min_value=1, help_text="Fewer than asked for when the first payout is younger."
    )
    transfers = serializers.IntegerField(min_value=0)
    burned_trx = TokensField(help_text="What they burned in fact.")
    stake_trx = TokensField(help_text="To stake, for both resources.")
    saves_trx_per_30_days = TokensField()
    unstaking_days = serializers.IntegerField(
        min_value=0, help_text="A stake is not spent. It takes so long to come back."
    )
    energy = AdvicePartOut()
    bandwidth = AdvicePartOut()
    renting = RentingOut(allow_null=True, help_text="`null` unless a price is set.")
    forecast = ForecastOut()
    wallets = WalletAdviceOut(many=True, help_text="Those that paid, the dearest first.")

    def get_fields(self) -> dict[str, Any]:
        """Add the one whose name Python keeps for itself."""
        return {"from": serializers.DateTimeField(), **super().get_fields()}
