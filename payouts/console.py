"""All that is known of one payout, in the words of the admin.

A fixed number of SQL statements, each by an index, however many payouts there are.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from access.console import amount_text, code, payout_link, time_text
from access.models import User
from lucidpay.clock import from_ms
from payouts.models import Payout, PayoutEvent, Priority
from payouts.states import Status
from payouts.verdict import Verdict, verdict_of
from tron.models import ChainTransaction, NodeAnswer, TxStatus
from tron.words import OUTCOMES, TX_LEVELS, end_in_words
from wallets.admin import account_text
from wallets.models import Entry, Hold

ANSWERS_MAX = 60
STATUS_LEVELS = {
    Status.PENDING: "warning",
    Status.PROCESSING: "info",
    Status.CONFIRMED: "success",
    Status.FAILED: "danger",
    Status.CANCELLED: "default",
}
Facts = list[tuple[str, Any]]


@dataclass
class Step:
    """One entry of the timeline."""

    at: datetime
    level: str
    title: str
    by: str = ""
    text: str = ""
    status: str = ""
    facts: Facts = field(default_factory=list)
    answers: list[NodeAnswer] = field(default_factory=list)
    answers_left_out: bool = False


@dataclass
class Dossier:
    """A payout's page."""

    verdict: Verdict
    groups: list[tuple[str, Facts]]
    steps: list[Step]
    holds: list[Hold]
    entries: list[Entry]


def dossier_of(payout: Payout, *, now: datetime) -> Dossier:
    """Return everything about a payout; owner, wallet and transaction should be loaded."""
    txs = list(
        ChainTransaction.objects.filter(subject=payout.pk).defer("signed_hex").order_by("pk")
    )
    events = list(payout.events.order_by("pk"))
    names = _names(events)
    retries = list(Payout.objects.filter(retry_of=payout).only("pk").order_by("pk"))
    steps = [_event_step(event, names) for event in events] + _attempts(txs, now)
    last_by = names.get(events[-1].by, events[-1].by) if events else ""
    return Dossier(
        verdict=verdict_of(payout, events[-1] if events else None, by=last_by, now=now),
        groups=_groups(payout, retries),
        # Stable: an event stands before the attempt that was stored with it.
        steps=sorted(steps, key=lambda step: step.at),
        holds=_holds(payout),
        entries=_entries(txs),
    )


def _names(events: list[PayoutEvent]) -> dict[str, str]:
    """Return the names of the users behind ``user 17``."""
    found = {event.by: re.fullmatch(r"user (\d+)", event.by) for event in events}
    keys = {by: int(match[1]) for by, match in found.items() if match}
    users = User.objects.in_bulk(keys.values())
    return {by: f"{users[key].username} ({by})" for by, key in keys.items() if key in users}


def _event_step(event: PayoutEvent, names: dict[str, str]) -> Step:
    moved = f"{event.from_status} → {event.to_status}" if event.from_status else ""
    title, _, rest = event.note.partition(": ")
    reason = rest if title == "cancelled" else ""
    return Step(
        at=event.at,
        level=STATUS_LEVELS[Status(event.to_status)],
        title=_sentence(title if reason else event.note or event.to_status),
        by=names.get(event.by, event.by),
        text=f"Reason: {reason}" if reason else "",
        status=moved,
        facts=_details(event.details),
    )


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _details(details: dict[str, Any] | None) -> Facts:
    # The transaction and the proof of its death stand with the attempt.
    told = ("txid", "proof")
    return [(name, value) for name, value in (details or {}).items() if name not in told and value]


def _attempts(txs: list[ChainTransaction], now: datetime) -> list[Step]:
    answers: dict[int, list[NodeAnswer]] = {}
    rows = NodeAnswer.objects.filter(transaction__in=txs).order_by("-pk")[: ANSWERS_MAX + 1]
    newest = list(rows) if txs else []
    for answer in reversed(newest[:ANSWERS_MAX]):
        answer.meaning = OUTCOMES.get(answer.outcome, answer.outcome)  # type: ignore[attr-defined]
        answers.setdefault(answer.transaction_id, []).append(answer)
    return [
        Step(
            at=tx.created_at,
            level=TX_LEVELS[TxStatus(tx.status)],
            title=f"Attempt {number}: {tx.status}",
            text=end_in_words(tx, now=now),
            facts=_tx_facts(tx),
            answers=answers.get(tx.pk, []),
            answers_left_out=len(newest) > ANSWERS_MAX,
        )
        for number, tx in enumerate(txs, start=1)
    ]


def _tx_facts(tx: ChainTransaction) -> Facts:
    facts: Facts = [
        ("txid", code(tx.txid)),
        ("reference block", f"{tx.ref_block_number:,}"),
        ("valid until", time_text(from_ms(tx.expiration_ms))),
        ("sent", f"{tx.sends} time{'s' if tx.sends != 1 else ''}"),
        ("last answer", tx.last_answer),
        ("fee limit", amount_text(tx.fee_limit_sun, "TRX")),
    ]
    if tx.block_number is not None and tx.block_time_ms is not None:
        facts += [
            ("block", f"{tx.block_number:,} of {time_text(from_ms(tx.block_time_ms))}"),
            ("confirmations", tx.confirmations),
            ("result", tx.result),
            ("fee burned", amount_text(tx.fee_sun, "TRX")),
            ("energy used", f"{tx.energy_used or 0:,}"),
        ]
    if tx.next_send_at is not None:
        facts.append(("sent again", time_text(tx.next_send_at)))
    return _known(facts)


def _known(facts: Facts) -> Facts:
    return [(name, value) for name, value in facts if value not in ("", None)]


def _groups(payout: Payout, retries: list[Payout]) -> list[tuple[str, Facts]]:
    return [
        ("Order", _known(_order(payout, retries))),
        ("Road", _known(_road(payout))),
        ("Times (UTC)", _known(_times(payout))),
        ("Of the caller", _known(_of_caller(payout))),
    ]


def _order(payout: Payout, retries: list[Payout]) -> Facts:
    return [
        ("payout", code(payout.public_id)),
        ("amount", amount_text(payout.amount_micro, "USDT")),
        ("recipient", code(payout.recipient_address)),
        ("reason", payout.reason),
        ("reference", payout.reference_id),
        ("asked by", payout.owner.username),
        ("retry of", payout_link(payout.retry_of_id) if payout.retry_of_id else ""),
        *[("retried by", payout_link(row.pk)) for row in retries],
    ]


def _road(payout: Payout) -> Facts:
    return [
        ("router", payout.get_router_type_display()),
        ("paying wallet", payout.wallet.name),
        ("wallet address", code(payout.wallet.address)),
        ("priority", Priority(payout.priority).label.lower()),
        ("released", payout.get_batch_type_display()),
        ("review", payout.get_review_display()),
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


def _of_caller(payout: Payout) -> Facts:
    return [
        ("session", payout.session_id),
        ("node", payout.node_id),
        ("request", code(payout.request_id)),
        ("metadata", payout.metadata),
        ("custom data", payout.custom_data),
    ]


def _next_look(payout: Payout) -> str:
    is_later = payout.status == "pending" and payout.sign_after > payout.due_at
    return time_text(payout.sign_after) if is_later else ""


def _holds(payout: Payout) -> list[Hold]:
    """Return the open holds; those that ended have no index, and the books tell their end."""
    open_holds = Hold.objects.filter(subject=payout.pk, status=Hold.Status.OPEN)
    holds = list(open_holds.select_related("account").order_by("pk"))
    for hold in holds:
        hold.text = amount_text(hold.units, hold.account.asset)  # type: ignore[attr-defined]
    return holds


def _entries(txs: list[ChainTransaction]) -> list[Entry]:
    booked = Entry.objects.filter(
        journal__kind__in=("payout", "fee"), journal__reference__in=[tx.txid for tx in txs]
    )
    rows = booked.select_related("journal", "account__wallet").defer("account__wallet__sealed_key")
    entries = list(rows.order_by("pk")) if txs else []
    for entry in entries:
        entry.account_text = account_text(entry.account)  # type: ignore[attr-defined]
        entry.text = amount_text(entry.units, entry.asset)  # type: ignore[attr-defined]
    return entries
