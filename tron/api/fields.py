"""Addresses in bodies and paths: one error of their own where nothing else is wrong."""

from typing import Any, cast

from drf_spectacular.utils import OpenApiParameter, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request

from lucidpay.api.fields import StrictCharField, StrictSerializer
from lucidpay.api.query import NoQuery, query_of
from lucidpay.errors import INVALID_ADDRESS, LucidError, ValidationFailed
from tron.address import InvalidAddress, address_parse

ADDRESS_PATTERN = "^T[1-9A-HJ-NP-Za-km-z]{33}$"
ADDRESS_SCHEMA = {"type": "string", "format": "tron-address", "pattern": ADDRESS_PATTERN}
NOT_AN_ADDRESS = "Not a TRON address: 34 characters from T on, with a valid checksum."


class AddressRefused(LucidError):
    """Invalid TRON address format"""

    code = INVALID_ADDRESS
    status_code = 400


@extend_schema_field(ADDRESS_SCHEMA)
class AddressField(StrictCharField):
    """A base58check TRON address."""

    def to_internal_value(self, data: Any) -> str:
        """Return the address, or raise when its shape, alphabet, checksum or prefix is wrong."""
        try:
            address_parse(data)
        except InvalidAddress:
            raise serializers.ValidationError(NOT_AN_ADDRESS) from None
        return str(data)


def address_of_path(text: str, name: str = "address") -> str:
    """Return the address that a path names, or raise ``AddressRefused``."""
    try:
        address_parse(text)
    except InvalidAddress:
        raise AddressRefused({name: [NOT_AN_ADDRESS]}) from None
    return text


def address_parameter(name: str = "address") -> OpenApiParameter:
    """Return the description of an address in a path."""
    return OpenApiParameter(
        name,
        ADDRESS_SCHEMA,
        OpenApiParameter.PATH,
        description="Base58check, `T…`.",
    )


def body_with_addresses(request: Request, serializer: type[StrictSerializer]) -> dict[str, Any]:
    """Return the validated body of a call that takes no query.

    Raises ``AddressRefused`` when addresses are all that is wrong with it, else
    ``ValidationFailed`` with all that is.
    """
    query_of(request, NoQuery)
    reader = serializer(data=request.data)
    if reader.is_valid():
        return dict(reader.validated_data)
    found = cast(dict[str, list[Any]], reader.errors)
    given = request.data if isinstance(request.data, dict) else {}
    wrong = {name for name in found if name in given}
    addresses = {name for name in found if isinstance(reader.fields.get(name), AddressField)}
    if found and wrong == addresses == set(found):
        raise AddressRefused({name: [str(item) for item in found[name]] for name in found})
    reader.is_valid(raise_exception=True)
    raise ValidationFailed
