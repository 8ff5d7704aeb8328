"""What is sent to whom, and how that went."""

from django.db import models
from django.db.models import Q

from lucidpay.ids import new_id, public_id
from webhooks.models_endpoint import Endpoint


class Delivery(models.Model):
    """One event on its way to one endpoint.

    It is claimed by moving ``due_at`` on, committed before the first byte leaves: a worker that
    dies while it sends only delays the next try.
    """

    class Status(models.TextChoices):
        PENDING = "pending", "on its way"
        DELIVERED = "delivered", "taken by its receiver"
        EXHAUSTED = "exhausted", "given up after the last try"
        CANCELLED = "cancelled", "its endpoint is gone"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    # Its indexes begin with the endpoint.
    endpoint = models.ForeignKey(Endpoint, on_delete=models.PROTECT, db_index=False)
    event = models.ForeignKey("Event", on_delete=models.CASCADE)
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING)
    due_at = models.DateTimeField(help_text="When it is sent next.")
    tries = models.PositiveSmallIntegerField(
        default=0, help_text="Since it was due first, or was asked for again."
    )
    attempts = models.PositiveIntegerField(default=0, help_text="In all.")
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "event"], name="delivery_once"),
        ]
        indexes = [
            models.Index(
                fields=["endpoint", "due_at"], condition=Q(status="pending"), name="delivery_due"
            ),
            # Lists ask for each status by itself, so that a rare one is not looked for in all.
            models.Index(fields=["endpoint", "status", "-id"], name="delivery_log"),
            models.Index(
                fields=["status", "-id"],
                condition=Q(status__in=["exhausted", "cancelled"]),
                name="delivery_lost",
            ),
            models.Index(
                fields=["endpoint", "ended_at"],
                condition=Q(status="exhausted"),
                name="delivery_exhausted",
            ),
            models.Index(
                fields=["ended_at"], condition=Q(ended_at__isnull=False), name="delivery_ended"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.public_id}: {self.status}"

    @property
    def public_id(self) -> str:
        """Return the id that the outside knows."""
        return public_id("delivery", self.pk)


class Attempt(models.Model):
    """One request and what came of it, cut to what a person reads."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE)
    number = models.PositiveIntegerField()
    at = models.DateTimeField()
    took_ms = models.PositiveIntegerField()
    outcome = models.CharField(max_length=12, help_text="As counted by Outcome.")
    url = models.TextField()
    request_headers = models.JSONField()
    status_code = models.PositiveSmallIntegerField(null=True)
    response_headers = models.JSONField(null=True)
    response_body = models.TextField(blank=True)
    error = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return f"{self.delivery_id} {self.number}: {self.outcome}"


class Outcome(models.Model):
    """How many attempts ended so, since ever: attempts themselves are forgotten."""

    class Kind(models.TextChoices):
        DELIVERED = "delivered", "2xx"
        REFUSED = "refused", "another status"
        TIMEOUT = "timeout", "no answer in time"
        UNREACHABLE = "unreachable", "no connection, or one that broke"
        FORBIDDEN = "forbidden", "an address that nothing is sent to"
        UNSIGNED = "unsigned", "its secret does not open"

    kind = models.CharField(primary_key=True, max_length=12, choices=Kind)
    count = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.kind}: {self.count}"
