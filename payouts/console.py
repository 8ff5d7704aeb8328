"""All that is known of one payout, in the words of the admin.

A fixed number of SQL statements, each by an index, however many payouts there are.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.http import HttpRequest

from access import console
from access.console import amount_text, code, time_text
from lucidpay.clock import from_ms
from payouts.console_facts import Facts, groups_of, known, txid_out
from payouts.console_review import hits_told, review_facts
from payouts.history import Attempt, History, Moment, history_of, names_of
from payouts.models import Payout, Review
from payouts.proof import Proof
from payouts.states import Status
from payouts.telling import outward
from payouts.verdict import Verdict, verdict_of
from tron.console import halts_here
from tron.halt import open_halts
from tron.models import FINAL, Halt, NodeAnswer, TxStatus
from tron.words import OUTCOMES, TX_LEVELS
from wallets.admin import account_text
from wallets.models import Entry, Hold

HOLDS_MAX = 100
STATUS_LEVELS = {
    Status.PENDING: "warning",
    Status.PROCESSING: "info",
    Status.CONFIRMED: "success",
    Status.FAILED: "danger",
    Status.CANCELLED: "default",
}
WITH_REASON = ("cancelled", "rejected", "approved", "edited")


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
    answers_left_out: int = 0


@dataclass
class Dossier:
    """A payout's page."""

    verdict: Verdict
    groups: list[tuple[str, Facts]]
    steps: list[Step]
    holds: list[Hold]
    entries: list[Entry]
    halts: list[Halt]
    hits: list[str]


def dossier_of(payout: Payout, *, now: datetime) -> Dossier:
    """Return everything about a payout; owner, wallet and transaction should be loaded."""
    history = history_of(payout, now=now)
    names = {by: f"{name} ({by})" for by, name in names_of(history).items()}
    last_by = names.get(history.last_by, history.last_by)
    return Dossier(
        verdict=verdict_of(payout, history.last_message, by=last_by, now=now),
        groups=[*groups_of(payout, history), ("Review", review_facts(payout, now=now))],
        steps=_steps(history, names),
        holds=_holds(payout),
        entries=_entries(history),
        halts=open_halts(),
        hits=hits_told(payout) if payout.review == Review.REQUIRED else [],
    )


def environment(request: HttpRequest) -> list[str]:
    """Return the network's name and its colour, and whether the kill switch is on.

    For the top of every page; strangers at the login page, and who has no role here, are not told.
    """
    name, colour = console.environment(request)
    if halts_here(request):
        return [f"{name} · halted", "danger"]
    return [name, colour]


def _steps(history: History, names: dict[str, str]) -> list[Step]:
    """Return the timeline: events, attempts as they were signed, and how each ended."""
    told = [one for one in history.moments if one.type != "sent"]
    steps = [
        _end_step(one.attempt, one) if one.attempt else _event_step(one, names) for one in told
    ]
    # Stable: an event stands before the attempt that was stored with it.
    return sorted([*steps, *map(_attempt_step, history.attempts)], key=lambda step: step.at)


def _event_step(moment: Moment, names: dict[str, str]) -> Step:
    moved = f"{moment.from_status} → {moment.status}" if moment.from_status else ""
    title, _, rest = moment.message.partition(": ")
    reason = rest if title in WITH_REASON else ""
    return Step(
        at=moment.at,
        level=STATUS_LEVELS[Status(moment.status)],
        title=_sentence(title if reason else moment.message or moment.status),
        by=names.get(moment.by, moment.by),
        text=f"Reason: {reason}" if reason else "",
        status=moved,
        facts=details_in_words(moment.details),
    )


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def details_in_words(details: dict[str, Any]) -> Facts:
    """Return an event's details as (name, text); what stands with the attempt is left out."""
    facts: Facts = []
    for name, value in outward(details).items():
        if name in ("txid", "proof") or value in (None, "", [], {}):
            continue
        if isinstance(value, dict):
            facts += [(_words(key), item) for key, item in value.items()]
        elif isinstance(value, list):
            facts.append((_words(name), " ".join(map(str, value))))
        else:
            facts.append((_words(name), value))
    return facts


def _words(name: str) -> str:
    return str(name).replace("_", " ")


def _attempt_step(attempt: Attempt) -> Step:
    tx = attempt.tx
    for answer in attempt.answers:
        answer.meaning = OUTCOMES.get(answer.outcome, answer.outcome)  # type: ignore[attr-defined]
    return Step(
        at=tx.created_at,
        level=TX_LEVELS[TxStatus(tx.status)],
        title=f"Attempt {attempt.number}: {tx.status}",
        text="" if tx.status in FINAL else attempt.in_words,
        facts=_tx_facts(attempt),
        answers=attempt.answers,
        answers_left_out=attempt.answers_total - len(attempt.answers),
    )


def _end_step(attempt: Attempt, moment: Moment) -> Step:
    return Step(
        at=moment.at,
        level=TX_LEVELS[TxStatus(attempt.tx.status)],
        title=f"The chain decided on attempt {attempt.number}: {attempt.tx.status}",
        by=moment.by,
        text=attempt.in_words,
        facts=_receipt_facts(attempt) + (proof_in_words(attempt.proof) if attempt.proof else []),
    )


def _tx_facts(attempt: Attempt) -> Facts:
    tx = attempt.tx
    facts: Facts = [
        ("txid", txid_out(tx.txid)),
        ("signed bytes", code(f"sha256 {attempt.signed_sha256}")),
        ("reference block", f"{tx.ref_block_number:,}"),
        ("its hash", code(tx.ref_block_id)),
        ("valid until", time_text(from_ms(tx.expiration_ms))),
        ("sent", f"{tx.sends} time{'s' if tx.sends != 1 else ''}"),
        ("last answer", tx.last_answer),
        ("energy expected", f"{tx.energy_estimate:,}" if tx.energy_estimate else ""),
        ("fee limit", amount_text(tx.fee_limit_sun, "TRX")),
    ]
    if tx.next_send_at is not None:
        facts.append(("sent again", time_text(tx.next_send_at)))
    return known(facts)


def _receipt_facts(attempt: Attempt) -> Facts:
    tx = attempt.tx
    if tx.block_number is None or tx.block_time_ms is None:
        return []
    return known(
        [
            ("block", f"{tx.block_number:,} of {time_text(from_ms(tx.block_time_ms))}"),
            ("confirmations", tx.confirmations),
            ("result", tx.result),
            ("fee burned", amount_text(tx.fee_sun, "TRX")),
            ("energy used", f"{tx.energy_used or 0:,}"),
        ]
    )


def proof_in_words(proof: Proof) -> Facts:
    """Return what the stored blocks prove, as (name, text)."""
    needed, linked = proof.blocks_needed, proof.blocks_linked
    chain = f"all {needed:,} blocks up to it are stored, each linked to the one before"
    if not proof.is_complete:
        chain = f"not complete: {proof.blocks_stored:,} of {needed:,} stored, {linked:,} linked"
    return [
        ("solid block", f"{proof.block_number:,} of {time_text(from_ms(proof.block_time_ms))}"),
        ("block hash", code(proof.block_id)),
        ("chain", chain),
        ("told by", ", ".join(proof.told_by) or "nobody"),
        ("agreed by", ", ".join(proof.agreed_by) or "nobody else asked"),
    ]


def _holds(payout: Payout) -> list[Hold]:
    """Return the money that is or was promised to it, the oldest first."""
    rows = Hold.objects.filter(subject=payout.pk).select_related("account")
    holds = list(rows.order_by("-pk")[:HOLDS_MAX])[::-1]
    for hold in holds:
        hold.text = amount_text(hold.units, hold.account.asset)  # type: ignore[attr-defined]
    return holds


def _entries(history: History) -> list[Entry]:
    txids = [attempt.tx.txid for attempt in history.attempts]
    booked = Entry.objects.filter(journal__kind__in=("payout", "fee"), journal__reference__in=txids)
    rows = booked.select_related("journal", "account__wallet").defer("account__wallet__sealed_key")
    entries = list(rows.order_by("pk")) if txids else []
    for entry in entries:
        entry.account_text = account_text(entry.account)  # type: ignore[attr-defined]
        entry.text = amount_text(entry.units, entry.asset)  # type: ignore[attr-defined]
    return entries
