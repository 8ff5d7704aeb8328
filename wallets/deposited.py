"""What lies at deposit addresses, by what was read of them on the chain.

Whatever moved there moved in a block that was read, so no balance is kept: flows are added up.
"""

from django.db.models import QuerySet, Sum

from lucidpay.sql import ask
from tron.models import ChainFlow
from wallets.kinds import Asset

# Every movement of a deposit address, units into it (+) or out of it (−).
MOVED = """
    moved AS (
        SELECT address.address, flow.asset, flow.units, flow.txid, flow.booked_at
          FROM wallets_depositaddress AS address
          JOIN tron_chainflow AS flow ON flow.recipient = address.address
        UNION ALL
        SELECT address.address, flow.asset, -flow.units, flow.txid, flow.booked_at
          FROM wallets_depositaddress AS address
          JOIN tron_chainflow AS flow ON flow.sender = address.address)"""
HOLDING = f"""
WITH {MOVED}
SELECT DISTINCT address FROM (
    SELECT address FROM moved GROUP BY address, asset HAVING sum(units) <> 0) AS holding
 ORDER BY address
"""  # noqa: S608 (constants of this module)


def addresses_holding() -> list[str]:
    """Return the deposit addresses at which something lies, whether booked already or not."""
    return [address for (address,) in ask(HOLDING, {})]


def deposited_at(address: str, *, block_number: int) -> dict[Asset, int]:
    """Return what lay at a deposit address after a block that was read, in base units."""
    return _held(address, ChainFlow.objects.filter(block_number__lte=block_number))


def deposited_now(address: str) -> dict[Asset, int]:
    """Return what lies at a deposit address after the last block that was read."""
    return _held(address, ChainFlow.objects.all())


def _held(address: str, flows: QuerySet[ChainFlow]) -> dict[Asset, int]:
    by_asset = flows.values_list("asset")
    came = dict(by_asset.filter(recipient=address).annotate(units=Sum("units")))
    went = dict(by_asset.filter(sender=address).annotate(units=Sum("units")))
    return {asset: came.get(asset.value, 0) - went.get(asset.value, 0) for asset in Asset}
