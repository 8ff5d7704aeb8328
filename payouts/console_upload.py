"""What the check of an uploaded file found, in the words of the admin."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.template.defaultfilters import filesizeformat, pluralize

from access.console import amount_text, time_text
from payouts.models import Priority
from payouts.models_batch import Batch
from payouts.models_review import RuleCode
from payouts.models_upload import BatchUpload
from payouts.services.upload_submit import submitted_before, why_not_submit

Facts = list[tuple[str, Any]]
REVIEWED = "Every payout of an uploaded file waits for somebody else to agree to it."
RULES: dict[str, str] = dict(RuleCode.choices)


@dataclass
class Told:
    """A report, as its page shows it."""

    level: str
    title: str
    text: str
    why_not: str  # it cannot be submitted
    rows: Facts = field(default_factory=list)
    cost: Facts = field(default_factory=list)
    review: Facts = field(default_factory=list)
    wallets: list[dict[str, str]] = field(default_factory=list)
    faults: list[list[Any]] = field(default_factory=list)
    faults_more: int = 0
    wrong: int = 0
    right: int = 0
    total: str = ""
    again: int = 0
    again_shown: list[tuple[int, str, str]] = field(default_factory=list)
    before: list[Batch] = field(default_factory=list)  # what this content has become already


def upload_facts(upload: BatchUpload) -> Facts:
    """Return what is known of a file before it is checked."""
    return [
        ("file", f"{upload.filename}, {filesizeformat(upload.size_bytes)}"),
        ("uploaded", f"{time_text(upload.created_at)} UTC by {upload.owner.username}"),
        ("released", upload.get_batch_type_display()),
        ("priority", Priority(upload.priority).label.lower()),
        ("router", upload.get_router_type_display() or "chosen for each payout"),
        ("SHA-256", upload.sha256),
    ]


def told_of(upload: BatchUpload, *, now: datetime) -> Told:
    """Return what is told of a checked file."""
    report, why_not = dict(upload.report or {}), why_not_submit(upload, now=now)
    level, title, text = _verdict(report, why_not)
    told = Told(level, title, text, why_not)
    if report.get("refused"):
        return told
    told.right, told.wrong = report["right"], report["wrong"]
    told.total = amount_text(report["total_micro"], "USDT")
    told.rows, told.review = _rows(report), _review(report)
    told.cost, told.wallets = _cost(report), _wallets(report)
    told.faults = report["faults"]
    told.faults_more = report["faults_total"] - len(report["faults"])
    told.again = report["again"]
    told.again_shown = [
        (row, address, amount_text(micro)) for row, address, micro in report["again_shown"]
    ]
    told.before = submitted_before(upload) if upload.batch_id is None and upload.content else []
    return told


def _verdict(report: dict[str, Any], why_not: str) -> tuple[str, str, str]:
    if why_not:
        return "danger", "It cannot be submitted", why_not
    wrong = report["wrong"]
    if not wrong:
        return "success", "Nothing is wrong with this file", REVIEWED
    verb = "is" if wrong == 1 else "are"
    return (
        "warning",
        f"{wrong:,} row{pluralize(wrong)} {verb} wrong",
        "Mend the file and upload it again, or go on without what is wrong: it is not paid then.",
    )


def _rows(report: dict[str, Any]) -> Facts:
    return [
        ("rows", f"{report['rows']:,}"),
        ("can be paid", f"{report['right']:,}"),
        ("are wrong", f"{report['wrong']:,}"),
        ("total", amount_text(report["total_micro"], "USDT")),
        ("recipients", f"{report['recipients']:,}"),
        ("same twice", f"{report['repeated']:,} rows pay somebody the amount of another row"),
        ("last 24 hours", f"{report['again']:,} rows were asked for in the last 24 hours"),
    ]


def _review(report: dict[str, Any]) -> Facts:
    needed = report["needed"]
    who = f"{needed} other {'person' if needed == 1 else 'people'}, once for the whole batch"
    rules = [(RULES.get(code, code), f"{rows:,} rows") for code, rows in report["hits"].items()]
    return [("must agree", who), ("rules found", f"{report['hit_rows']:,} rows"), *rules]


def _wallets(report: dict[str, Any]) -> list[dict[str, str]]:
    return [
        {
            "name": one["name"],
            "address": one["address"],
            "payouts": f"{one['payouts']:,}",
            "asks": amount_text(one["amount_micro"]),
            "before": amount_text(one["before_micro"]),
            "after": amount_text(one["before_micro"] - one["amount_micro"]),
            "missing": _missing(one["amount_micro"] - one["before_micro"]),
        }
        for one in report["wallets"]
    ]


def _missing(units: int) -> str:
    return amount_text(units) if units > 0 else ""


def _cost(report: dict[str, Any]) -> Facts:
    """Return what all rows burn, reckoned from the first ones, of which the chain was asked.

    What the stake saves on those it saves at least on all of them.
    """
    price, right = report["price"], report["right"]
    facts: Facts = []
    if priced := price["priced"]:
        unstaked_sun = price["unstaked_sun"] * right // priced
        staked_sun = unstaked_sun - (price["unstaked_sun"] - price["fee_sun"])
        has_sun = sum(one["trx_sun"] for one in report["wallets"])
        missing = _missing(staked_sun - has_sun)
        facts += [
            ("energy", f"{price['energy'] * right // priced:,}"),
            ("burning all", f"{amount_text(unstaked_sun)} TRX"),
            ("with the stake", f"{amount_text(staked_sun)} TRX at most"),
            ("wallets have", f"{amount_text(has_sun)} TRX"),
            *([("TRX missing", f"{missing} TRX")] if missing else []),
        ]
        if priced < right:
            facts.append(("reckoned from", f"the first {priced:,} rows that the chain priced"))
    if price["new_holders"] is not None:
        text = f"{price['new_holders']:,} of the first {price['asked']:,} rows' recipients"
        facts.append(("hold no USDT yet", f"{text}: about twice the energy each"))
    if price["blacklisted"]:
        facts.append(("blacklisted", f"{price['blacklisted']:,} rows: USDT freezes what is sent"))
    facts += [("no price", f"{rows:,} rows: {why}") for why, rows in price["unknown"].items()]
    return facts
