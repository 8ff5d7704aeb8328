"""What each service tells of its work, in numbers of the database.

Each query is bounded, runs over an index or reads sums that the database keeps: the cost does
not grow with the payouts.
"""

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery, Sum

from access.caller import Caller
from gateway.models import PaymentBatch
from gateway.sums import payment_figures
from lucidpay.clock import iso
from lucidpay.health import compared_ago_s, comparison_waits_s, tron_health, unbooked_age_s
from lucidpay.money import tokens_of
from payouts.models import RouterType
from payouts.states import Status
from payouts.stats import percent
from payouts.tallies.read import Counted, by_router, by_status, tallied_ever
from tron.models import ChainFlow
from tron.networks import network
from tron.nodes_report import answers_by_code, nodes_report
from wallets.models import Account, Asset, Hold, Reconciliation, Wallet, WalletStatus
from wallets.models_resources import ResourceLook
from wallets.services.suspense import suspense_open

COUNT_MAX = 10_000  # counted up to here
WALLETS_MAX = 100


def stats_of(service: str, caller: Caller, now: datetime) -> dict[str, Any]:
    """Return what a service tells this caller.

    ``payout-router`` and ``payment-gateway`` tell callers who do not see everybody's payouts of
    their own. The others tell of the whole instance, so only callers who see all may be told.
    """
    return _TOLD[service](caller, now)


def _bounded(rows: QuerySet[Any]) -> int:
    return rows.order_by()[:COUNT_MAX].count()


# --- tron-client --------------------------------------------------------------------------------


def _tron_client(_: Caller, now: datetime) -> dict[str, Any]:
    chain = tron_health(now)
    told = ("network", "latest_block", "solid_block", "lag_seconds", "scanner_lag_blocks",
            "kill_switch", "error")  # fmt: skip
    return {
        **{name: chain[name] for name in told},
        "nodes": nodes_report(),
        "broadcast_answers": answers_by_code(),
        "generated_at": iso(now),
    }


# --- wallet-manager -----------------------------------------------------------------------------


def _wallet_manager(_: Caller, now: datetime) -> dict[str, Any]:
    statuses = Counter(Wallet.objects.values_list("status", flat=True)[:COUNT_MAX])
    held = Account.objects.filter(kind=Account.Kind.WALLET)
    sums = held.order_by().values_list("asset").annotate(Sum("balance_units"), Sum("held_units"))
    totals = {asset: (int(balance), int(promised)) for asset, balance, promised in sums}
    accounts = _accounts(wallets := _wallets())
    return {
        "wallets_by_status": {status: statuses[status] for status in WalletStatus.values},
        "balances": {asset: _balance(totals.get(asset)) for asset in Asset.values},
        "open_holds": _bounded(Hold.objects.filter(status=Hold.Status.OPEN)),
        "flows_unbooked": _bounded(ChainFlow.objects.filter(booked_at=None)),
        "oldest_unbooked_seconds": unbooked_age_s(),
        "wallets": [
            {
                **_named(wallet),
                "status": wallet.status,
                "balances": {
                    asset: _balance(accounts.get((wallet.pk, asset))) for asset in Asset.values
                },
            }
            for wallet in wallets
        ],
        "generated_at": iso(now),
    }


def _wallets(**only: Any) -> list[Wallet]:
    rows = Wallet.objects.with_books().filter(**only).order_by("pk")
    return list(rows.only("id", "name", "address", "status")[:WALLETS_MAX])


def _accounts(wallets: list[Wallet]) -> dict[tuple[Any, str], tuple[int, int]]:
    rows = Account.objects.filter(kind=Account.Kind.WALLET, wallet__in=wallets)
    found = rows.values_list("wallet", "asset", "balance_units", "held_units")
    return {(wallet, asset): (balance, held) for wallet, asset, balance, held in found}


def _named(wallet: Wallet) -> dict[str, Any]:
    return {"wallet_id": wallet.public_id, "name": wallet.name, "address": wallet.address}


def _balance(units: tuple[int, int] | None) -> dict[str, Any]:
    balance, held = units or (0, 0)
    return {
        "balance": tokens_of(balance),
        "held": tokens_of(held),
        "available": tokens_of(balance - held),
    }


# --- usdt-manager -------------------------------------------------------------------------------


def _usdt_manager(_: Caller, now: datetime) -> dict[str, Any]:
    accounts, compared = _accounts(wallets := _wallets()), _compared()
    held = Account.objects.filter(kind=Account.Kind.WALLET, asset=Asset.USDT)
    sums = held.aggregate(balance=Sum("balance_units"), held=Sum("held_units"))
    return {
        "contract_address": network().usdt_contract,
        "usdt": _balance((int(sums["balance"] or 0), int(sums["held"] or 0))),
        "comparison_waits_seconds": comparison_waits_s(now),
        "compared_seconds_ago": compared_ago_s(now),
        "suspense_open": _bounded(suspense_open()),
        "wallets": [
            {
                **_named(wallet),
                "usdt": _balance(accounts.get((wallet.pk, Asset.USDT))),
                "comparison": compared.get(wallet.pk),
            }
            for wallet in wallets
        ],
        "generated_at": iso(now),
    }


def _compared() -> dict[Any, dict[str, Any]]:
    """Return the last comparison of each wallet: one step down an index for each."""
    rows = Reconciliation.objects.filter(wallet=OuterRef("pk"), asset=Asset.USDT)
    last = rows.order_by("-block_number").values("pk")[:1]
    wallets = Wallet.objects.with_books().order_by("pk").annotate(last=Subquery(last))[:WALLETS_MAX]
    keys = [pk for pk in wallets.values_list("last", flat=True) if pk is not None]
    return {
        row.wallet_id: {
            "block_number": row.block_number,
            "chain_usdt": tokens_of(row.chain_units),
            "books_usdt": tokens_of(row.ledger_units),
            "difference_usdt": tokens_of(row.difference_units),
            "compared_at": iso(row.at),
        }
        for row in Reconciliation.objects.filter(pk__in=keys)
    }


# --- trx-staking --------------------------------------------------------------------------------


def _trx_staking(_: Caller, now: datetime) -> dict[str, Any]:
    wallets = _wallets(status=WalletStatus.ACTIVE)
    looks = {look.wallet_id: look for look in ResourceLook.objects.filter(wallet__in=wallets)}
    return {
        "wallets": [{**_named(one), **_resources(looks.get(one.pk))} for one in wallets],
        "generated_at": iso(now),
    }


def _resources(look: ResourceLook | None) -> dict[str, Any]:
    return {
        "energy": look and look.energy,
        "bandwidth": look and look.bandwidth,
        "free_bandwidth": look and look.free_bandwidth,
        "looked_at": look and iso(look.at),
    }


# --- payout-router ------------------------------------------------------------------------------


def _payout_router(caller: Caller, now: datetime) -> dict[str, Any]:
    sums = tallied_ever(owner_id=_owner_of(caller))
    statuses, routers = by_status(sums), by_router(sums)
    succeeded, failed = statuses[Status.CONFIRMED].count, statuses[Status.FAILED].count
    return {
        "total_payouts": sum(one.count for one in statuses.values()),
        "total_amount_usdt": tokens_of(sum(one.total for one in statuses.values())),
        "success_rate": percent(succeeded, succeeded + failed),
        "payouts_by_status": {name: _counted(one) for name, one in statuses.items()},
        "payouts_by_router": {name: _counted(routers[name]) for name in RouterType.values},
        "generated_at": iso(now),
    }


def _owner_of(caller: Caller) -> int | None:
    return None if caller.sees_all else caller.user_id


def _counted(one: Counted) -> dict[str, Any]:
    return {"count": one.count, "amount_usdt": tokens_of(one.total)}


# --- payment-gateway ----------------------------------------------------------------------------


def _payment_gateway(caller: Caller, _: datetime) -> dict[str, Any]:
    owner_id = _owner_of(caller)
    figures = payment_figures(owner_id=owner_id)
    batches = PaymentBatch.objects.filter(completed_at__isnull=False)
    if owner_id is not None:
        batches = batches.filter(owner=owner_id)
    return {
        "total_payments": figures.payments,
        "successful_payments": figures.successful,
        "failed_payments": figures.failed,
        "total_volume": tokens_of(figures.volume_micro),
        "total_fees": tokens_of(figures.fees_micro),
        "refunded_volume": tokens_of(figures.refunded_micro),
        "batches_processed": _bounded(batches),
        "avg_processing_time": figures.average_s,
    }


_TOLD: dict[str, Callable[[Caller, datetime], dict[str, Any]]] = {
    "tron-client": _tron_client,
    "wallet-manager": _wallet_manager,
    "usdt-manager": _usdt_manager,
    "payout-router": _payout_router,
    "payment-gateway": _payment_gateway,
    "trx-staking": _trx_staking,
}
