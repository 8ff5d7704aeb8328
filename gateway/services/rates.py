"""Setting what TRX is worth."""

from datetime import datetime, timedelta

from django.conf import settings

from gateway.models_fees import Rate
from gateway.rates.source import RATE_MAX_MICRO, RATE_MIN_MICRO
from lucidpay.errors import ValidationFailed
from lucidpay.money import tokens_of

BY_MAX, REASON_MAX = 100, 200
JUMP_PERCENT = 20  # more than this from the rate before is typed wrong more often than meant


def rate_set(
    *, micro_per_trx: int, by: str, reason: str, now: datetime, is_sure: bool = False
) -> Rate:
    """Let a rate hold from now on for ``RATE_MANUAL_VALID_MINUTES``; what was quoted stays.

    Raises ``ValidationFailed``, also for a rate far from the one before unless ``is_sure``.
    """
    rate_check(micro_per_trx=micro_per_trx, reason=reason, is_sure=is_sure)
    return Rate.objects.create(
        micro_per_trx=micro_per_trx,
        source=Rate.Source.MANUAL,
        by=by[:BY_MAX],
        details={"reason": reason.strip()},
        at=now,
        expires_at=now + timedelta(minutes=settings.RATE_MANUAL_VALID_MINUTES),
    )


def rate_check(*, micro_per_trx: int, reason: str, is_sure: bool) -> None:
    """Raise ``ValidationFailed`` unless this can be set for this reason."""
    found: dict[str, list[str]] = {}
    if not 1 <= len(reason.strip()) <= REASON_MAX:
        found["reason"] = [f"Say why, in 1 to {REASON_MAX} characters."]
    if not RATE_MIN_MICRO <= micro_per_trx <= RATE_MAX_MICRO:
        low, high = tokens_of(RATE_MIN_MICRO), tokens_of(RATE_MAX_MICRO)
        found["micro_per_trx"] = [f"From {low} to {high} USDT a TRX."]
    elif not is_sure and (last := _last()) and _jumps(last.micro_per_trx, micro_per_trx):
        was = tokens_of(last.micro_per_trx)
        found["is_sure"] = [f"The last rate was {was}: more than {JUMP_PERCENT} % away. Sure?"]
    if found:
        raise ValidationFailed(found)


def _last() -> Rate | None:
    return Rate.objects.order_by("-at", "-pk").first()


def _jumps(before: int, after: int) -> bool:
    return abs(after - before) * 100 > before * JUMP_PERCENT
