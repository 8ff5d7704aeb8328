"""The shapes of wallets that come in and go out."""

import re
from typing import Any

from rest_framework import serializers

from lucidpay.api.fields import (
    AmountField,
    StrictCharField,
    StrictSerializer,
    TokensField,
    WholeField,
)
from lucidpay.api.pagination import PageQuery, PaginationOut
from lucidpay.api.schema import id_pattern
from lucidpay.money import PLACES, UNITS_MAX
from tron.api.fields import ADDRESS_PATTERN, AddressField
from wallets.api.wallet_fields import (
    PASSWORD_MAX,
    KeystoreField,
    PathField,
    PrivateKeyField,
    SecretField,
    WordCountField,
    backup_password,
)
from wallets.models import SIGNED_BY_PEOPLE, WalletKind, WalletStatus
from wallets.services.permission_alone import FIRST_ACTIVE
from wallets.vault import PATH_DEFAULT

NAME_MAX = 100
# A permission's id is a byte of eight at most: 2 … 9.
PERMISSION_MAX = 9
WITH_KEY = (WalletKind.HOT, WalletKind.MULTISIG)
WITHOUT_KEY = (*SIGNED_BY_PEOPLE, WalletKind.WATCH)
SECRETS = ("private_key", "mnemonic", "keystore")
# What goes with which secret.
BESIDE = {"path": "mnemonic", "password": "keystore"}


class WalletNameField(StrictCharField):
    """A name for people; one that looks like an address would lead them astray."""

    def to_internal_value(self, data: Any) -> str:
        """Return the name, or raise when it is shaped like an address."""
        name = super().to_internal_value(data)
        if re.fullmatch(ADDRESS_PATTERN, name.strip()):
            raise serializers.ValidationError("A name must not look like an address.")
        return name


class WalletIn(StrictSerializer):
    """A wallet whose key is made here."""

    name = WalletNameField(max_length=NAME_MAX, help_text="Unique, for people.")
    kind = serializers.ChoiceField(choices=list(WITH_KEY), default=WalletKind.HOT)
    mnemonic_words = WordCountField(
        required=False,
        help_text="Let the key grow from so many words (BIP-39), shown once. Without: a key alone.",
    )


class WalletImportIn(StrictSerializer):
    """A wallet that exists already: with one secret, or without any."""

    schema_rules = {
        "oneOf": [
            *({"required": [name], "properties": {"kind": {"enum": list(WITH_KEY)}}}
              for name in SECRETS),
            {"required": ["address", "kind"],
             "properties": {"kind": {"enum": list(WITHOUT_KEY)}},
             "not": {"anyOf": [{"required": [name]} for name in (*SECRETS, "permission_id")]}},
        ],
        "dependentRequired": {"path": ["mnemonic"], "password": ["keystore"],
                              "keystore": ["password"], "permission_id": ["address"]},
    }  # fmt: skip

    name = WalletNameField(max_length=NAME_MAX, help_text="Unique, for people.")
    kind = serializers.ChoiceField(
        choices=WalletKind.values,
        required=False,
        help_text="With a secret `hot` (when absent) or `multisig`; without any the others.",
    )
    private_key = PrivateKeyField(required=False, max_length=70, help_text="64 hex digits.")
    mnemonic = SecretField(
        required=False, max_length=400, help_text="English words of BIP-39; no passphrase."
    )
    path = PathField(
        required=False, max_length=40, help_text=f"Of the mnemonic's key; {PATH_DEFAULT}."
    )
    keystore = KeystoreField(required=False, help_text="Web3 keystore V3.", write_only=True)
    password = SecretField(required=False, max_length=PASSWORD_MAX, help_text="The keystore's.")
    address = AddressField(
        required=False,
        help_text="Without a secret: the wallet's. With one: refused unless it is the key's own, "
        "or a `permission_id` says why not.",
    )
    permission_id = WholeField(
        required=False,
        min_value=FIRST_ACTIVE,
        max_value=PERMISSION_MAX,
        help_text="The active permission of `address` that the key meets alone.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse more than one secret, and what does not belong together."""
        wrong: dict[str, list[str]] = {}
        given = [name for name in SECRETS if name in attrs]
        if len(given) > 1:
            wrong |= {name: ["Give one secret alone."] for name in given}
        for name, owner in BESIDE.items():
            if name in attrs and owner not in attrs:
                wrong[name] = [f"Only together with {owner}."]
        if "keystore" in attrs and "password" not in attrs:
            wrong["password"] = ["This field is required."]
        wrong |= _with_secret(attrs) if given else _without_secret(attrs)
        if wrong:
            raise serializers.ValidationError(wrong)
        return attrs


def _with_secret(attrs: dict[str, Any]) -> dict[str, list[str]]:
    kind = attrs.get("kind", WalletKind.HOT)
    if kind not in WITH_KEY:
        return {"kind": ["With a key: hot or multisig. Its key must not be here for the others."]}
    if "permission_id" in attrs and "address" not in attrs:
        return {"address": ["Name the account whose permission it is."]}
    if "permission_id" in attrs and kind != WalletKind.HOT:
        return {"kind": ["A key that meets a permission alone makes a hot wallet."]}
    return {}


def _without_secret(attrs: dict[str, Any]) -> dict[str, list[str]]:
    wrong = {}
    if "address" not in attrs:
        wrong["address"] = ["Give private_key, mnemonic, keystore with password, or address."]
    if attrs.get("kind") not in WITHOUT_KEY:
        wrong["kind"] = [f"Without a key one of {', '.join(WITHOUT_KEY)}."]
    if "permission_id" in attrs:
        wrong["permission_id"] = ["Only together with a key."]
    return wrong


class BackupIn(StrictSerializer):
    """What a backup is to be opened with."""

    password = backup_password()


class RestoreIn(StrictSerializer):
    """A backup and what opens it."""

    keystore = KeystoreField(help_text="Web3 keystore V3 of this wallet's key.", write_only=True)
    password = SecretField(max_length=PASSWORD_MAX)


def alert_field() -> AmountField:
    """Return the field of a balance below which people are told; ``null``: they are not."""
    return AmountField(
        low_units=1,
        high_units=UNITS_MAX,
        places=PLACES,
        required=False,
        allow_null=True,
        help_text="Tell when the balance falls below; `null`: do not.",
    )


class WalletChangeIn(StrictSerializer):
    """What is to change; the rest stays."""

    schema_rules = {"minProperties": 1}

    name = WalletNameField(required=False, max_length=NAME_MAX)
    status = serializers.ChoiceField(
        required=False,
        choices=[WalletStatus.ACTIVE, WalletStatus.ARCHIVED],
        help_text="`archived` as DELETE; `active` takes it back into use.",
    )
    alert_below_usdt = alert_field()
    alert_below_trx = alert_field()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a change of nothing."""
        if not attrs:
            raise serializers.ValidationError({"body": ["Name what is to change."]})
        return attrs


class WalletListQuery(PageQuery):
    """Filters of the list."""

    status = serializers.ChoiceField(required=False, choices=WalletStatus.values)
    kind = serializers.ChoiceField(required=False, choices=WalletKind.values)


class PermissionOut(serializers.Serializer):
    """The active permission that a wallet's key signs with."""

    id = serializers.IntegerField(min_value=FIRST_ACTIVE)
    threshold = serializers.IntegerField(min_value=1)
    keys = serializers.DictField(
        child=serializers.IntegerField(min_value=1), help_text="Weights by address."
    )


class WalletOut(serializers.Serializer):
    """A wallet."""

    wallet_id = serializers.RegexField(id_pattern("wallet"))
    name = serializers.CharField(max_length=NAME_MAX)
    kind = serializers.ChoiceField(choices=WalletKind.values)
    address = serializers.CharField(allow_null=True, help_text="`null` until its key is made.")
    network = serializers.CharField()
    status = serializers.ChoiceField(choices=WalletStatus.values)
    has_key = serializers.BooleanField(help_text="Whether its key is here, sealed.")
    signer_address = serializers.CharField(
        allow_null=True, help_text="Of the key, where it is not the wallet's own."
    )
    permission = PermissionOut(allow_null=True, help_text="`null`: the owner's, alone.")
    alert_below_usdt = TokensField(allow_null=True, help_text="`null`: nobody is told.")
    alert_below_trx = TokensField(allow_null=True, help_text="`null`: nobody is told.")
    low_balance = serializers.BooleanField(help_text="Below one of the two.")
    backed_up_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class WalletMadeOut(WalletOut):
    """A new wallet, with its words if these were asked for."""

    mnemonic = serializers.CharField(
        allow_null=True, help_text="Shown this once. Write it down; it is not kept."
    )
    path = serializers.CharField(allow_null=True, help_text="Of the key that grows from it.")
    note = serializers.CharField(allow_null=True, help_text="What to do, while it has no key yet.")


class WalletListOut(serializers.Serializer):
    """A page of wallets."""

    wallets = WalletOut(many=True)
    pagination = PaginationOut()
    filters = serializers.DictField(help_text="The filters that were given.")


class BackupOut(serializers.Serializer):
    """A wallet's key under the password."""

    wallet_id = serializers.RegexField(id_pattern("wallet"))
    address = serializers.CharField(help_text="Of the key.")
    keystore = serializers.DictField(
        allow_null=True, help_text="Web3 keystore V3; `null` while no worker has made it."
    )
    note = serializers.CharField(allow_null=True, help_text="What to do, while there is none.")
