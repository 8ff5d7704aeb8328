"""What the service endpoints tell, but for the stats (``stats_serializers.py``)."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from lucidpay.health import DEGRADED, HEALTHY, UNHEALTHY, UNKNOWN
from lucidpay.service.config import GROUPS, MASK
from lucidpay.service.restart import COMMAND
from lucidpay.services import SERVICES


class LiveOut(serializers.Serializer):
    """The process answers."""

    status = serializers.ChoiceField(choices=["alive"])


class ReadyPartOut(serializers.Serializer):
    """Whether a part answers."""

    status = serializers.ChoiceField(choices=[HEALTHY, UNHEALTHY])


class ReadyChecksOut(serializers.Serializer):
    """Part by part."""

    database = ReadyPartOut()
    broker = ReadyPartOut()


class ReadyOut(serializers.Serializer):
    """Whether this process can serve requests."""

    status = serializers.ChoiceField(choices=["ready", "not_ready"])
    timestamp = serializers.DateTimeField()
    checks = ReadyChecksOut()


class QueueOut(serializers.Serializer):
    """A service's queue."""

    name = serializers.ChoiceField(choices=list(SERVICES))
    depth = serializers.IntegerField(allow_null=True, help_text="Tasks that wait for a worker.")


class ServingOut(serializers.Serializer):
    """The workers that serve a queue."""

    alive = serializers.IntegerField(allow_null=True)
    names = serializers.ListField(child=serializers.CharField(), allow_null=True)


class SuccessOut(serializers.Serializer):
    """A task that went well."""

    at = serializers.DateTimeField()
    task = serializers.CharField()


class FailureOut(SuccessOut):
    """A task that failed."""

    error = serializers.CharField(help_text="What it was, in short; the worker's log has the rest.")


class ServiceOut(serializers.Serializer):
    """How a service is."""

    status = serializers.ChoiceField(
        choices=[HEALTHY, DEGRADED, UNHEALTHY, UNKNOWN],
        help_text="`unhealthy`: no worker serves it. `degraded`: see `trouble`. `unknown`: Redis, "
        "which knows, is away.",
    )
    queue = QueueOut()
    workers = ServingOut()
    last_success = SuccessOut(allow_null=True)
    last_error = FailureOut(allow_null=True, help_text="Stays until there is another.")
    trouble = serializers.ListField(child=serializers.CharField(), help_text="What to look at.")


def _fields_of(names: Any, make: Any) -> dict[str, serializers.Field]:
    return {name: make() for name in names}


class ServicesOut(serializers.Serializer):
    """Each of the six services."""

    def get_fields(self) -> dict[str, Any]:
        """Return a field for each; their names are no names of Python."""
        return _fields_of(SERVICES, ServiceOut)


class StatusOut(serializers.Serializer):
    """How the services are."""

    timestamp = serializers.DateTimeField()
    services = ServicesOut()


@extend_schema_field({})
class SettingField(serializers.JSONField):
    """A setting of any kind."""


class ConfigOut(serializers.Serializer):
    """The settings in force, by group and name."""

    def get_fields(self) -> dict[str, Any]:
        """Return a field for each group; ``api`` and others could not be told apart as classes."""
        said = f"Setting → value. `{MASK}` is a secret that is set, null one that is not."
        return _fields_of(
            GROUPS, lambda: serializers.DictField(child=SettingField(), help_text=said)
        )


class AskedOut(serializers.Serializer):
    """What was asked of a worker, and what it said."""

    worker = serializers.CharField()
    asked = serializers.ChoiceField(choices=[COMMAND])
    said = serializers.CharField(allow_null=True, help_text="null: nothing in time.")


class RestartOut(serializers.Serializer):
    """What was asked of whom."""

    service = serializers.ChoiceField(choices=list(SERVICES))
    asked_at = serializers.DateTimeField()
    workers = AskedOut(many=True)
