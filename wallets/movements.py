"""A wallet's transactions: what moved in solid blocks, what is under way, what came to nothing.

Three lists and not one: what moved is the chain's record, the other two are our own.
"""

from typing import Any

import structlog
from django.db.models import Exists, OuterRef, QuerySet

from lucidpay.api.pagination import Page, paginate
from lucidpay.clock import from_ms, iso
from lucidpay.ids import public_id
from lucidpay.money import tokens_of
from tron.flows import FEE_LOG_INDEX
from tron.grid import GridTransfer
from tron.kinds import LIVE, Purpose, TxKind, TxStatus
from tron.models import ChainFlow, ChainTransaction
from wallets.history import grid_page, seen_by
from wallets.models import Asset, Wallet
from wallets.models_operation import Operation

log = structlog.get_logger(__name__)

IN, OUT, SELF = "in", "out", "self"
SOLID, PENDING, FAILED = "solid", "pending", "failed"
STATUSES = (SOLID, PENDING, FAILED)
OURS = {PENDING: LIVE, FAILED: (TxStatus.FAILED, TxStatus.DEAD, TxStatus.CONTRADICTED)}
UNNEEDED = ("signed_hex", "terms", "permission", "proof")


def transactions_page(wallet: Wallet, filters: dict[str, Any], query: dict[str, Any]) -> Page:
    """Return one page of a wallet's transactions, newest first, as callers see them.

    ``filters``: ``status`` (``solid`` unless given), ``token`` and ``direction``.
    """
    status = filters.get("status", SOLID)
    if status == SOLID:
        page = _moved(str(wallet.address), filters, query)
        bodies = _flow_bodies(str(wallet.address), page.rows)
    else:
        page = _own(wallet, OURS[status], filters, query)
        served = _served(page.rows)
        bodies = [_own_body(tx, status, served) for tx in page.rows]
    return Page(bodies, page.pagination)


def indexed_page(wallet: Wallet, token: str, query: dict[str, Any]) -> Page:
    """Return one page of what an indexer tells of a wallet's address, also from before it was ours.

    Shown and never relied on. Raises ``NoIndexer`` or ``ChainAway``.
    """
    address = str(wallet.address)
    found, pagination = grid_page(token, address, query)
    return Page([_grid_body(one, address) for one in found], pagination)


def _grid_body(one: GridTransfer, address: str) -> dict[str, Any]:
    direction, counterparty = seen_by(address, one.sender, one.recipient)
    return {
        "txid": one.txid,
        "direction": direction,
        "token": one.asset,
        "amount": tokens_of(one.units),
        "counterparty": counterparty,
        "status": FAILED if one.is_failed else SOLID,
        "block_number": one.block_number,
        "timestamp": iso(from_ms(one.time_ms)),
        "fee_trx": None,
        "payout_id": None,
        "operation_id": None,
    }


def _moved(address: str, filters: dict[str, Any], query: dict[str, Any]) -> Page:
    # The fee beside a movement is told with it; one alone, of what failed, is a movement.
    beside = ChainFlow.objects.filter(txid=OuterRef("txid"), sender=address).exclude(
        log_index=FEE_LOG_INDEX
    )
    rows = ChainFlow.objects.exclude(Exists(beside), log_index=FEE_LOG_INDEX)
    assets = [filters["token"]] if "token" in filters else list(Asset)
    parts = []
    for asset in assets:
        of_asset = rows.filter(asset=asset)
        if filters.get("direction") != IN:
            parts.append(of_asset.filter(sender=address))
        if filters.get("direction") != OUT:
            parts.append(of_asset.filter(recipient=address).exclude(sender=address))
    both = parts[0]
    for part in parts[1:]:
        both = both | part
    return paginate(both, query, load=_load_flows, parts=parts)


def _load_flows(keys: QuerySet) -> list[ChainFlow]:
    return list(ChainFlow.objects.filter(pk__in=keys).order_by("-pk"))


def _own(
    wallet: Wallet, statuses: tuple[TxStatus, ...], filters: dict[str, Any], query: dict[str, Any]
) -> Page:
    rows = ChainTransaction.objects.filter(sender=wallet.address, status__in=statuses)
    if "token" in filters:
        is_usdt = {"kind__in": (TxKind.TRANSFER, TxKind.APPROVE)}
        rows = (rows.filter if filters["token"] == Asset.USDT else rows.exclude)(**is_usdt)
    if filters.get("direction") == IN:
        rows = rows.none()  # ours all go out
    return paginate(rows, query, load=_load_own)


def _load_own(keys: QuerySet) -> list[ChainTransaction]:
    rows = ChainTransaction.objects.filter(pk__in=keys).defer(*UNNEEDED)
    return list(rows.order_by("-pk"))


def _flow_bodies(address: str, flows: list[ChainFlow]) -> list[dict[str, Any]]:
    txids = {flow.txid for flow in flows}
    fees = ChainFlow.objects.filter(txid__in=txids, log_index=FEE_LOG_INDEX, sender=address)
    paid = dict(fees.values_list("txid", "units"))
    ours = {tx.txid: tx for tx in ChainTransaction.objects.filter(txid__in=txids).defer(*UNNEEDED)}
    served = _served(list(ours.values()))
    return [_flow_body(address, flow, paid, served) for flow in flows]


def _flow_body(
    address: str, flow: ChainFlow, paid: dict[str, int], served: dict[str, dict[str, str]]
) -> dict[str, Any]:
    is_out = flow.sender == address
    direction = SELF if flow.sender == flow.recipient else OUT if is_out else IN
    fee_sun = paid.get(flow.txid)
    return {
        "txid": flow.txid,
        "direction": direction,
        "token": flow.asset,
        "amount": tokens_of(flow.units),
        "counterparty": (flow.recipient if is_out else flow.sender) or None,
        "status": SOLID,
        "block_number": flow.block_number,
        "timestamp": iso(from_ms(flow.block_time_ms)),
        "fee_trx": None if fee_sun is None else tokens_of(fee_sun),
        "payout_id": None,
        "operation_id": None,
        **served.get(flow.txid, {}),
    }


def _own_body(
    tx: ChainTransaction, status: str, served: dict[str, dict[str, str]]
) -> dict[str, Any]:
    time_ms = tx.block_time_ms or tx.timestamp_ms
    return {
        "txid": tx.txid,
        "direction": OUT,
        "token": Asset.USDT if tx.kind in (TxKind.TRANSFER, TxKind.APPROVE) else Asset.TRX,
        "amount": tokens_of(tx.amount_micro),
        "counterparty": tx.recipient or None,
        "status": status,
        "block_number": tx.block_number,
        "timestamp": iso(from_ms(time_ms)),
        "fee_trx": None if tx.fee_sun is None else tokens_of(tx.fee_sun),
        "payout_id": None,
        "operation_id": None,
        **served.get(tx.txid, {}),
    }


def _served(txs: list[ChainTransaction]) -> dict[str, dict[str, str]]:
    """Return, by txid, the public id of what each transaction of ours was made for."""
    of_operations = [tx.subject for tx in txs if tx.purpose == Purpose.OPERATION]
    rows = Operation.objects.filter(pk__in=of_operations).only("id", "kind")
    operations = {row.pk: row.public_id for row in rows} if of_operations else {}
    return {
        tx.txid: {"payout_id": public_id("payout", tx.subject)}
        if tx.purpose == Purpose.PAYOUT
        else {"operation_id": operations[tx.subject]}
        for tx in txs
        if tx.purpose == Purpose.PAYOUT or tx.subject in operations
    }
