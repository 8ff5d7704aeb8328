"""What the network calls answer."""

from rest_framework import serializers

from lucidpay.api.fields import TokensField
from tron.api.fields import ADDRESS_PATTERN
from tron.explorer.heads import DEGRADED, HEALTHY
from tron.explorer.transaction import STATUSES
from tron.flows import TRX, USDT
from tron.words import NODE_LEVELS

ID_PATTERN = "^[0-9a-f]{64}$"  # of a block or a transaction


class NetworkStatusOut(serializers.Serializer):
    """How the chain and its nodes are."""

    network = serializers.CharField()
    status = serializers.ChoiceField(
        choices=[HEALTHY, DEGRADED],
        help_text="`degraded`: a node is in trouble, or blocks are old or do not become solid.",
    )
    latest_block = serializers.IntegerField(min_value=0)
    solid_block = serializers.IntegerField(min_value=0, help_text="Final: it is never replaced.")
    block_timestamp = serializers.DateTimeField(help_text="Of the latest block.")
    lag_seconds = serializers.IntegerField(min_value=0, help_text="How old the latest block is.")
    nodes_total = serializers.IntegerField(min_value=1)
    nodes_healthy = serializers.IntegerField(min_value=0)
    last_updated = serializers.DateTimeField(help_text="When a node told this.")


class NetworkInfoOut(serializers.Serializer):
    """Which network this is and what it takes."""

    network = serializers.CharField()
    genesis_id = serializers.RegexField(ID_PATTERN, help_text="The id of block 0 (TIP-474).")
    block_time_seconds = serializers.DecimalField(
        max_digits=12,
        decimal_places=3,
        coerce_to_string=False,
        allow_null=True,
        help_text="From block to block, since the solid one; `null` when all are solid.",
    )
    energy_price_sun = serializers.IntegerField(
        min_value=1, help_text="A unit, where none is staked."
    )
    bandwidth_price_sun = serializers.IntegerField(min_value=1, help_text="A byte.")
    memo_fee_sun = serializers.IntegerField(min_value=0, help_text="A transaction with a memo.")
    usdt_contract = serializers.RegexField(ADDRESS_PATTERN)
    node_version = serializers.CharField(
        allow_null=True, help_text="`null` behind a gateway that does not tell."
    )
    latest_block = serializers.IntegerField(min_value=0)
    solid_block = serializers.IntegerField(min_value=0)


class NetworkNodeOut(serializers.Serializer):
    """One node, as it was last seen."""

    url = serializers.CharField(help_text="Without credentials, path and keys.")
    status = serializers.ChoiceField(choices=list(NODE_LEVELS))
    latest_block = serializers.IntegerField(min_value=0, allow_null=True)
    solid_block = serializers.IntegerField(min_value=0, allow_null=True)
    lag_seconds = serializers.IntegerField(min_value=0, allow_null=True)
    latency_ms = serializers.IntegerField(min_value=0, allow_null=True)
    last_error = serializers.CharField(allow_null=True)


class NetworkHealthOut(serializers.Serializer):
    """The configured nodes, in their order."""

    nodes = NetworkNodeOut(many=True)


class BlockOut(serializers.Serializer):
    """One block."""

    number = serializers.IntegerField(min_value=0)
    block_id = serializers.RegexField(ID_PATTERN)
    parent_id = serializers.RegexField("^[0-9a-f]*$")
    timestamp = serializers.DateTimeField(allow_null=True, help_text="Block 0 has none.")
    witness_address = serializers.RegexField(
        ADDRESS_PATTERN, allow_null=True, help_text="Who made it; nobody made block 0."
    )
    transaction_count = serializers.IntegerField(min_value=0)
    txids = serializers.ListField(
        child=serializers.RegexField(ID_PATTERN), help_text="In the order of the block."
    )
    solid = serializers.BooleanField(help_text="false: another may take its place yet.")


class ChainTransactionOut(serializers.Serializer):
    """One transaction of anybody's."""

    txid = serializers.RegexField(ID_PATTERN)
    status = serializers.ChoiceField(
        choices=STATUSES,
        help_text="`pending`: in no block. `included`: in one that is not solid, so `result` may "
        "change. `solid` and `failed` are final.",
    )
    block_number = serializers.IntegerField(min_value=0, allow_null=True)
    block_timestamp = serializers.DateTimeField(allow_null=True)
    confirmations = serializers.IntegerField(
        min_value=0, help_text="Blocks from its own to the latest."
    )
    contract_type = serializers.CharField(help_text="What it asks of the chain.")
    from_address = serializers.RegexField(ADDRESS_PATTERN, allow_null=True)
    to_address = serializers.RegexField(
        ADDRESS_PATTERN, allow_null=True, help_text="The recipient; of other calls, the contract."
    )
    token = serializers.ChoiceField(choices=[USDT, TRX], allow_null=True)
    amount = TokensField(allow_null=True)
    fee_trx = TokensField(allow_null=True, help_text="Burned.")
    energy_used = serializers.IntegerField(min_value=0, allow_null=True)
    bandwidth_used = serializers.IntegerField(
        min_value=0, allow_null=True, help_text="0 when TRX was burned for it."
    )
    result = serializers.CharField(allow_null=True)
    memo = serializers.CharField(allow_null=True)
