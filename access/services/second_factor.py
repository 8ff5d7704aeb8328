"""Second factors: begun, confirmed by a code, used, replaced, ended."""

from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F, Func, QuerySet, Value

from access.codes import (
    SecretLost,
    is_code,
    plain,
    recovery_codes_new,
    recovery_digest,
    secret_new,
    secret_open,
    secret_seal,
    step_of,
)
from access.models import SecondFactor, User
from access.services.tokens import logins_end
from access.slowing import code_attempt
from lucidpay.errors import FORBIDDEN, Conflict, LucidError

log = structlog.get_logger(__name__)

REQUIRED = "required"


class WrongCode(Conflict):
    """Not accepted: wrong, out of date or used before. Take the next code; check the clock."""


class NothingBegun(Conflict):
    """Nothing waits to be confirmed: it was begun anew elsewhere. Begin again."""


class NoSecondFactor(Conflict):
    """There is none."""


class MustHaveOne(Conflict):
    """Staff must have a second factor here (STAFF_SECOND_FACTOR). Replace it instead."""


class MayNotReset(LucidError):
    """Another admin resets it, and that of a superuser another superuser."""

    code = FORBIDDEN
    status_code = 403


def second_factors_standing() -> QuerySet[SecondFactor]:
    """Return those that are asked for; a person has one at the most."""
    return SecondFactor.objects.filter(ended_at=None, confirmed_at__isnull=False)


def second_factors_begun(user_id: int) -> QuerySet[SecondFactor]:
    """Return what a person has begun and not confirmed; it is one at the most."""
    return SecondFactor.objects.filter(user_id=user_id, ended_at=None, confirmed_at=None)


def second_factor_of(user_id: int) -> SecondFactor | None:
    """Return the second factor that stands, if this person has one."""
    return _standing(user_id).first()


@transaction.atomic
def second_factor_begin(*, user: User, now: datetime) -> SecondFactor:
    """Make one that counts once it is confirmed; what was begun before ends. One stays in force
    meanwhile, if one is.
    """
    _lock(user)
    _end(second_factors_begun(user.pk), why="begun anew", now=now)
    return SecondFactor.objects.create(
        user=user, sealed_secret=secret_seal(secret_new(), user_id=user.pk), created_at=now
    )


@transaction.atomic
def second_factor_confirm(
    *, user: User, factor_id: UUID, code: str, now: datetime
) -> tuple[SecondFactor, list[str]]:
    """Let one stand from now on, in place of the one before; return it with its recovery codes.

    The codes cannot be read again. Raises ``NothingBegun``, ``WrongCode``, and
    ``TooManyFailures`` during a pause.
    """
    _lock(user)
    factor = second_factors_begun(user.pk).filter(pk=factor_id).first()
    if factor is None:
        raise NothingBegun
    attempt = code_attempt(user.pk)
    if not _code_spent(factor, plain(code), now):
        raise WrongCode
    attempt.was_right()
    _end(_standing(user.pk), why="replaced", now=now)
    codes = recovery_codes_new()
    factor.recovery_digests = [recovery_digest(one) for one in codes]
    factor.confirmed_at = now
    factor.save(update_fields=["recovery_digests", "confirmed_at"])
    return factor, codes


def second_factor_accept(*, factor: SecondFactor, code: str, now: datetime) -> bool:
    """Return whether this is a code of this second factor; what was accepted never is again.

    A code of the authenticator, or a recovery code. Of two that come at once one is accepted.
    Raises ``TooManyFailures`` during a pause; then nothing was looked at.
    """
    attempt = code_attempt(factor.user_id)
    given = plain(code)
    spent = _code_spent if is_code(given) else _recovery_spent
    if not spent(factor, given, now):
        log.warning("second_factor_failed", user_id=factor.user_id)
        return False
    attempt.was_right()
    return True


def recovery_codes_renew(*, factor: SecondFactor) -> list[str]:
    """Return new recovery codes; those before open nothing any more. Raises ``NoSecondFactor``."""
    codes = recovery_codes_new()
    digests = [recovery_digest(one) for one in codes]
    if not _standing(factor.user_id).filter(pk=factor.pk).update(recovery_digests=digests):
        raise NoSecondFactor
    return codes


def second_factor_turn_off(*, user: User, now: datetime) -> None:
    """End a person's own, by their own wish. Raises ``MustHaveOne`` and ``NoSecondFactor``."""
    if settings.STAFF_SECOND_FACTOR == REQUIRED:
        raise MustHaveOne
    if not _end(_standing(user.pk), why="turned off", now=now):
        raise NoSecondFactor


@transaction.atomic
def second_factor_reset(*, user: User, by: User | None, reason: str, now: datetime) -> None:
    """End that of somebody who has lost it, and all they are logged in with.

    ``by``: the admin who does; ``None`` for the command line of this machine. Raises
    ``MayNotReset`` and ``NoSecondFactor``.
    """
    if by is not None and (by.pk == user.pk or (user.is_superuser and not by.is_superuser)):
        raise MayNotReset
    why = f"reset: {reason}"
    ended = _end(_standing(user.pk), why=why, now=now)
    ended += _end(second_factors_begun(user.pk), why=why, now=now)
    if not ended:
        raise NoSecondFactor
    logins_end(user=user)


def _lock(user: User) -> None:
    User.objects.select_for_update().only("pk").get(pk=user.pk)


def _standing(user_id: int) -> QuerySet[SecondFactor]:
    return second_factors_standing().filter(user_id=user_id)


def _end(rows: QuerySet[SecondFactor], *, why: str, now: datetime) -> int:
    ended: int = rows.update(ended_at=now, ended_why=why, sealed_secret="", recovery_digests=[])
    return ended


def _code_spent(factor: SecondFactor, code: str, now: datetime) -> bool:
    try:
        opened = secret_open(factor.sealed_secret, user_id=factor.user_id)
    except SecretLost:
        log.exception("second_factor_does_not_open", user_id=factor.user_id)
        return False
    step = step_of(opened.secret, code, now=now, after=factor.last_step)
    if step is None:
        return False
    changed: dict[str, Any] = {"last_step": step}
    if opened.is_stale:
        changed["sealed_secret"] = secret_seal(opened.secret, user_id=factor.user_id)
    # The row decides, not what was read of it: of the same code twice at once one is accepted.
    unspent = SecondFactor.objects.filter(pk=factor.pk, ended_at=None, last_step__lt=step)
    return unspent.update(**changed) == 1


def _recovery_spent(factor: SecondFactor, code: str, now: datetime) -> bool:
    digest = recovery_digest(code)
    unspent = _standing(factor.user_id).filter(pk=factor.pk, recovery_digests__contains=[digest])
    left = Func(F("recovery_digests"), Value(digest), function="array_remove")
    if unspent.update(recovery_digests=left) != 1:
        return False
    log.warning("recovery_code_used", user_id=factor.user_id)
    return True
