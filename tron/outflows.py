"""What has left a wallet without an order here, and is remembered for a while.

A database that was set back has forgotten what was asked for and paid after that moment. Its
money is met on the chain as an outflow that nobody ordered, each with a halt of its own.
"""

from datetime import datetime, timedelta

from tron.models import ChainFlow, Halt, HaltCause

REMEMBERED = timedelta(days=30)


def left_without_order(asset: str, *, now: datetime) -> dict[tuple[str, int], datetime]:
    """Return when it was last met that so much of an asset left for a recipient without an order.

    Of the last ``REMEMBERED``, whether its halt was lifted or not. One statement where there was
    none.
    """
    halts = Halt.objects.filter(cause=HaltCause.OUTFLOW, at__gt=now - REMEMBERED)
    met = dict(halts.order_by("at").values_list("subject", "at"))
    if not met:
        return {}
    flows = ChainFlow.objects.filter(txid__in=met, asset=asset)
    rows = flows.values_list("recipient", "units", "txid")
    last: dict[tuple[str, int], datetime] = {}
    for recipient, units, txid in rows:
        last[recipient, units] = max(met[txid], last.get((recipient, units), met[txid]))
    return last
