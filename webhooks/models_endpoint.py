"""Who wants to hear of events, and where."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from access.audit import audited
from lucidpay.ids import new_id, public_id

# Boxes that a worker alone can open; no page loads them.
SEALED = ("sealed_secret", "sealed_previous", "sealed_headers")
# What the machine notes for itself.
HEALTH = ("failures", "failing_since", "failed_at", "paused_until", "told_at")


class DisabledFor(models.TextChoices):
    """Why nothing is sent to an endpoint any more."""

    OWNER = "owner", "somebody switched it off"
    FAILING = "failing", "it failed for too long"
    GONE = "gone", "it answered 410"


@audited(secret=list(SEALED), exclude=HEALTH)
class Endpoint(models.Model):
    """An address that events of certain types are sent to, signed with its secret."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    url = models.TextField(max_length=2000)
    events = ArrayField(models.CharField(max_length=40), help_text="Types it is told of.")
    is_active = models.BooleanField(default=True)
    # Boxes that a worker alone can open (webhooks/secrets.py).
    sealed_secret = models.TextField(editable=False)
    sealed_previous = models.TextField(
        blank=True, editable=False, help_text="The secret before, which signs as well for a while."
    )
    previous_until = models.DateTimeField(null=True)
    sealed_headers = models.TextField(blank=True, editable=False)
    header_names = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True)
    disabled_at = models.DateTimeField(null=True)
    disabled_for = models.CharField(max_length=10, choices=DisabledFor, blank=True)
    told_at = models.DateTimeField(null=True, help_text="When its owner was told.")
    failures = models.PositiveIntegerField(default=0, help_text="In a row.")
    failing_since = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True, help_text="The last time.")
    paused_until = models.DateTimeField(null=True, help_text="It asked to be left alone so long.")

    class Meta:
        indexes = [
            models.Index(
                fields=["owner", "-id"], condition=Q(deleted_at=None), name="endpoint_kept"
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(is_active=False) | Q(disabled_at=None, deleted_at=None),
                name="endpoint_active_or_disabled",
            )
        ]

    def __str__(self) -> str:
        return self.url

    @property
    def public_id(self) -> str:
        """Return the id that the outside knows."""
        return public_id("webhook", self.pk)
