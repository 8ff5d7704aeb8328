"""All that is known of one wallet, in the words of the admin.

A fixed number of SQL statements, each bounded and through an index. No node is asked.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from access.console import (
    NOTHING,
    amount_text,
    code,
    operation_link,
    payout_link,
    short,
    time_text,
)
from tron.models import ChainFlow
from wallets.chart import Line, line_of
from wallets.closings import Closing, closings
from wallets.history import OUT, seen_by
from wallets.models import Account, Asset, Hold, Reconciliation, Wallet
from wallets.models_operation import Operation
from wallets.models_resources import ResourceLook
from wallets.operations import status_of

Facts = list[tuple[str, Any]]
ROWS_MAX = 10
# By what ``?days=`` asks: how long, and how far apart its points.
SPANS = {
    7: (timedelta(days=7), timedelta(hours=6)),
    30: (timedelta(days=30), timedelta(days=1)),
}
DAYS_USUAL = 7


@dataclass(frozen=True)
class AssetShown:
    """One asset of a wallet: what it has, and what it had."""

    name: str
    facts: Facts
    line: Line | None
    low: str
    high: str
    closings: list[tuple[str, str, str]]  # time, books, chain


@dataclass(frozen=True)
class Movement:
    """Money that moved to or from the wallet in a solid block."""

    when: str
    is_out: bool
    amount: str
    counterparty: SafeString | str
    tx: SafeString


@dataclass(frozen=True)
class Dossier:
    """A wallet's page."""

    assets: list[AssetShown]
    resources: Facts
    signing: Facts
    operations: list[Operation]
    holds: list[Hold]
    movements: list[Movement]
    links: list[tuple[str, str]]
    days: int
    spans: tuple[int, ...] = tuple(SPANS)


def dossier_of(wallet: Wallet, *, days: int, now: datetime) -> Dossier:
    """Return everything about a wallet; its accounts and alerts should be loaded."""
    compared = _compared(wallet)
    return Dossier(
        assets=[
            _asset(wallet, asset, compared.get(asset), days, now)
            for asset in (Asset.USDT, Asset.TRX)
        ],
        resources=_resources(wallet),
        signing=_signing(wallet),
        operations=_operations(wallet),
        holds=_holds(wallet),
        movements=_movements(wallet),
        links=_links(wallet),
        days=days,
    )


def _compared(wallet: Wallet) -> dict[str, Reconciliation]:
    """Return the newest comparison of each asset; they are made in pairs."""
    rows = Reconciliation.objects.filter(wallet=wallet)
    usdt, trx = (
        rows.filter(asset=asset).order_by("-block_number")[:1] for asset in (Asset.USDT, Asset.TRX)
    )
    return {row.asset: row for row in usdt.union(trx, all=True)}


def _asset(
    wallet: Wallet, asset: Asset, compared: Reconciliation | None, days: int, now: datetime
) -> AssetShown:
    account = next((row for row in wallet.account_set.all() if row.asset == asset), None)
    alert = next((row for row in wallet.balancealert_set.all() if row.asset == asset), None)
    length, step = SPANS[days]
    told = closings(wallet.pk, asset, until=now, length=length, step=step)
    points = [(one.at, one.books_units) for one in told]
    if account and points:
        points.append((now, account.balance_units))
    mark_units = alert.below_units if alert else None
    line = line_of(points, mark_units=mark_units) if len(points) > 1 else None
    return AssetShown(
        name=asset.value,
        facts=[*_holdings(account, asset), *_on_chain(compared, asset), *_low(alert, asset)],
        line=line,
        low=amount_text(line.low_units) if line else "",
        high=amount_text(line.high_units) if line else "",
        closings=[_closing(one) for one in reversed(told)],
    )


def _closing(one: Closing) -> tuple[str, str, str]:
    return time_text(one.at), amount_text(one.books_units), amount_text(one.chain_units)


def _holdings(account: Account | None, asset: Asset) -> Facts:
    if account is None:
        return [("in the books", "it has none yet")]
    return [
        ("available", amount_text(account.free_units, asset)),
        ("held", amount_text(account.held_units, asset)),
        ("solid, by the books", amount_text(account.balance_units, asset)),
    ]


def _on_chain(compared: Reconciliation | None, asset: Asset) -> Facts:
    if compared is None:
        return [("on chain", "not compared yet")]
    difference = compared.difference_units
    differs = f"differs by {amount_text(difference, asset)}" if difference else "as in the books"
    text = f"{amount_text(compared.chain_units, asset)}, {differs}"
    at = f"block {compared.block_number:,}, {time_text(compared.at)}"
    return [("on chain", text), ("compared after", at)]


def _low(alert: Any, asset: Asset) -> Facts:
    if alert is None:
        return [("told when below", "nobody is told: set an alert")]
    facts: Facts = [("told when below", amount_text(alert.below_units, asset))]
    return [*facts, ("below since", time_text(alert.low_since))] if alert.low_since else facts


def _resources(wallet: Wallet) -> Facts:
    seen = ResourceLook.objects.filter(wallet=wallet).first()
    if seen is None:
        return []
    return [
        ("energy", f"{seen.energy:,} left"),
        ("bandwidth", f"{seen.bandwidth:,} left of its stake"),
        ("free bandwidth", f"{seen.free_bandwidth:,} left of today's"),
        ("seen", f"{time_text(seen.at)} at {seen.node}"),
    ]


def _signing(wallet: Any) -> Facts:
    facts: Facts = [
        ("address", code(wallet.address)),
        ("network", wallet.network),
        ("kind", wallet.get_kind_display()),
        ("key", "here, sealed" if wallet.has_key else "not here"),
        ("backed up", time_text(wallet.backed_up_at)),
        ("signs as", code(wallet.signer_address) if wallet.signer_address else "itself"),
        ("by permission", permission_text(wallet.permission)),
        ("books begin after", _block(wallet.opened_at_block)),
        ("created", time_text(wallet.created_at)),
    ]
    return facts


def _block(number: int | None) -> str:
    return NOTHING if number is None else f"block {number:,}"


def permission_text(found: dict[str, Any] | None) -> str:
    """Return the permission that a wallet's key signs with."""
    if not found:
        return "the owner's"
    keys = ", ".join(f"{key} ({weight})" for key, weight in found["keys"].items())
    return f"active {found['id']}: threshold {found['threshold']} of {keys}"


def _operations(wallet: Wallet) -> list[Operation]:
    rows = Operation.objects.filter(wallet=wallet).select_related("transaction")
    operations = list(rows.defer("transaction__signed_hex").order_by("-pk")[:ROWS_MAX])
    for one in operations:
        one.state = status_of(one).replace("_", " ")  # type: ignore[attr-defined]
        one.text = amount_text(one.amount_micro or None)  # type: ignore[attr-defined]
        one.link = operation_link(one.pk)  # type: ignore[attr-defined]
    return operations


def _holds(wallet: Wallet) -> list[Hold]:
    """Return the newest open holds: of all that are open, which are few, not of all there were."""
    accounts = list(wallet.account_set.all())
    rows = Hold.objects.filter(status=Hold.Status.OPEN, account__in=accounts)
    holds = list(rows.order_by("-pk")[:ROWS_MAX])
    assets = {account.pk: account.asset for account in accounts}
    subjects = [hold.subject for hold in holds]
    operations = set(Operation.objects.filter(pk__in=subjects).values_list("pk", flat=True))
    for hold in holds:
        link = operation_link if hold.subject in operations else payout_link
        hold.link = link(hold.subject)  # type: ignore[attr-defined]
        hold.text = amount_text(hold.units, assets[hold.account_id])  # type: ignore[attr-defined]
    return holds


def _movements(wallet: Wallet) -> list[Movement]:
    if not wallet.address:
        return []
    first, *others = (
        ChainFlow.objects.filter(**{side: wallet.address}, asset=asset).order_by("-id")[:ROWS_MAX]
        for side in ("sender", "recipient")
        for asset in (Asset.USDT, Asset.TRX)
    )
    # Not ``all``: what it sent to itself is met on both sides.
    return [_movement(one, wallet.address) for one in
            first.union(*others).order_by("-id")[:ROWS_MAX]]  # fmt: skip


def _movement(flow: ChainFlow, address: str) -> Movement:
    direction, counterparty = seen_by(address, flow.sender, flow.recipient)
    url = reverse("admin:tron_chainflow_change", args=[flow.pk])
    return Movement(
        when=f"block {flow.block_number:,}",
        is_out=direction == OUT,
        amount=amount_text(flow.units, flow.asset),
        counterparty=short(counterparty),
        tx=format_html('<a class="lp-link" href="{}">{}</a>', url, short(flow.txid)),
    )


def _links(wallet: Wallet) -> list[tuple[str, str]]:
    lists = (
        ("What it was asked to do", "wallets_operation", {"q": wallet.public_id}),
        ("Its comparisons", "wallets_reconciliation", {"q": wallet.public_id}),
        ("Bookings nobody has explained", "wallets_journal", {"explanation": "missing"}),
        ("All open holds", "wallets_hold", {"status__exact": "open"}),
    )
    return [
        (name, f"{reverse(f'admin:{model}_changelist')}?{urlencode(query)}")
        for name, model, query in lists
    ]
