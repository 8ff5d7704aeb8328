"""What the page shows and what its script is told: the same facts for both, amounts as texts."""

from datetime import datetime
from typing import Any

from gateway.kinds import Method
from gateway.page.look import Look
from gateway.page.state import PAYABLE, Seen, is_over, remaining_units, state_of
from gateway.page.words import HEADLINES, progress_text, text_of
from gateway.representation import uri_of
from gateway.states import PaymentStatus
from lucidpay.clock import iso
from lucidpay.money import tokens_of
from tron.networks import network
from wallets.kinds import Asset

POLL_S, POLL_SELDOM_S = 5, 30
GROUP = 4  # characters of an address, as people compare them


def state_body(look: Look, *, now: datetime) -> dict[str, Any]:
    """Return how a payment stands. Amounts are texts: a browser would read numbers as floats.

    ``remaining`` is what the payer is asked to send now, so 0 where nothing may be sent.
    """
    payment, came = look.payment, look.came
    state = state_of(look, now=now)
    tone, headline = HEADLINES[state]
    confirmations = _confirmations(look)
    is_payable = state in PAYABLE
    due_units = remaining_units(look) if is_payable else 0
    return {
        "payment_id": payment.public_id,
        "status": payment.status,
        "state": state.value,
        "tone": tone,
        "headline": headline,
        "text": text_of(look, state),
        # Apart from the text, which is read out when it changes.
        "progress": progress_text(confirmations),
        "is_payable": is_payable,
        "currency": payment.pay_currency,
        "amount": f"{tokens_of(payment.pay_units)}",
        "received": f"{tokens_of(came.counted_units + came.excess_units)}",
        "remaining": f"{tokens_of(due_units)}",
        "confirmations": confirmations,
        # It names the whole amount, which would be too much for who has paid a part.
        "payment_uri": uri_of(payment) if state == Seen.WAITING else None,
        "expires_at": iso(payment.expires_at) if payment.expires_at else None,
        "poll_after_seconds": _poll_after_s(look, now=now),
        "server_time": iso(now),
    }


def page_context(look: Look, *, now: datetime) -> dict[str, Any]:
    """Return what the page's template is filled with."""
    payment, address = look.payment, look.address or ""
    here = network().name
    body = state_body(look, now=now)
    return {
        "body": body,
        "payment": payment,
        "address": address,
        "groups": [address[at : at + GROUP] for at in range(0, len(address), GROUP)],
        "is_direct": payment.method == Method.DIRECT,
        "is_usdt": payment.pay_currency == Asset.USDT,
        "quoted": f"{tokens_of(payment.amount_micro)} USDT" if payment.rate_id else "",
        "refresh_s": 3 * (body["poll_after_seconds"] or 0),
        "test_network": "" if here == "mainnet" else here,
    }


def _confirmations(look: Look) -> int | None:
    """Return how many blocks have followed, the one of the transfer counted, while that counts."""
    block, head = look.payment.seen_block, look.head_number
    if look.payment.status != PaymentStatus.PROCESSING or block is None or head is None:
        return None
    return max(1, head - block + 1)


def _poll_after_s(look: Look, *, now: datetime) -> int | None:
    payment = look.payment
    if payment.has_ended:
        return None
    is_slow = payment.status == PaymentStatus.DISPUTED or is_over(payment, now=now)
    return POLL_SELDOM_S if is_slow else POLL_S
