"""The outbox: a fact and its announcement commit together. Deliveries are in models_delivery."""

import pgtrigger
from django.db import models
from django.db.models import Q

from lucidpay.ids import new_id
from webhooks.models_delivery import Attempt, Delivery, Outcome
from webhooks.models_endpoint import Endpoint

__all__ = ["Attempt", "Delivery", "Endpoint", "Event", "Outcome", "Place", "Stream"]


class Event(models.Model):
    """Something that happened, with the body that will be told, frozen at that moment."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    type = models.CharField(max_length=40)
    subject = models.UUIDField()
    # A number and no foreign key: nobody is ever deleted who owns what events tell of, and every
    # payout would pay for the check.
    owner_id = models.IntegerField(
        null=True,  # of what happened before owners were noted
        help_text="Whose payout, batch or payment it is.",
    )
    body = models.TextField(help_text="JSON, sent byte for byte.")
    created_at = models.DateTimeField()

    class Meta:
        indexes = [
            # What was told of one payout, on its page in the admin.
            models.Index(fields=["subject", "id"], name="event_by_subject"),
            # The admin's filter. Every payout has these three, which need no index to be found.
            models.Index(
                fields=["type", "id"],
                condition=~Q(type="payout.created")
                & ~Q(type="payout.processing")
                & ~Q(type="payout.confirmed"),
                name="event_by_type",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="event_frozen", operation=pgtrigger.Update),
            # In the same statement, so that no event can ever be without a place.
            pgtrigger.Trigger(
                name="event_wants_place",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                referencing=pgtrigger.Referencing(new="new_rows"),
                func="""
                    INSERT INTO webhooks_place (event_id, owner_id)
                    SELECT id, owner_id FROM new_rows WHERE type <> 'webhook.test' ORDER BY id;
                    RETURN NULL;""",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.subject}"


class Place(models.Model):
    """Where an event stands: in everybody's stream, and in that of its owner.

    Numbers are given after the commit, by one at a time (``services/place.py``): those of
    transactions that run side by side would else appear out of order, and who reads on from the
    last number would miss some.
    """

    # The trigger above writes both rows, and services/forget.py takes both away: a check and an
    # index would be paid for by every payout.
    event = models.ForeignKey(
        Event, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    owner_id = models.IntegerField(null=True)
    sequence = models.BigIntegerField(null=True, help_text="Gapless, from 1.")
    owner_sequence = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sequence"], condition=Q(sequence__isnull=False), name="place_once"
            ),
            models.UniqueConstraint(
                fields=["owner_id", "owner_sequence"],
                condition=Q(sequence__isnull=False),
                name="place_of_owner_once",
            ),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(sequence=None), name="place_wanted"),
        ]
        triggers = [
            pgtrigger.Protect(
                name="place_is_final",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__sequence__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.sequence}"


class Stream(models.Model):
    """How far a stream has come; the row of everybody's is the lock under which places are given.

    Kept apart from the places, which are forgotten: no number is ever given twice.
    """

    EVERYBODY = 0

    owner_id = models.IntegerField(primary_key=True)
    last = models.BigIntegerField(default=0)
    forgotten_until = models.DateTimeField(
        null=True, help_text="Events up to then were forgotten, as their retention says."
    )

    def __str__(self) -> str:
        return f"{self.owner_id}: {self.last}"
