"""Bodies of `/api/auth/`; unknown fields are refused as everywhere."""

from rest_framework import serializers

from lucidpay.api.fields import StrictSerializer


class TokenIn(StrictSerializer):
    """A user name and a password."""

    username = serializers.CharField(write_only=True)
    # As it was typed: blanks at its ends are part of it.
    password = serializers.CharField(
        write_only=True, trim_whitespace=False, style={"input_type": "password"}
    )


class RefreshIn(StrictSerializer):
    """A refresh token."""

    refresh = serializers.CharField(write_only=True)


class RevokeIn(StrictSerializer):
    """A refresh token."""

    refresh = serializers.CharField(write_only=True)


class TokensOut(serializers.Serializer):
    """A pair: the access token for calls, the refresh token for the next pair."""

    refresh = serializers.CharField()
    access = serializers.CharField()
