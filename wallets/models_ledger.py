"""The double-entry ledger, and what the chain says beside it."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from access.audit import audited
from lucidpay.arrows import arrows
from wallets.kinds import Asset


class Account(models.Model):
    """One account of the books.

    A wallet's own accounts mirror what is solid on chain; ``held`` of it is promised to signed
    payments. A merchant's says what we owe them, as a negative balance. The others (payouts,
    fees, funding, opening …) say where money came from and went, and carry no running balance:
    every payment would queue up for their row.
    """

    class Kind(models.TextChoices):
        """What the account stands for."""

        WALLET = "wallet", "a wallet's solid balance"
        PAYOUTS = "payouts", "paid to recipients"
        FEES = "fees", "burned for network fees"
        FUNDING = "funding", "received from outside"
        OPENING = "opening", "there before the books began"
        STAKED = "staked", "TRX that is staked, or being unstaked"
        REWARDS = "rewards", "rewards of votes"
        SENT = "sent", "TRX sent to others"
        SUSPENSE = "suspense", "unexplained: a person must say what it is"
        DEPOSITS = "deposits", "what lies at deposit addresses"
        PAYMENTS = "payments", "owed to payees and payers of payments under way"
        EARNED = "earned", "fees of payments, collected and not settled"
        BILLED = "billed", "fees that a merchant was billed"
        DUE = "due", "fees billed and not collected"
        MERCHANT = "merchant", "what a merchant has with us"
        SWAPS = "swaps", "exchanged for payers"
        CHARGED = "charged", "network costs that payers have borne"

    kind = models.CharField(max_length=10, choices=Kind)
    wallet = models.ForeignKey("wallets.Wallet", on_delete=models.PROTECT, null=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, db_index=False
    )
    asset = models.CharField(max_length=4, choices=Asset)
    balance_units = models.BigIntegerField(default=0)
    held_units = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "wallet", "owner", "asset"],
                name="account_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(wallet__isnull=False, kind="wallet")
                | (Q(wallet__isnull=True) & ~Q(kind="wallet")),
                name="account_wallet_has_wallet",
            ),
            models.CheckConstraint(
                condition=Q(owner__isnull=False, kind__in=("merchant", "billed"))
                | (Q(owner__isnull=True) & ~Q(kind__in=("merchant", "billed"))),
                name="account_merchant_has_owner",
            ),
            # What we owe stands on the negative side: below it a merchant would owe us.
            models.CheckConstraint(
                condition=~Q(kind="merchant") | Q(balance_units__lte=0),
                name="account_merchant_not_overdrawn",
            ),
            models.CheckConstraint(condition=Q(held_units__gte=0), name="account_held_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.asset} {self.wallet_id or ''}".strip()

    @property
    def free_units(self) -> int:
        """Return what is neither spent nor promised."""
        return self.balance_units - self.held_units


class Journal(models.Model):
    """One booking: its entries sum to zero per asset. Never changed, never deleted."""

    kind = models.CharField(max_length=20)
    reference = models.CharField(max_length=100, help_text="What was booked, once.")
    block_number = models.BigIntegerField(
        null=True, help_text="The solid block of it; none for what is not on chain."
    )
    by = models.CharField(max_length=100, blank=True, help_text="The person, if one decided.")
    note = models.CharField(max_length=500, blank=True, help_text="What that person said.")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "reference"], name="journal_once")]
        indexes = [models.Index(fields=["block_number"], name="journal_by_block")]
        triggers = [
            pgtrigger.Protect(
                name="journal_append_only", operation=pgtrigger.Update | pgtrigger.Delete
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.reference}"


class Entry(models.Model):
    """One side of a booking: units into (+) or out of (−) an account."""

    journal = models.ForeignKey(Journal, on_delete=models.PROTECT, related_name="entries")
    account = models.ForeignKey(Account, on_delete=models.PROTECT)
    asset = models.CharField(max_length=4, choices=Asset)
    units = models.BigIntegerField()

    class Meta:
        verbose_name_plural = "entries"
        triggers = [
            pgtrigger.Protect(
                name="entry_append_only", operation=pgtrigger.Update | pgtrigger.Delete
            ),
            # At the end of each statement: all entries of a journal are written in one. Looking
            # at every row, and that when all is committed, took longer than writing them.
            pgtrigger.Trigger(
                name="entries_sum_to_zero",
                level=pgtrigger.Statement,
                operation=pgtrigger.Insert,
                when=pgtrigger.After,
                referencing=pgtrigger.Referencing(new="new_rows"),
                declare=[("unbalanced", "bigint")],
                func="""
                    SELECT journal_id INTO unbalanced FROM new_rows
                     GROUP BY journal_id, asset HAVING sum(units) <> 0 LIMIT 1;
                    IF FOUND THEN
                        RAISE EXCEPTION 'journal % does not sum to zero', unbalanced;
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.units} {self.asset}"


class Hold(models.Model):
    """Money of a wallet that is promised to one signed payment: posted once, or voided once."""

    class Status(models.TextChoices):
        """Open, or the one of two ends."""

        OPEN = "open", "open"
        POSTED = "posted", "posted"
        VOIDED = "voided", "voided"

    subject = models.UUIDField(help_text="What it is for: the id of a payout or an operation.")
    account = models.ForeignKey(Account, on_delete=models.PROTECT)
    units = models.BigIntegerField()
    status = models.CharField(max_length=6, choices=Status, default=Status.OPEN)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "account"],
                condition=Q(status="open"),
                name="hold_one_open_per_subject",
            ),
            models.CheckConstraint(condition=Q(units__gte=0), name="hold_not_negative"),
        ]
        indexes = [
            models.Index(fields=["subject"], name="hold_by_subject"),
            # The admin's filter. Nearly all are posted, and need no index to be found.
            models.Index(
                fields=["status", "id"], condition=~Q(status="posted"), name="hold_by_status"
            ),
        ]
        triggers = [
            arrows("hold_ends_once", "status", [("open", "posted"), ("open", "voided")]),
            pgtrigger.Protect(name="hold_kept_for_good", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.units} {self.status}"


@audited()
class FundingSource(models.Model):
    """An address of our own, or of somebody we know, from which wallets are filled.

    What comes from it is booked without a question. Taken back, not deleted: the books name it.
    """

    address = models.CharField(max_length=34)
    note = models.CharField(max_length=200, blank=True)
    added_by = models.CharField(max_length=100)
    added_at = models.DateTimeField()
    removed_by = models.CharField(max_length=100, blank=True)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["address"], condition=Q(removed_at=None), name="funding_source_once"
            )
        ]
        triggers = [
            pgtrigger.Protect(name="funding_source_kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.address


class Snapshot(models.Model):
    """What the chain said a wallet held after one solid block; waits to be compared."""

    wallet = models.OneToOneField("wallets.Wallet", on_delete=models.PROTECT)
    block_number = models.BigIntegerField()
    block_id = models.CharField(max_length=64)
    usdt_micro = models.BigIntegerField()
    trx_sun = models.BigIntegerField()
    node = models.CharField(max_length=200)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.wallet_id} at block {self.block_number}"


class Reconciliation(models.Model):
    """Chain against books for one wallet and asset after one solid block. Never changed."""

    wallet = models.ForeignKey("wallets.Wallet", on_delete=models.PROTECT)
    asset = models.CharField(max_length=4, choices=Asset)
    block_number = models.BigIntegerField()
    block_id = models.CharField(max_length=64)
    chain_units = models.BigIntegerField()
    ledger_units = models.BigIntegerField()
    difference_units = models.BigIntegerField(help_text="Chain less books.")
    node = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["wallet", "asset", "block_number"], name="reconciliation_once"
            ),
            models.CheckConstraint(
                condition=Q(difference_units=models.F("chain_units") - models.F("ledger_units")),
                name="reconciliation_difference",
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="reconciliation_append_only", operation=pgtrigger.Update | pgtrigger.Delete
            )
        ]

    def __str__(self) -> str:
        return f"{self.wallet_id} {self.asset} at block {self.block_number}"
