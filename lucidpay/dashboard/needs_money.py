"""What stops money or makes it doubtful: halts, breakers, low funds, books that differ."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import OuterRef, Subquery
from django.urls import reverse

from access.console import amount_text
from lucidpay.dashboard.need import SOON, URGENT, Found, Need, Viewer, found, listed, named
from lucidpay.health import BOOKS_LATE_S, compared_ago_s, comparison_waits_s, unbooked_age_s
from payouts.models_limits import BreakerTrip
from payouts.policy.breakers import limit_breaker_status
from tron.breaker import CLOSED, OPEN, UNKNOWN, network_breaker_status
from tron.halt import open_halts
from wallets.models import Account, Reconciliation, WalletStatus
from wallets.models_alert import BalanceAlert
from wallets.services.operate_sign import operations_doubted
from wallets.services.suspense import suspense_open


def stop_needs(_: Viewer, now: datetime) -> Iterator[Need]:
    """Yield what stops payouts from being signed or asked for."""
    halts = open_halts()
    if halts:
        told = Found(len(halts), min(one.at for one in halts))
        note = named([f"{one.get_cause_display()}: {one.reason}" for one in halts])
        what = "The kill switch is on: nothing is signed and nothing is sent"
        yield Need("halts", URGENT, what, listed("tron_halt"), told, note)
    yield from _breakers(now)


def _breakers(now: datetime) -> Iterator[Need]:
    trips = list(BreakerTrip.objects.filter(reset_at=None).order_by("pk"))
    if trips:
        told = Found(len(trips), min(one.at for one in trips))
        note = named([f"{one.router_type or 'all routers'}: {one.reason}" for one in trips])
        what, url = "A breaker is tripped: no new payouts are taken", listed("payouts_breakertrip")
        yield Need("trips", URGENT, what, url, told, note)
    elif limit_breaker_status(now) == OPEN:
        what = "A router's limit of this hour or day is used up: it takes no new payouts"
        yield Need("limits", SOON, what, listed("payouts_limitwindow"))
    if network_breaker_status() not in (CLOSED, UNKNOWN):
        what = "The network breaker is open: no TRON node answers"
        yield Need("network", URGENT, what, listed("tron_nodestate"))


def fund_needs(_: Viewer, now: datetime) -> Iterator[Need]:
    """Yield what is wrong with the money of wallets and with their books."""
    yield from _low()
    yield from _differing()
    yield from _books_late(now)
    told = found(suspense_open(), "at")
    if told.count:
        what, url = "Bookings that nobody has explained", listed("wallets_journal",
                                                                 explanation="missing")  # fmt: skip
        yield Need("suspense", URGENT, what, url, told)
    yield from _doubted()


def _doubted() -> Iterator[Need]:
    told = found(operations_doubted(), "doubted_at")
    if told.count:
        what = "Transfers of TRX may be paid already, and wait until you say"
        yield Need("doubted", SOON, what, listed("wallets_operation", status__exact="open"), told)


def _low() -> Iterator[Need]:
    held = Account.objects.filter(
        kind=Account.Kind.WALLET, wallet=OuterRef("wallet"), asset=OuterRef("asset")
    )
    rows = BalanceAlert.objects.filter(wallet__status=WalletStatus.ACTIVE, low_since__isnull=False)
    named_rows = rows.select_related("wallet").defer("wallet__sealed_key")
    balances = Subquery(held.values("balance_units")[:1])
    low = list(named_rows.annotate(units=balances).order_by("low_since"))
    if low:
        note = named([
            f"{one.wallet.name} has {amount_text(one.units, one.asset)}, "
            f"its mark is {amount_text(one.below_units, one.asset)}"
            for one in low
        ])  # fmt: skip
        url = listed("wallets_wallet")
        if len({one.wallet_id for one in low}) == 1:
            url = reverse("admin:wallets_wallet_change", args=[low[0].wallet_id])
        told = Found(len(low), low[0].low_since)
        yield Need("low", URGENT, "Wallets run low", url, told, note)


def _differing() -> Iterator[Need]:
    """Yield wallets whose last comparison with the chain showed something else than the books."""
    compared = Reconciliation.objects.filter(wallet=OuterRef("wallet"), asset=OuterRef("asset"))
    last = compared.order_by("-block_number")
    rows = Account.objects.filter(kind=Account.Kind.WALLET).annotate(
        differs=Subquery(last.values("difference_units")[:1]),
        compared_at=Subquery(last.values("at")[:1]),
    )
    wrong = rows.exclude(differs=None).exclude(differs=0).order_by("pk")
    lines = list(wrong.values_list("wallet__name", "asset", "differs", "compared_at"))
    if lines:
        told = Found(len(lines), min(at for *_, at in lines))
        note = named([
            f"{name}: the chain has {amount_text(abs(units), asset)} "
            f"{'more' if units > 0 else 'less'}"
            for name, asset, units, _ in lines
        ])  # fmt: skip
        url = listed("wallets_reconciliation")
        yield Need("books", URGENT, "The books and the chain differ", url, told, note)


def _books_late(now: datetime) -> Iterator[Need]:
    """Yield what waits too long to be booked or compared, by the bounds of health."""
    interval_s = settings.RECONCILE_INTERVAL_S
    waits = (
        ("unbooked", unbooked_age_s(), BOOKS_LATE_S,
         "Money moved on chain and is not in the books yet", listed("tron_chainflow")),
        ("snapshot", comparison_waits_s(now), BOOKS_LATE_S,
         "A wallet's comparison with the chain waits", listed("wallets_reconciliation")),
        ("compared", compared_ago_s(now), BOOKS_LATE_S + 2 * interval_s,
         "A wallet was not compared with the chain for too long", listed("wallets_reconciliation")),
    )  # fmt: skip
    for key, age_s, most_s, what, url in waits:
        if (age_s or 0) > most_s:
            yield Need(key, SOON, what, url, Found(1, now - timedelta(seconds=age_s or 0)))
