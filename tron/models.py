"""What is known of the chain: our transactions, the scanner's place, flows of watched addresses."""

import pgtrigger
from django.db import models
from django.db.models import Q

from lucidpay.arrows import arrows
from tron.kinds import FINAL as FINAL
from tron.kinds import LIVE as LIVE
from tron.kinds import PAID_NOTHING as PAID_NOTHING
from tron.kinds import Purpose as Purpose
from tron.kinds import TxKind as TxKind
from tron.kinds import TxStatus as TxStatus
from tron.models_flows import ChainFlow as ChainFlow
from tron.models_flows import WatchedAddress as WatchedAddress
from tron.models_flows import WatchedPair as WatchedPair
from tron.models_halt import Halt as Halt
from tron.models_halt import HaltCause as HaltCause


class ChainTransaction(models.Model):
    """One transaction of ours: written before its first byte leaves, kept for good."""

    txid = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=20, choices=TxKind, default=TxKind.TRANSFER)
    purpose = models.CharField(max_length=10, choices=Purpose, default=Purpose.PAYOUT)
    subject = models.UUIDField(help_text="What it is for: the id of a payout or an operation.")
    sender = models.CharField(max_length=34)
    recipient = models.CharField(max_length=34, blank=True)
    contract = models.CharField(max_length=34, blank=True)
    amount_micro = models.BigIntegerField(help_text="Of USDT or TRX: both have six decimals.")
    terms = models.JSONField(null=True, help_text="What else its kind needs: resource, votes, …")
    memo = models.CharField(max_length=200, blank=True)
    permission = models.JSONField(
        null=True, help_text="Who may sign, with which weights; none means the sender alone."
    )
    fee_limit_sun = models.BigIntegerField()
    energy_estimate = models.BigIntegerField(default=0, help_text="What it was expected to use.")
    ref_block_number = models.BigIntegerField()
    ref_block_id = models.CharField(max_length=64)
    expiration_ms = models.BigIntegerField()
    timestamp_ms = models.BigIntegerField()
    # Hex text: it is what nodes are sent, and a BinaryField would switch off fast bulk inserts.
    signed_hex = models.TextField()
    status = models.CharField(max_length=12, choices=TxStatus, default=TxStatus.SIGNED)
    sends = models.PositiveIntegerField(default=0)
    next_send_at = models.DateTimeField(null=True)
    last_answer = models.CharField(max_length=60, blank=True)
    found = models.CharField(
        max_length=12, blank=True, help_text="How it ended, by the node that told its block."
    )
    result = models.CharField(max_length=40, blank=True, help_text="receipt.result")
    block_number = models.BigIntegerField(null=True)
    block_id = models.CharField(max_length=64, blank=True)
    block_time_ms = models.BigIntegerField(null=True)
    confirmations = models.PositiveIntegerField(null=True)
    fee_sun = models.BigIntegerField(null=True)
    energy_used = models.BigIntegerField(null=True)
    energy_staked = models.BigIntegerField(
        null=True, help_text="Of it, what stake has paid for and nothing was burned for."
    )
    proof = models.JSONField(null=True, help_text="Why it can never be included any more.")
    created_at = models.DateTimeField()
    final_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True, help_text="Its end has been acted upon.")

    class Meta:
        verbose_name = "chain transaction"
        constraints = [
            # Invariant: at most one transaction per subject that has paid or still could.
            models.UniqueConstraint(
                fields=["subject"],
                condition=~Q(status__in=PAID_NOTHING),
                name="chain_tx_one_live_per_subject",
            ),
            models.CheckConstraint(
                condition=Q(amount_micro__gt=0)
                | Q(amount_micro=0) & ~Q(kind__in=(TxKind.TRANSFER, TxKind.TRANSFER_TRX)),
                name="chain_tx_amount_positive",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=(TxStatus.SUCCEEDED, TxStatus.FAILED))
                | Q(block_number__isnull=False, block_time_ms__isnull=False),
                name="chain_tx_end_has_block",
            ),
            models.CheckConstraint(
                condition=~Q(status=TxStatus.DEAD) | Q(proof__isnull=False),
                name="chain_tx_death_has_proof",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_send_at"], condition=Q(status__in=LIVE), name="chain_tx_to_send"
            ),
            models.Index(
                fields=["expiration_ms"], condition=Q(status__in=LIVE), name="chain_tx_to_expire"
            ),
            models.Index(
                fields=["id"],
                condition=Q(status__in=FINAL, settled_at=None),
                name="chain_tx_to_settle",
            ),
            models.Index(fields=["subject"], name="chain_tx_by_subject"),
            # The admin's filter. Nearly all have succeeded, and need no index to be found.
            models.Index(
                fields=["status", "id"],
                condition=~Q(status=TxStatus.SUCCEEDED),
                name="chain_tx_by_status",
            ),
            # What retention asks: which blocks the proofs of deaths begin with.
            models.Index(
                fields=["ref_block_number"],
                condition=Q(status=TxStatus.DEAD),
                name="chain_tx_dead_by_reference",
            ),
            models.Index(
                fields=["block_number"],
                condition=Q(block_number__isnull=False),
                name="chain_tx_by_block",
            ),
        ]
        triggers = [
            arrows(
                "chain_tx_arrows",
                "status",
                [
                    (TxStatus.AWAITING, TxStatus.SIGNED),
                    (TxStatus.SIGNED, TxStatus.SENT),
                    *((live, final) for live in LIVE for final in FINAL),
                ],
            ),
            pgtrigger.Protect(name="chain_tx_kept_for_good", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="chain_tx_bytes_frozen",
                operation=pgtrigger.UpdateOf(
                    "txid",
                    "kind",
                    "purpose",
                    "subject",
                    "sender",
                    "recipient",
                    "contract",
                    "amount_micro",
                    "fee_limit_sun",
                    "timestamp_ms",
                    "terms",
                    "memo",
                    "permission",
                    # The proof of death rests on these three.
                    "expiration_ms",
                    "ref_block_id",
                    "ref_block_number",
                ),
                when=pgtrigger.Before,
                func="RAISE EXCEPTION 'what was signed cannot be changed';",
            ),
            # Signatures are collected while it waits for them, and never after.
            pgtrigger.Trigger(
                name="chain_tx_signatures_frozen",
                operation=pgtrigger.UpdateOf("signed_hex"),
                when=pgtrigger.Before,
                condition=pgtrigger.Condition("OLD.status <> 'awaiting'"),
                func="RAISE EXCEPTION 'what was signed cannot be changed';",
            ),
        ]

    def __str__(self) -> str:
        return self.txid


class NodeAnswer(models.Model):
    """What a node said to one sending. Evidence for people; no state follows from it."""

    transaction = models.ForeignKey(
        ChainTransaction, on_delete=models.CASCADE, related_name="answers"
    )
    node = models.CharField(max_length=200)
    outcome = models.CharField(max_length=20)
    code = models.CharField(max_length=60)
    message = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.node}: {self.code}"


class ScanCursor(models.Model):
    """Where the scanner stands: every solid block from ``first_number`` to here was read.

    One row. Its block is also the reference block of what is signed, so a proof of death never
    needs a block from before the scan.
    """

    genesis_id = models.CharField(max_length=64, primary_key=True)
    first_number = models.BigIntegerField()
    number = models.BigIntegerField()
    block_id = models.CharField(max_length=64)
    time_ms = models.BigIntegerField()
    # Two nodes told the same up to here. With one node configured it goes with ``number``.
    agreed_number = models.BigIntegerField()
    solid_number = models.BigIntegerField(help_text="The node's solid head at the last look.")
    head_number = models.BigIntegerField()
    head_time_ms = models.BigIntegerField()
    swept_number = models.BigIntegerField(
        default=0, help_text="Up to here only the blocks that a proof needs were kept."
    )
    node = models.CharField(max_length=200)
    seen_at = models.DateTimeField(help_text="When a node last answered.")

    def __str__(self) -> str:
        return f"block {self.number}"


class ScannedBlock(models.Model):
    """A solid block that was read: the links of the chain in every proof."""

    number = models.BigIntegerField(primary_key=True)
    block_id = models.CharField(max_length=64)
    parent_id = models.CharField(max_length=64)
    time_ms = models.BigIntegerField()
    transaction_count = models.PositiveIntegerField()
    txids_hash = models.CharField(max_length=64, help_text="SHA-256 of its txids, in order.")
    node = models.CharField(max_length=200, help_text="Who told it.")
    agreed_by = models.CharField(max_length=200, blank=True, help_text="Who else told the same.")

    def __str__(self) -> str:
        return f"block {self.number}"


class NodeState(models.Model):
    """What was last seen of a configured node: for choosing among them, and for people."""

    name = models.CharField(max_length=200, primary_key=True)
    head_number = models.BigIntegerField(null=True)
    head_time_ms = models.BigIntegerField(null=True)
    solid_number = models.BigIntegerField(null=True)
    peers = models.IntegerField(null=True)
    latency_ms = models.PositiveIntegerField(null=True)
    failures = models.PositiveIntegerField(default=0, help_text="In a row.")
    last_error = models.CharField(max_length=300, blank=True)
    throttled_until = models.DateTimeField(null=True)
    genesis_id = models.CharField(max_length=64, blank=True, help_text="Its block 0.")
    looked_at = models.DateTimeField(null=True, help_text="When its heights were seen.")
    answered_at = models.DateTimeField(null=True)
    checked_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
