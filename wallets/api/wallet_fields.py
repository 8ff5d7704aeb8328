"""Fields of wallets that come in."""

import re
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from lucidpay.api.fields import StrictCharField, WholeField
from wallets.services.backup import PASSWORD_MIN
from wallets.vault import WORDS, NotAPath, NotAPrivateKey, path_check

PASSWORD_MAX = 1000


@extend_schema_field({"type": "integer", "enum": list(WORDS)})
class WordCountField(WholeField):
    """How many words."""

    default_error_messages = {"count": "12, 15, 18, 21 or 24."}

    def to_internal_value(self, data: Any) -> int:
        """Return the number, or raise when there are no mnemonics of so many."""
        count = super().to_internal_value(data)
        if count not in WORDS:
            self.fail("count")
        return count


@extend_schema_field({"type": "object", "additionalProperties": True})
class KeystoreField(serializers.Field):
    """A Web3 keystore V3; what is in it is looked at when it is opened."""

    default_error_messages = {"invalid": "A JSON object is required."}

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Return the object, or raise when it is none."""
        if not isinstance(data, dict):
            self.fail("invalid")
        return dict(data)


class SecretField(StrictCharField):
    """A secret, whose blanks count."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(trim_whitespace=False, write_only=True, **kwargs)


PRIVATE_KEY_PATTERN = "^(0x)?[0-9a-fA-F]{64}$"


@extend_schema_field({"type": "string", "pattern": PRIVATE_KEY_PATTERN, "writeOnly": True})
class PrivateKeyField(SecretField):
    """A private key, by its looks; whether it is one, the vault says."""

    def to_internal_value(self, data: Any) -> str:
        """Return the text, or raise, without it, when it is not 64 hex digits."""
        text = super().to_internal_value(data)
        if re.fullmatch(PRIVATE_KEY_PATTERN, text, re.ASCII) is None:
            raise serializers.ValidationError(str(NotAPrivateKey.__doc__))
        return text


@extend_schema_field(
    {"type": "string", "pattern": "^m/44'/195'/(0|[1-9][0-9]{0,8})'/0/(0|[1-9][0-9]{0,8})$"}
)
class PathField(StrictCharField):
    """Where in a wallet a key is."""

    def to_internal_value(self, data: Any) -> str:
        """Return the path, or raise when it is none of TRON's."""
        text = super().to_internal_value(data)
        try:
            path_check(text)
        except NotAPath:
            raise serializers.ValidationError(str(NotAPath.__doc__)) from None
        return text


def backup_password() -> SecretField:
    """Return the field of a password that a backup is to be opened with."""
    return SecretField(
        min_length=PASSWORD_MIN,
        max_length=PASSWORD_MAX,
        help_text="Nobody can open the backup without it; it is not kept.",
    )
