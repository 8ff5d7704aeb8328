"""The words in which a payer is told how a payment stands."""

from gateway.models import Payment
from gateway.page.look import Look
from gateway.page.state import Seen, remaining_units
from lucidpay.money import tokens_of

SOLID_AFTER = 19  # blocks, the one of the transfer among them: 2/3 of 27 producers
HEADLINES = {
    Seen.WAITING: ("wait", "Waiting for your payment"),
    Seen.ROUTED: ("wait", "This payment is being made"),
    Seen.UNDERPAID: ("warn", "Part of it has come in"),
    Seen.SEEN: ("wait", "Your payment was seen"),
    Seen.CONFIRMED: ("good", "Your payment has arrived"),
    Seen.COMPLETED: ("good", "Paid"),
    Seen.EXPIRED: ("bad", "The time is up"),
    Seen.LATE: ("warn", "Your payment came too late"),
    Seen.DISPUTED: ("warn", "A person is looking at this payment"),
    Seen.REFUNDED: ("done", "Refunded"),
    Seen.CANCELLED: ("bad", "Cancelled"),
    Seen.FAILED: ("bad", "This payment has failed"),
}
LESS_COST = "less what sending it costs"
ASK_ANEW = "Do not send anything now. To pay, ask for a new payment."
_TEXTS = {
    Seen.WAITING: "This page changes by itself when your transfer is seen.",
    Seen.ROUTED: "It is made from a wallet that is kept for you. There is nothing for you to send.",
    Seen.SEEN: "The network is making it final, which takes about a minute. Do not pay again.",
    Seen.CONFIRMED: "It is final. There is nothing left for you to do.",
    Seen.COMPLETED: "The payee has the money. You can close this page.",
    Seen.EXPIRED: ASK_ANEW,
    Seen.DISPUTED: "Until they have decided, there is nothing for you to do. Do not pay again.",
    Seen.REFUNDED: "The money was sent back.",
    Seen.CANCELLED: "Do not send anything.",
    Seen.FAILED: ASK_ANEW,
}
STRAY = "Something else than {} has come in, too: it is not counted, and a person must look at it."
STRANGER = "Money came from another address than the one that was to pay."


def money_text(payment: Payment, units: int) -> str:
    """Return base units as payers read them: exact, with the currency."""
    return f"{tokens_of(units)} {payment.pay_currency}"


def progress_text(confirmations: int | None) -> str:
    """Return how far the network is, nothing while that does not count."""
    if confirmations is None:
        return ""
    return f"{min(confirmations, SOLID_AFTER)} of {SOLID_AFTER} confirmations"


def text_of(look: Look, state: Seen) -> str:
    """Return what a payer is told below the headline."""
    said = [
        *_before(look, state),
        _TEXTS.get(state, ""),
        *_after(look, state),
        STRAY.format(look.payment.pay_currency) if look.came.has_stray else "",
    ]
    return " ".join(one for one in said if one)


def _before(look: Look, state: Seen) -> list[str]:
    payment, came = look.payment, look.came
    if state == Seen.UNDERPAID:
        rest = money_text(payment, remaining_units(look))
        return [_part(look), f"Please send the remaining {rest}, to the same address."]
    if state == Seen.LATE:
        return [_late(look)]
    if state == Seen.DISPUTED and came.has_stranger:
        return [STRANGER]
    if state in (Seen.EXPIRED, Seen.FAILED, Seen.CANCELLED) and came.counted_units:
        back = f" That goes back to you, {LESS_COST}." if payment.deposit_id else ""
        return [_part(look) + back]
    return []


def _after(look: Look, state: Seen) -> list[str]:
    excess_units = look.came.excess_units
    if state in (Seen.CONFIRMED, Seen.COMPLETED) and excess_units:
        more = money_text(look.payment, excess_units)
        return [f"You sent {more} more than was asked for: it goes back to you, {LESS_COST}."]
    if state == Seen.COMPLETED and look.payment.refunding_units:
        back = money_text(look.payment, look.payment.refunding_units)
        return [f"Of your payment, {back} goes back to you."]
    return []


def _part(look: Look) -> str:
    payment = look.payment
    part = money_text(payment, look.came.counted_units)
    return f"{part} of {money_text(payment, payment.pay_units)} received."


def _late(look: Look) -> str:
    late = money_text(look.payment, look.came.late_units)
    if look.payment.deposit_id is None:
        return f"{late} went to the payee when the time was up. Please ask them."
    back = f"It goes back to you, {LESS_COST}, unless the payee takes it all the same."
    return f"{late} came when the payment could not be paid any more. {back}"
