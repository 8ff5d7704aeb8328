"""What is watched on the chain, and the money that moved there."""

from django.db import models
from django.db.models import Q

from tron.columns import AddressBody


class WatchedAddress(models.Model):
    """An address whose flows are recorded, from a block on."""

    address = models.CharField(max_length=34, primary_key=True)
    body = AddressBody(unique=True)
    from_block = models.BigIntegerField()

    def __str__(self) -> str:
        return self.address


class WatchedPair(models.Model):
    """Somebody who is to pay somebody else, neither of them ours: their USDT flows are recorded.

    Watched while a payment between them is open; removed afterwards.
    """

    sender = models.CharField(max_length=34)
    recipient = models.CharField(max_length=34)
    sender_body = AddressBody(of="sender")
    recipient_body = AddressBody(of="recipient")
    from_block = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sender", "recipient"], name="watched_pair_once")
        ]
        indexes = [
            models.Index(fields=["recipient_body", "sender_body"], name="watched_pair_by_bodies")
        ]

    def __str__(self) -> str:
        return f"{self.sender} → {self.recipient}"


class ChainFlow(models.Model):
    """Money that moved to or from a watched address in a solid block.

    ``log_index`` counts the Transfer logs of a receipt; below 0 stand the movements of TRX
    (``tron/flows.py``). An empty sender or recipient is the network: fees, stakes.
    """

    txid = models.CharField(max_length=64)
    log_index = models.IntegerField()
    asset = models.CharField(max_length=4)
    sender = models.CharField(max_length=34)
    recipient = models.CharField(max_length=34, blank=True)
    units = models.BigIntegerField()
    block_number = models.BigIntegerField()
    block_time_ms = models.BigIntegerField()
    booked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["txid", "log_index"], name="chain_flow_once")
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(booked_at=None), name="chain_flow_to_book"),
            # An address's history, newest first, at a cost that does not grow with all others'.
            models.Index(fields=["sender", "asset", "id"], name="chain_flow_by_sender"),
            models.Index(fields=["recipient", "asset", "id"], name="chain_flow_by_recipient"),
        ]

    def __str__(self) -> str:
        return f"{self.txid}/{self.log_index}"
