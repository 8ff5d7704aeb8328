"""The words of a payout: its road, its turn, its release, its review."""

from django.db import models


class RouterType(models.TextChoices):
    """The roads a payout can take."""

    V0 = "PayoutRouterV0", "V0"
    KYC = "PayoutRouterKYC", "KYC"
    DIRECT = "PayoutRouterDirect", "direct"
    GATEWAY = "PayoutRouterGateway", "gateway"


# Those that can be asked for by name, and have limits of their own; the others have calls of their
# own.
ROUTERS_HERE = (RouterType.V0, RouterType.KYC)


class Origin(models.TextChoices):
    """By whose will a payout came to be, and so whose limits it counts against."""

    REQUEST = "request", "asked for"
    TRANSFER = "transfer", "a transfer from a wallet that was named"
    TOP_UP = "top_up", "the filling of a hot wallet from one of ours"
    LEG = "leg", "what a payment that was taken pays its payee"
    REFUND = "refund", "what goes back to a payer"
    FEES = "fees", "collected fees, settled"
    ROUTE = "route", "a payment from a wallet kept here"


# Those of the payment gateway, which answers for limits and reviews of its own.
OF_PAYMENTS = (Origin.LEG, Origin.REFUND, Origin.FEES)


class Priority(models.IntegerChoices):
    """Who goes first: the smallest number."""

    URGENT = 0, "URGENT"
    HIGH = 1, "HIGH"
    NORMAL = 2, "NORMAL"
    LOW = 3, "LOW"


class BatchType(models.TextChoices):
    """When a payout is due."""

    IMMEDIATE = "IMMEDIATE", "at once"
    HOURLY = "HOURLY", "at the next full hour"
    DAILY = "DAILY", "at the next 00:00 UTC"
    WEEKLY = "WEEKLY", "on the next Monday, 00:00 UTC"


class Review(models.TextChoices):
    """Whether a person must agree, and what they said."""

    NOT_REQUIRED = "not_required", "not required"
    REQUIRED = "required", "required"
    APPROVED = "approved", "approved"
    REJECTED = "rejected", "rejected"
