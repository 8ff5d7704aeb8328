"""What the chain would take for a payout file, as far as it is asked."""

from lucidpay.money import tokens_of
from payouts.models import Payout
from payouts.services.dry_run import Forecast, forecasts_by

TIMEOUT_S = 60.0


def prices_told(drafts: list[Payout], *, rows: int) -> list[str]:
    """Return, in sentences, what these rows, the first of ``rows``, cost with today's stake.

    Asks nodes, for ``TIMEOUT_S`` and wallet at most; never within a transaction.
    """
    found = list(forecasts_by(drafts, timeout_s=TIMEOUT_S).values())
    priced = [one for one in found if one.fee_sun is not None]
    told = [_costs(priced, rows)] if priced else []
    blacklisted = sum(one.is_blacklisted is True for one in found)
    if blacklisted:
        told.append(f"{blacklisted} rows go to addresses that the token has blacklisted.")
    reasons = [one.unknown for one in found if one.fee_sun is None and not one.is_blacklisted]
    told += [
        f"{reasons.count(reason)} rows have no price: {reason}" for reason in dict.fromkeys(reasons)
    ]
    return told


def _costs(priced: list[Forecast], rows: int) -> str:
    energy = sum(one.energy or 0 for one in priced)
    fee_sun = sum(one.fee_sun or 0 for one in priced)
    return (
        f"Of {rows} rows {len(priced)} are priced: they use {energy} energy and burn "
        f"{tokens_of(fee_sun)} TRX with the stake there is now."
    )
