"""JWT for people and their programs: three calls that prove themselves by their bodies."""

from django.contrib.auth import authenticate
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.response import Response

from access.acting import acts
from access.api.serializers import RefreshIn, RevokeIn, TokenIn, TokensOut
from access.services.tokens import (
    TokenRefused,
    Tokens,
    tokens_issue,
    tokens_renew,
    tokens_revoke,
)
from access.slowing import TooManyFailures, token_failed
from lucidpay.api.errors import UNAUTHENTICATED_MESSAGE
from lucidpay.api.query import body_of
from lucidpay.api.schema import error_response
from lucidpay.api.throttling import address_of, must_wait
from lucidpay.api.views import LimitedView
from lucidpay.clock import utc_now
from lucidpay.errors import UNAUTHENTICATED

REFUSED = error_response(UNAUTHENTICATED_MESSAGE, UNAUTHENTICATED)
_TOKEN = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.c2lnbmF0dXJl"  # noqa: S105 (opens nothing)
LOGIN_EXAMPLE = OpenApiExample(
    "alice",
    value={"username": "alice", "password": "correct horse battery staple"},
    request_only=True,
)
TOKENS_EXAMPLE = OpenApiExample(
    "a pair", value={"access": _TOKEN, "refresh": _TOKEN}, response_only=True, status_codes=["200"]
)
REFRESH_EXAMPLE = OpenApiExample("its token", value={"refresh": _TOKEN}, request_only=True)
PAIR = OpenApiResponse(TokensOut, description="The access token ends after 15 minutes.")
ENDED = OpenApiResponse(
    {"type": "object", "additionalProperties": False}, description="They have ended."
)


class AuthView(LimitedView):
    """A call that proves itself by its body."""

    authentication_classes = ()
    permission_classes = ()

    def get_authenticate_header(self, request: Request) -> str:
        """Return the challenge; with it DRF answers 401 and not 403."""
        return 'Bearer realm="lucidpay"'

    def handle_exception(self, exc: Exception) -> Response:
        """Count tokens that never were ours, and tell who must wait for how long."""
        if isinstance(exc, TokenRefused):
            return super().handle_exception(self._counted(exc))
        if isinstance(exc, TooManyFailures):
            must_wait(self.request, exc.limit, exc.wait_s)
        return super().handle_exception(exc)

    def _counted(self, refused: TokenRefused) -> Exception:
        try:
            if refused.is_guess:
                token_failed(address_of(self.request))
        except TooManyFailures as error:
            must_wait(self.request, error.limit, error.wait_s)
            return error
        return AuthenticationFailed()


def _pair(tokens: Tokens) -> Response:
    """Answer a pair, which nobody on the way may keep (RFC 6749 §5.1)."""
    return Response(TokensOut(tokens).data, headers={"Cache-Control": "no-store"})


class TokenView(AuthView):
    """Exchanges a user name and a password for an access and a refresh token."""

    endpoints = {"POST": "auth.token"}

    @extend_schema(
        operation_id="auth_token",
        request=TokenIn,
        responses={200: PAIR, 401: REFUSED},
        examples=[LOGIN_EXAMPLE, TOKENS_EXAMPLE],
        tags=["auth"],
        summary="Get tokens",
        description="Exchanges a user name and a password for an access and a refresh token. "
        "Wrong passwords are answered with growing pauses (429, `Retry-After`).",
    )
    def post(self, request: Request) -> Response:
        """Answer a pair."""
        user = authenticate(request._request, **body_of(request, TokenIn))
        if user is None:
            raise AuthenticationFailed
        acts(user_id=user.pk)
        address = address_of(request)
        tokens = tokens_issue(user=user, address=address, now=utc_now())
        return _pair(tokens)


class RefreshView(AuthView):
    """Exchanges a refresh token for a new pair; the old refresh token ends."""

    endpoints = {"POST": "auth.refresh"}

    @extend_schema(
        operation_id="auth_refresh",
        request=RefreshIn,
        responses={200: PAIR, 401: REFUSED},
        examples=[REFRESH_EXAMPLE, TOKENS_EXAMPLE],
        tags=["auth"],
        summary="Renew tokens",
        description="Exchanges a refresh token for a new pair; the old refresh token ends. One "
        "that is shown a second time ends all tokens of its login: it may have been stolen.",
    )
    def post(self, request: Request) -> Response:
        """Answer the next pair."""
        tokens = tokens_renew(**body_of(request, RefreshIn), now=utc_now())
        return _pair(tokens)


class RevokeView(AuthView):
    """Ends a refresh token and all tokens of its login."""

    endpoints = {"POST": "auth.revoke"}

    @extend_schema(
        operation_id="auth_revoke",
        request=RevokeIn,
        responses={200: ENDED, 401: REFUSED},
        examples=[REFRESH_EXAMPLE],
        tags=["auth"],
        summary="Revoke tokens",
        description="Ends a refresh token and all tokens of its login, access tokens included.",
    )
    def post(self, request: Request) -> Response:
        """Answer an empty object."""
        tokens_revoke(**body_of(request, RevokeIn), now=utc_now())
        return Response({})
