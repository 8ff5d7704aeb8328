"""``Authorization: Bearer <token>``, where the token is an API key or a JWT."""

import re
from datetime import datetime, timedelta

from django.contrib.auth.models import Group
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from access.acting import acts
from access.caller import Caller, caller_of_key, caller_of_user
from access.models import ApiKey, User
from access.networks import address_parse, is_within
from access.services.keys import LIVE, TEST, digest_of, key_kind
from access.services.tokens import TokenRefused, access_family
from access.slowing import TooManyFailures, token_failed
from lucidpay.api.throttling import address_of, must_wait
from lucidpay.clock import utc_now

LAST_USED_STEP = timedelta(minutes=1)
# What ``secrets.token_urlsafe(32)`` looks like; anything else is not worth a question.
_KEY = re.compile(r"lp_(live|test)_[A-Za-z0-9_-]{43}", re.ASCII)


class Guessed(AuthenticationFailed):
    """A token that never was one of ours. Those that have ended are no guesses."""


class BearerAuthentication(BaseAuthentication):
    """Turns the token into (user, ``Caller``), or refuses with 401.

    The refusal never says which part was wrong: unknown, expired and revoked look the same. A
    good token is let in whatever others did from its address; only guesses meet the pauses.
    """

    def authenticate(self, request: Request) -> tuple[User, Caller] | None:
        """Return the caller, or ``None`` when no credentials were sent."""
        scheme, _, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if not scheme:
            return None
        token = token.strip()
        if scheme.lower() != "bearer" or not token or not token.isascii():
            raise AuthenticationFailed
        try:
            user, caller = self._by_token(token, request)
        except Guessed:
            _slow_down(request)
            raise
        acts(user_id=user.pk, api_key_id=caller.api_key_id)
        return user, caller

    def authenticate_header(self, request: Request) -> str:
        """Return the challenge; with it DRF answers 401 and not 403."""
        return 'Bearer realm="lucidpay"'

    def _by_token(self, token: str, request: Request) -> tuple[User, Caller]:
        if token.startswith((LIVE, TEST)):
            return _by_key(token, address_of(request))
        return _by_jwt(token)


def _by_jwt(token: str) -> tuple[User, Caller]:
    try:
        family = access_family(token)
    except TokenRefused as error:
        raise (Guessed if error.is_guess else AuthenticationFailed) from error
    return family.user, caller_of_user(family.user, family.groups)


def _by_key(token: str, address: str) -> tuple[User, Caller]:
    groups = ArraySubquery(Group.objects.filter(user=OuterRef("user_id")).values("name"))
    key = (
        ApiKey.objects.select_related("user")
        .annotate(groups=groups)
        .filter(digest=digest_of(token))
        .first()
        if _KEY.fullmatch(token)
        else None
    )
    if key is None:
        raise Guessed
    now = utc_now()
    if not token.startswith(key_kind()) or key.has_ended(now) or not key.user.is_active:
        raise AuthenticationFailed
    if key.allowed_ips and not is_within(address, key.allowed_ips):
        raise AuthenticationFailed
    _note_use(key, address, now)
    return key.user, caller_of_key(key, key.groups)


def _note_use(key: ApiKey, address: str, now: datetime) -> None:
    if key.last_used_at is not None and key.last_used_at >= now - LAST_USED_STEP:
        return
    # Asked again by the statement itself: a hundred calls at once are one write.
    stale = Q(last_used_at=None) | Q(last_used_at__lt=now - LAST_USED_STEP)
    parsed = address_parse(address)
    ApiKey.objects.filter(stale, pk=key.pk).update(
        last_used_at=now, last_used_ip=None if parsed is None else str(parsed)
    )


def _slow_down(request: Request) -> None:
    try:
        token_failed(address_of(request))
    except TooManyFailures as error:
        must_wait(request, error.limit, error.wait_s)
        raise
