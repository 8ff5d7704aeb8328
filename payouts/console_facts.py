"""What was asked for, by whom and by which road: the facts beside a payout's story."""

import re
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from access.console import amount_text, code, payment_link, payout_link, time_text
from lucidpay.ids import public_id
from payouts.history import History
from payouts.kinds import OF_PAYMENTS
from payouts.models import Origin, Payout, Priority
from tron.networks import network

Facts = list[tuple[str, Any]]
# What the gateway writes into the reason of the payouts that it asks for.
PAYMENT = re.compile(r"payment_([0-9a-f]{32})")


def known(facts: Facts) -> Facts:
    """Return the facts that say something."""
    return [(name, value) for name, value in facts if value not in ("", None)]


def groups_of(payout: Payout, history: History) -> list[tuple[str, Facts]]:
    """Return the facts of a payout by what they are about; all it points to should be loaded."""
    return [
        ("Order", known(_order(payout))),
        ("Request", known(_request(payout))),
        ("Road", known(_road(payout))),
        ("Times (UTC)", known(_times(payout))),
        ("Belongs to", known(_related(payout, history))),
    ]


def txid_out(txid: str) -> SafeString | str:
    """Return a txid, with a link to a public explorer where the network has one."""
    return _out(txid, network().transaction_page(txid))


def _out(text: str, page: str) -> SafeString | str:
    if not page:
        return code(text)
    link = '<a class="lp-link lp-out" href="{}" target="_blank" rel="noreferrer">explorer ↗</a>'
    return format_html("{} " + link, code(text), page)


def _order(payout: Payout) -> Facts:
    recipient = payout.recipient_address
    return [
        ("payout", code(payout.public_id)),
        ("amount", amount_text(payout.amount_micro, "USDT")),
        ("recipient", _out(recipient, network().address_page(recipient))),
        ("reason", payout.reason),
        ("memo", payout.memo),
        ("metadata", payout.metadata),
        ("custom data", payout.custom_data),
    ]


def _request(payout: Payout) -> Facts:
    return [
        ("asked by", payout.owner.username),
        ("origin", payout.get_origin_display()),
        ("API key", str(payout.api_key) if payout.api_key else ""),
        ("reference", payout.reference_id),
        ("request", code(payout.request_id)),
        ("audit trail", _trail(payout.request_id) if payout.request_id else ""),
        ("body sha256", code(payout.body_hash) if payout.body_hash else ""),
        ("session", payout.session_id),
        ("node", payout.node_id),
    ]


def _trail(request_id: str) -> SafeString:
    """Return a link to what else the request changed, with the address it came from."""
    url = f"{reverse('audit')}?{urlencode({'q': request_id})}"
    return format_html('<a class="lp-link" href="{}">what this request changed</a>', url)


def _road(payout: Payout) -> Facts:
    return [
        ("router", payout.get_router_type_display()),
        ("paying wallet", payout.wallet.name),
        ("wallet address", code(str(payout.wallet.address))),
        ("priority", Priority(payout.priority).label.lower()),
        ("released", payout.get_batch_type_display()),
        ("attempts signed", payout.tries),
    ]


def _times(payout: Payout) -> Facts:
    return [
        ("created", time_text(payout.created_at)),
        ("due", time_text(payout.due_at)),
        ("signer looks again", _next_look(payout)),
        ("changed", time_text(payout.updated_at)),
        ("confirmed", time_text(payout.confirmed_at) if payout.confirmed_at else ""),
    ]


def _next_look(payout: Payout) -> str:
    is_later = payout.status == "pending" and payout.sign_after > payout.due_at
    return time_text(payout.sign_after) if is_later else ""


def _related(payout: Payout, history: History) -> Facts:
    return [
        ("batch", _batch(payout) if payout.batch_id else ""),
        ("payment", _payment(payout) or ""),
        ("retry of", payout_link(payout.retry_of_id) if payout.retry_of_id else ""),
        *[("retried by", payout_link(key)) for key in history.retried_as],
    ]


def _batch(payout: Payout) -> SafeString:
    key = payout.batch_id
    template = '<a class="lp-link" href="{}">{}</a>, row {}'
    page = reverse("admin:payouts_batch_change", args=[key])
    name = public_id("batch", key) if key else ""
    return format_html(template, page, name, (payout.batch_row or 0) + 1)


def _payment(payout: Payout) -> SafeString | None:
    found = PAYMENT.search(payout.reason)
    is_of_one = payout.origin in (*OF_PAYMENTS, Origin.ROUTE)
    return payment_link(UUID(found[1])) if found and is_of_one else None
