"""What the kill switch is told and tells."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from lucidpay.api.fields import StrictCharField, StrictSerializer
from tron.halt import REASON_MAX, open_halts
from tron.models import HaltCause

HALTS_MAX = 100
ID_MAX = 2**63 - 1


class FlagField(serializers.BooleanField):
    """true or false: DRF's own field would take "off", 0 and "f"."""

    def to_internal_value(self, data: Any) -> bool:
        """Return the flag, or raise when it is something else."""
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


@extend_schema_field({"type": "integer", "minimum": 1, "maximum": ID_MAX})
class HaltIdField(serializers.Field):
    """The id of a halt."""

    default_error_messages = {"invalid": "Not the id of a halt."}

    def to_internal_value(self, data: Any) -> int:
        """Return the id, or raise when it is none."""
        if isinstance(data, bool) or not isinstance(data, int) or not 1 <= data <= ID_MAX:
            self.fail("invalid")
        return data

    def to_representation(self, value: int) -> int:
        """Return the id."""
        return value


class KillSwitchIn(StrictSerializer):
    """Pull it, or let go of the halts that were read, one by one."""

    schema_rules = {
        "oneOf": [
            {"properties": {"on": {"const": True}}, "not": {"required": ["halts"]}},
            {"properties": {"on": {"const": False}}, "required": ["halts"]},
        ]
    }

    on = FlagField(help_text="true stops all signing and sending; false lifts the named halts.")
    reason = StrictCharField(max_length=REASON_MAX, help_text="Kept with your name, for good.")
    halts = serializers.ListField(
        child=HaltIdField(),
        required=False,
        min_length=1,
        max_length=HALTS_MAX,
        help_text="With `on: false`: the ids to lift. One that came meanwhile stays.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse to lift without naming what, and to pull with names of something else."""
        if attrs["on"] and "halts" in attrs:
            raise serializers.ValidationError({"halts": ["Only together with on: false."]})
        if not attrs["on"] and "halts" not in attrs:
            raise serializers.ValidationError({"halts": ["Name the halts to lift."]})
        return attrs


class HaltOut(serializers.Serializer):
    """One reason why nothing is signed and nothing is sent."""

    id = serializers.IntegerField()
    cause = serializers.ChoiceField(choices=HaltCause.choices)
    subject = serializers.CharField(help_text="What it is about: a txid, an address, a node.")
    reason = serializers.CharField()
    by = serializers.CharField()
    at = serializers.DateTimeField()


class KillSwitchOut(serializers.Serializer):
    """Whether all stands still, and why."""

    on = serializers.BooleanField()
    halts = HaltOut(many=True, help_text="Those that are open, the oldest first.")


def kill_switch_body() -> dict[str, Any]:
    """Return the switch as it stands now."""
    halts = open_halts()
    return {"on": bool(halts), "halts": HaltOut(halts, many=True).data}
