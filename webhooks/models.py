"""The outbox: a fact and its announcement commit together."""

import pgtrigger
from django.db import models
from django.db.models import Q

from lucidpay.ids import new_id


class Event(models.Model):
    """Something that happened, with the body that will be told, frozen at that moment."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    type = models.CharField(max_length=40)
    subject = models.UUIDField()
    body = models.TextField(help_text="JSON, sent byte for byte.")
    created_at = models.DateTimeField()

    class Meta:
        indexes = [
            # The admin's filter. Every payout has these three, which need no index to be found.
            models.Index(
                fields=["type", "id"],
                condition=~Q(type="payout.created")
                & ~Q(type="payout.processing")
                & ~Q(type="payout.confirmed"),
                name="event_by_type",
            )
        ]
        triggers = [pgtrigger.Protect(name="event_frozen", operation=pgtrigger.Update)]

    def __str__(self) -> str:
        return f"{self.type} {self.subject}"
