"""``Authorization: Bearer <token>``, where the token is an API key or a JWT."""

from datetime import timedelta
from typing import cast

from django.db.models import Q
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import InvalidToken, TokenError

from access.caller import Caller, caller_of_key, caller_of_user
from access.models import ApiKey, User
from access.services.keys import LIVE, TEST, digest_of, key_kind
from lucidpay.api.throttling import address_of
from lucidpay.clock import utc_now

LAST_USED_STEP = timedelta(minutes=1)


class BearerAuthentication(BaseAuthentication):
    """Turns the token into (user, ``Caller``), or refuses with 401.

    The refusal never says which part was wrong: unknown, expired and revoked look the same.
    """

    def authenticate(self, request: Request) -> tuple[User, Caller] | None:
        """Return the caller, or ``None`` when no credentials were sent."""
        scheme, _, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if not scheme:
            return None
        token = token.strip()
        if scheme.lower() != "bearer" or not token or not token.isascii():
            raise AuthenticationFailed
        if token.startswith((LIVE, TEST)):
            return self._by_key(token, request)
        return self._by_jwt(token)

    def authenticate_header(self, request: Request) -> str:
        """Return the challenge; with it DRF answers 401 and not 403."""
        return 'Bearer realm="lucidpay"'

    def _by_jwt(self, token: str) -> tuple[User, Caller]:
        jwt = JWTAuthentication()
        try:
            user = cast(User, jwt.get_user(jwt.get_validated_token(token.encode())))
        except (InvalidToken, TokenError, ValueError) as error:
            raise AuthenticationFailed from error
        return user, caller_of_user(user)

    def _by_key(self, token: str, request: Request) -> tuple[User, Caller]:
        key = (
            ApiKey.objects.select_related("user")
            .prefetch_related("user__groups")
            .filter(digest=digest_of(token), revoked_at=None, user__is_active=True)
            .first()
        )
        now = utc_now()
        if key is None or not token.startswith(key_kind()):
            raise AuthenticationFailed
        if key.expires_at is not None and key.expires_at <= now:
            raise AuthenticationFailed
        if key.allowed_ips and address_of(request) not in key.allowed_ips:
            raise AuthenticationFailed
        stale = Q(last_used_at=None) | Q(last_used_at__lt=now - LAST_USED_STEP)
        if key.last_used_at is None or key.last_used_at < now - LAST_USED_STEP:
            ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=now)
        return key.user, caller_of_key(key)
