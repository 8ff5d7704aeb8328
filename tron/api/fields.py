"""Addresses in bodies and paths: one error of their own where nothing else is wrong."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request

from lucidpay.api.fields import StrictCharField, StrictSerializer
from lucidpay.api.query import NoQuery, query_of
from lucidpay.errors import INVALID_ADDRESS, LucidError
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


def address_parameter(name: str = "address", whose: str = "Base58check.") -> OpenApiParameter:
    """Return the description of an address in a path."""
    return OpenApiParameter(
        name,
        ADDRESS_SCHEMA,
        OpenApiParameter.PATH,
        description=f"{whose} What is no address is 400 `{INVALID_ADDRESS}`.",
        examples=[OpenApiExample("address", value="TK31Bs4p7BZionueRbSrG5ZTfxPyHCLy3a")],
    )


def body_with_addresses(request: Request, serializer: type[StrictSerializer]) -> dict[str, Any]:
    """Return the validated body of a call that takes no query.

    Raises ``AddressRefused`` when a single address is all that is wrong with it, else the error
    that names all that is.
    """
    query_of(request, NoQuery)
    reader = serializer(data=request.data)
    if reader.is_valid():
        return dict(reader.validated_data)
    found = dict(reader.errors)
    given = request.data if isinstance(request.data, dict) else {}
    (name, *others) = found
    if not others and name in given and isinstance(reader.fields.get(name), AddressField):
        raise AddressRefused({name: [str(item) for item in found[name]]})
    raise serializers.ValidationError(reader.errors)
