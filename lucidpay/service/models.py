"""Who had a service restarted, and what its workers said."""

import pgtrigger
from django.db import models

from access.audit import audited
from lucidpay.ids import new_id
from lucidpay.services import SERVICES


@audited()
class ServiceRestart(models.Model):
    """A restart of a service: written before its workers are asked, completed with their answers.

    One that was never completed tells that whoever asked died meanwhile, or lost the broker.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    service = models.CharField(max_length=20, choices=[(name, name) for name in SERVICES])
    by = models.CharField(max_length=150, help_text="The user who asked.")
    request_id = models.CharField(max_length=128)
    asked_at = models.DateTimeField()
    asked = models.JSONField(default=list, help_text="The workers that serve it.")
    said = models.JSONField(default=dict, help_text="Worker → its answer, as it gave it.")
    ended_at = models.DateTimeField(null=True, help_text="When all that was said was known.")

    class Meta:
        triggers = [
            pgtrigger.Protect(name="restart_kept_for_good", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="restart_ends_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__ended_at__isnull=False),
            ),
            pgtrigger.Protect(
                name="restart_asked_once",
                operation=pgtrigger.UpdateOf("service", "by", "request_id", "asked_at", "asked"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.service} by {self.by}"
