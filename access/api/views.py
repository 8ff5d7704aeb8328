"""JWT for people and their programs: simplejwt behind our envelope and our rate limits."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework_simplejwt.views import TokenViewBase

from access.api.serializers import RefreshIn, RevokeIn, TokenIn
from lucidpay.api.query import NoQuery, query_of
from lucidpay.api.schema import error_response
from lucidpay.api.views import LimitedView

REFUSED = error_response("Missing, invalid or expired credentials", "LUCID_ERR_1002")


class TokensOut(serializers.Serializer):
    """A pair: the access token for calls, the refresh token for the next pair."""

    refresh = serializers.CharField()
    access = serializers.CharField()


class AuthView(LimitedView, TokenViewBase):
    """A call that proves itself by its body."""

    authentication_classes = ()
    permission_classes = ()

    def post(self, request: Request, *args: object, **kwargs: object) -> Response:
        """Answer as simplejwt does; unknown query parameters are refused as everywhere."""
        query_of(request, NoQuery)
        return super().post(request, *args, **kwargs)


@extend_schema(
    operation_id="auth_token",
    request=TokenIn,
    responses={200: TokensOut, 401: REFUSED},
    tags=["auth"],
    summary="Get tokens",
    description="Exchanges a user name and a password for an access and a refresh token.",
)
class TokenView(AuthView):
    """Exchanges a user name and a password for an access and a refresh token."""

    serializer_class = TokenIn
    endpoints = {"POST": "auth.token"}


@extend_schema(
    operation_id="auth_refresh",
    request=RefreshIn,
    responses={200: TokensOut, 401: REFUSED},
    tags=["auth"],
    summary="Renew tokens",
    description="Exchanges a refresh token for a new pair; the old refresh token ends.",
)
class RefreshView(AuthView):
    """Exchanges a refresh token for a new pair; the old refresh token ends."""

    serializer_class = RefreshIn
    endpoints = {"POST": "auth.refresh"}


@extend_schema(
    operation_id="auth_revoke",
    request=RevokeIn,
    responses={200: None, 401: REFUSED},
    tags=["auth"],
    summary="Revoke a refresh token",
    description="Ends a refresh token.",
)
class RevokeView(AuthView):
    """Ends a refresh token."""

    serializer_class = RevokeIn
    endpoints = {"POST": "auth.revoke"}
