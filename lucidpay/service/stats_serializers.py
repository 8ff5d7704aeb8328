"""What each service's stats look like."""

from typing import Any

from rest_framework import serializers

from lucidpay.api.fields import TokensField
from lucidpay.health import UNKNOWN
from lucidpay.service.stats import COUNT_MAX, WALLETS_MAX
from payouts.models import RouterType
from payouts.states import Status
from tron.nodes_report import ANSWERS
from wallets.models import Asset, WalletStatus

BOUND = f"Counted up to {COUNT_MAX:,}.".replace(",", " ")
NODE_STATUSES = ["healthy", "lagging", "alone", "throttled", "down", "wrong_network", UNKNOWN]


class NodeOut(serializers.Serializer):
    """A configured node, as it was seen last."""

    name = serializers.CharField()
    url = serializers.CharField(help_text="Without path, keys and passwords.")
    status = serializers.ChoiceField(choices=NODE_STATUSES)
    latest_block = serializers.IntegerField(allow_null=True)
    solid_block = serializers.IntegerField(allow_null=True)
    lag_seconds = serializers.IntegerField(allow_null=True)
    peers = serializers.IntegerField(allow_null=True)
    latency_ms = serializers.IntegerField(allow_null=True)
    failures = serializers.IntegerField(help_text="In a row.")
    last_error = serializers.CharField(allow_null=True)
    throttled_until = serializers.DateTimeField(allow_null=True)
    answered_at = serializers.DateTimeField(allow_null=True)


class TronClientOut(serializers.Serializer):
    """How the chain is followed."""

    network = serializers.CharField()
    latest_block = serializers.IntegerField(allow_null=True)
    solid_block = serializers.IntegerField(allow_null=True)
    lag_seconds = serializers.IntegerField(allow_null=True)
    scanner_lag_blocks = serializers.IntegerField(
        allow_null=True, help_text="Solid blocks that are not read yet."
    )
    kill_switch = serializers.ChoiceField(choices=["on", "off"], allow_null=True)
    error = serializers.CharField(allow_null=True, help_text="What a person must mend.")
    nodes = NodeOut(many=True)
    broadcast_answers = serializers.DictField(
        child=serializers.IntegerField(),
        help_text=f"Code → how often, of the last {ANSWERS} answers to sent transactions.",
    )
    generated_at = serializers.DateTimeField()


class HeldOut(serializers.Serializer):
    """Whole tokens, solid by the books."""

    balance = TokensField()
    held = TokensField(help_text="Promised to signed payouts.")
    available = TokensField()


class BalancesOut(serializers.Serializer):
    """By asset."""

    def get_fields(self) -> dict[str, Any]:
        """Return a field for each asset."""
        return {asset: HeldOut() for asset in Asset.values}


class WalletsByStatusOut(serializers.Serializer):
    """How many wallets are how far."""

    def get_fields(self) -> dict[str, Any]:
        """Return a field for each status."""
        return {status: serializers.IntegerField() for status in WalletStatus.values}


class WalletNameOut(serializers.Serializer):
    """Which wallet."""

    wallet_id = serializers.CharField()
    name = serializers.CharField()
    address = serializers.CharField(allow_null=True)


class WalletHeldOut(WalletNameOut):
    """What a wallet holds."""

    status = serializers.ChoiceField(choices=WalletStatus.choices)
    balances = BalancesOut()


class WalletManagerOut(serializers.Serializer):
    """What the wallets hold, and what is not booked yet."""

    wallets_by_status = WalletsByStatusOut(help_text=BOUND)
    balances = BalancesOut(help_text="Of all wallets together.")
    open_holds = serializers.IntegerField(help_text=BOUND)
    flows_unbooked = serializers.IntegerField(help_text=BOUND)
    oldest_unbooked_seconds = serializers.IntegerField(
        allow_null=True, help_text="Chain time since the oldest movement that is not booked."
    )
    wallets = WalletHeldOut(many=True, help_text=f"The first {WALLETS_MAX}.")
    generated_at = serializers.DateTimeField()


class ComparisonOut(serializers.Serializer):
    """Chain and books after a solid block."""

    block_number = serializers.IntegerField()
    chain_usdt = TokensField()
    books_usdt = TokensField()
    difference_usdt = TokensField(help_text="Chain less books.")
    compared_at = serializers.DateTimeField()


class WalletComparedOut(WalletNameOut):
    """A wallet's USDT, and its last comparison with the chain."""

    usdt = HeldOut()
    comparison = ComparisonOut(allow_null=True)


class UsdtManagerOut(serializers.Serializer):
    """USDT by the books, and whether the chain agrees."""

    contract_address = serializers.CharField()
    usdt = HeldOut(help_text="Of all wallets together.")
    comparison_waits_seconds = serializers.IntegerField(allow_null=True)
    compared_seconds_ago = serializers.IntegerField(
        allow_null=True, help_text="Of the wallet that was compared longest ago."
    )
    suspense_open = serializers.IntegerField(
        help_text=f"Bookings, of any asset, that nobody has explained. {BOUND}"
    )
    wallets = WalletComparedOut(many=True, help_text=f"The first {WALLETS_MAX}.")
    generated_at = serializers.DateTimeField()


class WalletResourcesOut(WalletNameOut):
    """What a wallet can use without burning TRX; null until the chain was asked."""

    energy = serializers.IntegerField(allow_null=True)
    bandwidth = serializers.IntegerField(allow_null=True, help_text="Of its stake.")
    free_bandwidth = serializers.IntegerField(
        allow_null=True, help_text="Of what every account is given a day."
    )
    looked_at = serializers.DateTimeField(allow_null=True)


class TrxStakingOut(serializers.Serializer):
    """What the stakes of the wallets give."""

    wallets = WalletResourcesOut(many=True, help_text=f"The first {WALLETS_MAX} that are active.")
    generated_at = serializers.DateTimeField()


class CountedOut(serializers.Serializer):
    """Payouts of one kind."""

    count = serializers.IntegerField()
    amount_usdt = TokensField()


class PayoutsByStatusOut(serializers.Serializer):
    """By status."""

    def get_fields(self) -> dict[str, Any]:
        """Return a field for each status."""
        return {status.value: CountedOut() for status in Status}


class PayoutsByRouterOut(serializers.Serializer):
    """By router."""

    def get_fields(self) -> dict[str, Any]:
        """Return a field for each router."""
        return {router: CountedOut() for router in RouterType.values}


class PayoutRouterOut(serializers.Serializer):
    """All payouts there ever were, exact at this moment."""

    total_payouts = serializers.IntegerField()
    total_amount_usdt = TokensField(help_text="Of all of them, whatever their status.")
    success_rate = serializers.FloatField(
        help_text="Percent, of those that were confirmed or failed; 0 when none was."
    )
    payouts_by_status = PayoutsByStatusOut()
    payouts_by_router = PayoutsByRouterOut()
    generated_at = serializers.DateTimeField()


class PaymentGatewayOut(serializers.Serializer):
    """All payments there ever were, exact at this moment."""

    total_payments = serializers.IntegerField()
    successful_payments = serializers.IntegerField(help_text="Their payees were paid.")
    failed_payments = serializers.IntegerField(help_text="Failed or cancelled.")
    total_volume = TokensField(help_text="USDT, of successful payments.")
    total_fees = TokensField(help_text="USDT, of successful payments.")
    refunded_volume = TokensField(help_text="USDT, of refunds that did not fail.")
    batches_processed = serializers.IntegerField(
        help_text=f"Batches of payments that have ended. {BOUND}"
    )
    avg_processing_time = serializers.FloatField(
        allow_null=True,
        help_text="Seconds from when a payment was created until its payee was paid; null until "
        "one was.",
    )


STATS_OUT: dict[str, type[serializers.Serializer]] = {
    "tron-client": TronClientOut,
    "wallet-manager": WalletManagerOut,
    "usdt-manager": UsdtManagerOut,
    "payout-router": PayoutRouterOut,
    "payment-gateway": PaymentGatewayOut,
    "trx-staking": TrxStakingOut,
}


class StatsOfAllOut(serializers.Serializer):
    """What each service's own stats tell."""

    def get_fields(self) -> dict[str, Any]:
        """Return a field for each service."""
        return {name: out() for name, out in STATS_OUT.items()}
