"""simplejwt's bodies, with unknown fields refused as everywhere."""

from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from rest_framework.exceptions import AuthenticationFailed
from rest_framework_simplejwt.serializers import (
    TokenBlacklistSerializer,
    TokenObtainPairSerializer,
    TokenRefreshSerializer,
)

from lucidpay.api.fields import StrictSerializer


class TokenIn(StrictSerializer, TokenObtainPairSerializer):
    """A user name and a password."""


class RefreshIn(StrictSerializer, TokenRefreshSerializer):
    """A refresh token."""

    def validate(self, attrs: dict[str, Any]) -> dict[str, str]:
        """Return the new pair, or raise when the token's user is gone."""
        try:
            return super().validate(attrs)
        except ObjectDoesNotExist as error:
            raise AuthenticationFailed from error


class RevokeIn(StrictSerializer, TokenBlacklistSerializer):
    """A refresh token."""
