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
from access.networks import address_parse
from access.remembered import Memory, Remembered
from access.services.keys import LIVE, TEST, digest_of, key_kind
from access.services.tokens import TokenRefused, access_family
from access.slowing import TooManyFailures, token_failed
from lucidpay.api.throttling import (
    address_of,
    count_of,
    epoch_seen,
    must_wait,
    throttle_name_of,
)
from lucidpay.clock import utc_now

MEMORY = Memory()
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
            found = _found(token, request)
        except Guessed:
            _slow_down(request)
            raise
        caller = found.caller
        acts(user_id=caller.user_id, api_key_id=caller.api_key_id)
        return found.user, caller

    def authenticate_header(self, request: Request) -> str:
        """Return the challenge; with it DRF answers 401 and not 403."""
        return 'Bearer realm="lucidpay"'


def _found(token: str, request: Request) -> Remembered:
    """Return who was verified with this token, by this process a moment ago or by the database."""
    now, address = utc_now(), address_of(request)
    found = MEMORY.get(token)
    if found is None or not found.opens(address, now) or not _is_of_now(found, request):
        # Before the database is asked: what changes meanwhile moves it.
        epoch = epoch_seen()
        found = _verified(token, address, now)
        if epoch is not None:
            found.epoch = epoch
            MEMORY.keep(token, found)
    _note_use(found, address, now)
    return found


def _is_of_now(found: Remembered, request: Request) -> bool:
    """Return whether nobody's rights have changed since; counts the call, which tells."""
    name = throttle_name_of(request, (request.parser_context or {}).get("view"))
    if name is None:
        return False
    return count_of(request, name, found.caller.throttle_identity).epoch == found.epoch


def _verified(token: str, address: str, now: datetime) -> Remembered:
    """Ask the database, in one statement; raise ``AuthenticationFailed`` for who is not let in."""
    found = _by_key(token) if token.startswith((LIVE, TEST)) else _by_jwt(token)
    if not found.opens(address, now):
        raise AuthenticationFailed
    return found


def _by_jwt(token: str) -> Remembered:
    try:
        family, expires_at = access_family(token)
    except TokenRefused as error:
        raise (Guessed if error.is_guess else AuthenticationFailed) from error
    return Remembered(family.user, caller_of_user(family.user, family.groups), expires_at)


def _by_key(token: str) -> Remembered:
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
    is_revoked = key.revoked_at is not None or not key.user.is_active
    if is_revoked or not token.startswith(key_kind()):
        raise AuthenticationFailed
    caller = caller_of_key(key, key.groups)
    return Remembered(key.user, caller, key.expires_at, key.allowed_ips, key.last_used_at)


def _note_use(found: Remembered, address: str, now: datetime) -> None:
    if found.caller.api_key_id is None:
        return
    if found.last_used_at is not None and found.last_used_at >= now - LAST_USED_STEP:
        return
    found.last_used_at = now
    # Asked again by the statement itself: a hundred calls at once are one write.
    stale = Q(last_used_at=None) | Q(last_used_at__lt=now - LAST_USED_STEP)
    parsed = address_parse(address)
    ApiKey.objects.filter(stale, pk=found.caller.api_key_id).update(
        last_used_at=now, last_used_ip=None if parsed is None else str(parsed)
    )


def _slow_down(request: Request) -> None:
    try:
        token_failed(address_of(request))
    except TooManyFailures as error:
        must_wait(request, error.limit, error.wait_s)
        raise
