"""What payments refuse, in words."""

from lucidpay.errors import FORBIDDEN, NOT_FOUND, Conflict, LucidError


class PaymentNotFound(LucidError):
    """Payment not found."""

    code = NOT_FOUND
    status_code = 404


class PaymentReferenceTaken(Conflict):
    """This reference_id belongs to another payment of yours. Use a new one for a new payment."""


class RouteForbidden(LucidError):
    """Insufficient permissions: a payment by route spends from a wallet, for which usdt:transfer
    is needed.
    """

    code = FORBIDDEN
    status_code = 403


class NotRefundable(Conflict):
    """This payment cannot be refunded as it stands."""


class NothingHeld(Conflict):
    """A direct transfer cannot be refunded: its money went from payer to payee, never to us."""


class MerchantBalanceTooLow(Conflict):
    """Your balance, which pays refunds of completed payments, does not cover this one."""


class NotCancellablePayment(Conflict):
    """Only a payment for which nothing has come in yet can be cancelled."""


class TooLittleToAccept(Conflict):
    """What came in is less than the payment asks for: it cannot be accepted."""


class NotAcceptable(Conflict):
    """Only late money of a payment that has failed can be accepted, while it is not going back."""
