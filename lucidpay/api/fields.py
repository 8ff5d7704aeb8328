"""Serializer parts that every API shares: strict input, exact money."""

import re
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from lucidpay.money import PLACES, InvalidAmount, tokens_of, units_of

_DECIMAL_STRING = re.compile(r"\d{1,16}(\.\d{1,18})?", re.ASCII)


class StrictSerializer(serializers.Serializer):
    """Refuses fields it does not know: a mistyped ``amount`` must not pass silently.

    ``schema_rules`` tells in JSON Schema what ``validate`` asks of several fields together.
    """

    schema_rules: dict[str, Any] = {}

    def to_internal_value(self, data: Any) -> Any:
        """Return the validated fields, or raise with every wrong and unknown one named."""
        known = {name for name, field in self.fields.items() if not field.read_only}
        unknown = sorted(set(data) - known) if isinstance(data, dict) else []
        found: dict[str, Any] = {name: ["Unknown field."] for name in unknown}
        try:
            value = super().to_internal_value(data)
        except serializers.ValidationError as error:
            raise serializers.ValidationError({**error.detail, **found}) from error  # type: ignore[dict-item]
        if found:
            raise serializers.ValidationError(found)
        return value


class NothingIn(StrictSerializer):
    """No field is known."""


@cache
def reader_of(serializer: type[StrictSerializer]) -> StrictSerializer:
    """Return the one that reads all that comes in this shape, by ``run_validation``.

    To make one copies every field, and they keep nothing of what they read.
    """
    return serializer()


class StrictCharField(serializers.CharField):
    """Text only: DRF's own field would take the number 5 for the text "5".

    Control characters are refused, NUL above all, which PostgreSQL cannot store.
    """

    default_error_messages = {"control": "Control characters are not allowed."}

    def to_internal_value(self, data: Any) -> str:
        """Return the text, or raise when it is something else."""
        if not isinstance(data, str):
            self.fail("invalid")
        if any(ord(character) < 32 or 127 <= ord(character) < 160 for character in data):
            self.fail("control")
        # Before the blanks at its ends go: what is too long is not made to fit.
        if self.max_length is not None and len(data) > self.max_length:
            self.fail("max_length", max_length=self.max_length)
        return super().to_internal_value(data)


class WholeField(serializers.IntegerField):
    """A whole number, of JSON's as 5.0 is one: DRF's own field would take "5" as well."""

    def to_internal_value(self, data: Any) -> int:
        """Return the number, or raise when it is something else."""
        if isinstance(data, bool) or not isinstance(data, int | Decimal):
            self.fail("invalid")
        # Not ``data % 1``, which fails on more digits than the context has.
        if isinstance(data, Decimal) and data != data.to_integral_value():
            self.fail("invalid")
        return int(data)


class AmountField(serializers.Field):
    """An amount of whole tokens, as a JSON number or a decimal string; base units inside."""

    default_error_messages = {
        "invalid": "A number or a decimal string such as 12.50 is required.",
        "places": "At most {places} decimals are allowed.",
        "range": "The amount must be from {low} to {high}.",
    }

    def __init__(self, *, low_units: int, high_units: int, places: int, **kwargs: Any) -> None:
        self.low_units, self.high_units, self.places = low_units, high_units, places
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> int:
        """Return base units; refuses booleans, NaN, exponents in strings and what rounds."""
        amount = self._decimal(data)
        if amount != amount.quantize(Decimal(1).scaleb(-self.places)):
            self.fail("places", places=self.places)
        # The smallest unit above the largest amount of all is no amount any more.
        if not self.low_units <= amount.scaleb(PLACES) <= self.high_units:
            self._fail_range()
        return units_of(amount)

    def _decimal(self, data: Any) -> Decimal:
        if isinstance(data, str) and _DECIMAL_STRING.fullmatch(data):
            data = Decimal(data)
        if isinstance(data, bool) or not isinstance(data, int | Decimal):
            self.fail("invalid")
        try:
            units_of(Decimal(data).quantize(Decimal(1)))
        except (InvalidAmount, InvalidOperation):
            self._fail_range()
        return Decimal(data)

    def _fail_range(self) -> None:
        self.fail("range", low=tokens_of(self.low_units), high=tokens_of(self.high_units))

    def to_representation(self, value: int) -> Decimal:
        """Return whole tokens, exact."""
        return tokens_of(value)


@extend_schema_field({"type": "number", "description": "At most 6 decimals."})
class TokensField(serializers.Field):
    """Base units going out as whole tokens."""

    def to_representation(self, value: int) -> Decimal:
        """Return whole tokens, exact."""
        return tokens_of(value)
