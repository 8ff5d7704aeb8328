"""JWT for people and their programs: simplejwt behind our envelope and our rate limits."""

from drf_spectacular.utils import extend_schema
from rest_framework_simplejwt.views import (
    TokenBlacklistView,
    TokenObtainPairView,
    TokenRefreshView,
)

from lucidpay.api.views import LimitedView


class TokenView(LimitedView, TokenObtainPairView):
    """Exchanges a user name and a password for an access and a refresh token."""

    authentication_classes = ()
    permission_classes = ()
    endpoints = {"POST": "auth.token"}


class RefreshView(LimitedView, TokenRefreshView):
    """Exchanges a refresh token for a new pair; the old refresh token ends."""

    authentication_classes = ()
    permission_classes = ()
    endpoints = {"POST": "auth.refresh"}


@extend_schema(responses={200: None})
class RevokeView(LimitedView, TokenBlacklistView):
    """Ends a refresh token."""

    authentication_classes = ()
    permission_classes = ()
    endpoints = {"POST": "auth.revoke"}
