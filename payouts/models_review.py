"""Review: which payouts a person must agree to, how many people, and who has agreed."""

import pgtrigger
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from access.audit import audited
from lucidpay.money import UNITS_MAX
from payouts.models import Payout

APPROVALS_MAX = 5


class RuleCode(models.TextChoices):
    """What makes a person look at a payout before it is signed."""

    LARGE_AMOUNT = "large_amount", "a large amount"
    DAY_TOTAL = "day_total", "much asked for by one caller in a day"
    OWN_ADDRESS = "own_address", "one of our own addresses"
    LOOK_ALIKE = "look_alike", "an address that looks like one that was paid before or is trusted"
    FIRST_PAYMENT = "first_payment", "the first payment to an address"
    DUPLICATE = "duplicate", "the same amount to the same address a short time ago"
    BLACKLISTED = "blacklisted", "an address that the USDT contract has blacklisted"
    CONTRACT = "contract", "the address of a contract"


@audited()
class ReviewRule(models.Model):
    """Whether a rule applies, and its bound. One without a row has its default."""

    code = models.CharField(max_length=20, choices=RuleCode, primary_key=True)
    enabled = models.BooleanField()
    parameter = models.PositiveIntegerField(null=True, blank=True)

    def __str__(self) -> str:
        return self.get_code_display()


@audited()
class ReviewExemption(models.Model):
    """A user, or one key, whose payouts nobody reviews and nobody screens."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True
    )
    api_key = models.OneToOneField(
        "access.ApiKey", on_delete=models.PROTECT, null=True, blank=True, verbose_name="API key"
    )
    note = models.CharField(max_length=200, help_text="Why.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=True) ^ Q(api_key__isnull=True),
                name="exemption_of_a_user_or_a_key",
            )
        ]

    def __str__(self) -> str:
        return str(self.user or self.api_key)


@audited()
class ApprovalTier(models.Model):
    """From which amount on how many people must agree. Below the lowest: one."""

    from_amount_micro = models.BigIntegerField(
        unique=True,
        verbose_name="from amount (micro-USDT)",
        help_text="1 000 000 is one USDT.",
        validators=[MinValueValidator(1), MaxValueValidator(UNITS_MAX)],
    )
    approvals_needed = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(1), MaxValueValidator(APPROVALS_MAX)]
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    from_amount_micro__gt=0,
                    approvals_needed__gte=1,
                    approvals_needed__lte=APPROVALS_MAX,
                ),
                name="tier_in_range",
            )
        ]

    def __str__(self) -> str:
        return f"{self.approvals_needed} from {self.from_amount_micro:,} micro-USDT on"


class Approval(models.Model):
    """One person agreed to one payout exactly as it stood. Append-only."""

    payout = models.ForeignKey(Payout, on_delete=models.PROTECT, related_name="approvals")
    approver = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    round = models.PositiveSmallIntegerField(help_text="The payout's when it was given.")
    content_hash = models.CharField(max_length=64, help_text="SHA-256 of what was agreed to.")
    needed = models.PositiveSmallIntegerField(help_text="How many were needed when it was given.")
    reason = models.CharField(max_length=200)
    at = models.DateTimeField()
    expires_at = models.DateTimeField(help_text="From then on nothing is signed on it.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["payout", "approver", "content_hash"], name="approval_once_per_person"
            ),
            models.CheckConstraint(condition=Q(needed__gte=1), name="approval_needs_somebody"),
        ]
        triggers = [
            pgtrigger.Protect(
                name="approval_append_only", operation=pgtrigger.Update | pgtrigger.Delete
            ),
            pgtrigger.Trigger(
                name="approval_by_another",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                func=(
                    "IF EXISTS (SELECT FROM payouts_payout"
                    " WHERE id = NEW.payout_id AND owner_id = NEW.approver_id) THEN"
                    " RAISE EXCEPTION 'who asked for a payout cannot approve it'; END IF;"
                    " RETURN NEW;"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.approver}, {self.at:%Y-%m-%d %H:%M:%S}"


class AwaitingReview(Payout):
    """A payout that waits for people; the admin has a list of these."""

    class Meta:
        proxy = True
        verbose_name = "payout to review"
        verbose_name_plural = "payouts to review"
