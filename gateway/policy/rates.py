"""What TRX is worth now, and how many sun pay an amount."""

from datetime import datetime

from django.conf import settings
from django.db.models import Sum

from gateway.models import Payment
from gateway.models_fees import Rate
from gateway.policy.fees import PPM
from gateway.rates.manual import ManualRates
from gateway.rates.onchain import PairRates
from gateway.rates.source import RateSource
from lucidpay.errors import ValidationFailed, ensure
from lucidpay.money import UNITS_PER_TOKEN, tokens_of

DEPTH_PPM = 2_500  # of a pair's USDT, by all swaps that are quoted at one rate


class TooDeep(ValidationFailed):
    """Validation failed: so much TRX cannot be swapped at once. Ask for less, or a moment later."""


def rate_source() -> RateSource:
    """Return where rates come from: the pair, when one is named, else people."""
    return PairRates(settings.RATE_PAIR) if settings.RATE_PAIR else ManualRates()


def rate_now(*, now: datetime) -> Rate:
    """Return a stored rate that holds now. May ask a node: never call it in a transaction.

    Raises ``NoRate``, also as ``RateNotRead`` when no node could be asked. No rate, no quote: there
    is no default, and one source never stands in for the other.
    """
    return rate_source().rate(now=now)


def pay_sun_of(amount_micro: int, rate: Rate) -> int:
    """Return how many sun pay this many micro-USDT (1 or more), rounded up to a whole one."""
    ensure(amount_micro > 0 and rate.micro_per_trx > 0, "a price of nothing, or for nothing")
    return -(-amount_micro * UNITS_PER_TOKEN // rate.micro_per_trx)


def refuse_too_deep(amount_micro: int, rate: Rate, *, drafted_micro: int = 0) -> None:
    """Raise ``TooDeep`` when swaps quoted by a rate from a pair would be large beside the pair.

    ``drafted_micro``: what else is quoted by it in this transaction and not stored yet. Who asks
    for a swap at the same rate waits until the transaction ends.

    Whoever trades in a pair moves its price for a block. Up to this share of it, what that trade
    costs is more than what a quote at the moved price could bring.
    """
    pool_micro = (rate.details or {}).get("usdt_micro")
    if rate.source != Rate.Source.ONCHAIN or pool_micro is None:
        return
    Rate.objects.select_for_update(no_key=True).get(pk=rate.pk)
    stored = Payment.objects.filter(rate=rate).aggregate(micro=Sum("amount_micro"))["micro"] or 0
    quoted = stored + drafted_micro
    most_micro = pool_micro * DEPTH_PPM // PPM
    if quoted + amount_micro > most_micro:
        left = tokens_of(max(0, most_micro - quoted))
        raise TooDeep({"amount": [f"At most {left} can be swapped at the present rate."]})
