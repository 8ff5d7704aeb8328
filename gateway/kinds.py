"""The words of a payment: how it is paid, how urgent it is, what came in, what went back."""

from django.db import models


class Method(models.TextChoices):
    """How a payment is made."""

    DIRECT = "direct_transfer", "direct: the payer pays the payee, and the gateway watches"
    GATEWAY = "payment_gateway", "gateway: paid to a deposit address, then on to the payee"
    SWAP = "swap", "swap: paid in TRX, the payee gets USDT"
    ROUTE = "route", "route: paid by a wallet kept here, through the payout routers"


# Those that are paid to a deposit address.
DEPOSITED = (Method.GATEWAY, Method.SWAP)
# Those whose fees are collected, and so settled; that of a direct transfer is billed.
COLLECTED = (Method.GATEWAY, Method.SWAP, Method.ROUTE)


class Priority(models.IntegerChoices):
    """Who goes first: the smallest number, as among payouts."""

    URGENT = 0, "urgent"
    HIGH = 1, "high"
    NORMAL = 2, "normal"
    LOW = 3, "low"


class Ruling(models.TextChoices):
    """What money that came in is taken for."""

    COUNTED = "counted", "counted as the payment"
    EXCESS = "excess", "more than was asked for"
    LATE = "late", "came when the payment had expired or ended"
    STRANGER = "stranger", "paid by another address than the payer's"
    STRAY = "stray", "another currency than was asked for, or too little to count"


class RefundCause(models.TextChoices):
    """Why money goes back."""

    REQUESTED = "requested", "asked for by the merchant"
    UNDERPAID = "underpaid", "too little came in until the payment expired"
    OVERPAID = "overpaid", "more came in than was asked for"
    LATE = "late", "it came too late"
    DISPUTED = "disputed", "a dispute was closed so"


class RefundReason(models.TextChoices):
    """What a caller names as the reason."""

    USER_REQUEST = "user_request", "user request"
    PAYMENT_FAILURE = "payment_failure", "payment failure"
    DUPLICATE_PAYMENT = "duplicate_payment", "duplicate payment"
    MERCHANT_INITIATED = "merchant_initiated", "merchant initiated"
    SYSTEM_ERROR = "system_error", "system error"


class RefundSource(models.TextChoices):
    """Whose money goes back."""

    DEPOSIT = "deposit", "what came in for the payment"
    MERCHANT = "merchant", "the merchant's balance"


class DisputeCause(models.TextChoices):
    """Why a person must decide."""

    STRANGER = "stranger", "paid by another address than the payer's"
    LEG_FAILED = "leg_failed", "the payee could not be paid"
    LEG_REJECTED = "leg_rejected", "the payee's payout was rejected or cancelled"
    RAISED = "raised", "somebody has raised it"
    MORE = "more", "more money came in while it was disputed"


class DisputeOutcome(models.TextChoices):
    """How a dispute was closed."""

    ACCEPTED = "accepted", "the money counts as the payment"
    REFUNDED = "refunded", "the money goes back"
    DISMISSED = "dismissed", "nothing is to be done"
