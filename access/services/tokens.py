"""JWTs: issued for a password, renewed in turn, ended.

All that follow from one login are a family. A refresh token is good once: whoever shows one again
may be a thief or the one who was robbed, so the whole family ends. Access tokens are looked up
with their family at every call, so what has ended, ended for them, too.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

import structlog
from django.contrib.auth.models import Group
from django.contrib.postgres.expressions import ArraySubquery
from django.db import transaction
from django.db.models import F, OuterRef
from django.utils.crypto import constant_time_compare
from rest_framework_simplejwt.exceptions import ExpiredTokenError, TokenError
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken, Token

from access.models import TokenFamily, User
from lucidpay.clock import from_ms
from lucidpay.ids import new_id

log = structlog.get_logger(__name__)

FAMILY, USER = "family", "user_id"
REVOKED, REUSED = "revoked", "reused"


class TokenRefused(Exception):
    """The token is none of ours (``is_guess``), or it was and has ended."""

    def __init__(self, *, is_guess: bool = False) -> None:
        self.is_guess = is_guess
        super().__init__("guessed" if is_guess else "ended")


@dataclass(frozen=True)
class Tokens:
    """A pair, encoded."""

    refresh: str
    access: str


@transaction.atomic
def tokens_issue(*, user: User, address: str, now: datetime) -> Tokens:
    """Begin a family for somebody who has just proven who they are; ``address`` is where from."""
    # Nobody is served by families that have expired, and each user clears their own.
    TokenFamily.objects.filter(user=user, expires_at__lte=now).delete()
    User.objects.filter(pk=user.pk).update(last_login=now)
    refresh = RefreshToken()
    family = TokenFamily(
        id=new_id(),
        user=user,
        auth_hash=user.get_session_auth_hash(),
        address=address[:45],
        created_at=now,
    )
    refresh[USER], refresh[FAMILY] = str(user.pk), family.pk.hex
    _take_turn(family, refresh)
    family.save(force_insert=True)
    return Tokens(str(refresh), str(refresh.access_token))


def tokens_renew(*, refresh: str, now: datetime) -> Tokens:
    """Exchange a refresh token for the next pair.

    Raises ``TokenRefused``. When the token was exchanged before, its whole family ends with that.
    """
    token = _decoded(RefreshToken, refresh)
    with transaction.atomic():
        family = _family_in_turn(token, now)
        if family is not None:
            token.set_jti()
            token.set_exp()
            token.set_iat()
            _take_turn(family, token)
            family.save(update_fields=["refresh_jti", "expires_at"])
    # Raised out here: an end that was just written must be committed, not undone.
    if family is None:
        raise TokenRefused
    return Tokens(str(token), str(token.access_token))


def tokens_revoke(*, refresh: str, now: datetime) -> None:
    """End the family of a refresh token, its access tokens included; raises ``TokenRefused``."""
    token = _decoded(RefreshToken, refresh)
    with transaction.atomic():
        family = _family_in_turn(token, now)
        if family is not None:
            _end(family, REVOKED, now)
    if family is None:
        raise TokenRefused


def logins_end(*, user: User) -> None:
    """End everything this user is logged in with: all JWTs and all sessions of the admin.

    API keys stay: they are revoked one by one.
    """
    User.objects.filter(pk=user.pk).update(login_epoch=F("login_epoch") + 1)


def access_family(token: str) -> tuple[Any, datetime]:
    """Return the family of an access token, and when this token expires.

    The family comes with its ``user`` and the names of their ``groups``. One statement. Raises
    ``TokenRefused``.
    """
    claims = _decoded(AccessToken, token)
    groups = ArraySubquery(Group.objects.filter(user=OuterRef("user_id")).values("name"))
    found = TokenFamily.objects.select_related("user").annotate(groups=groups)
    family = found.filter(pk=_family_id(claims)).first()
    if family is None or not _is_good(family, claims):
        raise TokenRefused
    return family, from_ms(claims["exp"] * 1000)


def _decoded(kind: type[Token], token: str) -> Any:
    try:
        return kind(cast(Any, token.encode()))
    except ExpiredTokenError as error:
        raise TokenRefused from error  # its signature was ours
    except (TokenError, ValueError) as error:
        raise TokenRefused(is_guess=True) from error


def _family_id(token: Token) -> UUID:
    try:
        return UUID(str(token.get(FAMILY)))
    except ValueError as error:
        raise TokenRefused from error


def _family_in_turn(token: Token, now: datetime) -> TokenFamily | None:
    """Return the locked family when it is this token's turn; end it when the turn is over."""
    found = TokenFamily.objects.select_for_update(of=("self",)).select_related("user")
    family = found.filter(pk=_family_id(token)).first()
    if family is None or not _is_good(family, token):
        return None
    if token["jti"] != family.refresh_jti:
        _end(family, REUSED, now)
        log.warning("refresh_token_reused", user_id=family.user_id, family=family.pk.hex)
        return None
    return family


def _is_good(family: TokenFamily, token: Token) -> bool:
    return (
        family.ended_at is None
        and family.user.is_active
        and token.get(USER) == str(family.user_id)
        and constant_time_compare(family.auth_hash, family.user.get_session_auth_hash())
    )


def _take_turn(family: TokenFamily, refresh: Token) -> None:
    family.refresh_jti = refresh["jti"]
    family.expires_at = from_ms(refresh["exp"] * 1000)


def _end(family: TokenFamily, why: str, now: datetime) -> None:
    family.ended_at, family.ended_why = now, why
    family.save(update_fields=["ended_at", "ended_why"])
