"""Booking what came in."""

from datetime import datetime

from django.db import transaction

from tron.models import ChainFlow
from wallets.ledger import Booking, accounts_locked, book, other_account
from wallets.models import Account, Asset, Wallet, WalletStatus

CHUNK = 500


def flows_book(*, now: datetime) -> int:
    """Book the next recorded flows and return how many were looked at.

    Inflows go to funding. Outflows are payments of ours, which are booked with their payout;
    for them this only notes that they were seen.
    """
    with transaction.atomic():
        flows = list(
            ChainFlow.objects.select_for_update(skip_locked=True)
            .filter(booked_at=None)
            .order_by("pk")[:CHUNK]
        )
        wallets = _wallets_of(flows)
        accounts = accounts_locked(wallet.pk for wallet in wallets.values())
        book([_inflow(flow, wallets, accounts) for flow in flows if flow.recipient in wallets],
             at=now)  # fmt: skip
        ChainFlow.objects.filter(pk__in=[flow.pk for flow in flows]).update(booked_at=now)
    return len(flows)


def _wallets_of(flows: list[ChainFlow]) -> dict[str, Wallet]:
    rows = Wallet.objects.filter(
        address__in={flow.recipient for flow in flows},
        status__in=(WalletStatus.ACTIVE, WalletStatus.ARCHIVED),
    )
    return {str(wallet.address): wallet for wallet in rows}


def _inflow(flow: ChainFlow, wallets: dict[str, Wallet], accounts: dict) -> Booking:
    asset = Asset(flow.asset)
    account = accounts[(wallets[flow.recipient].pk, asset)]
    funding = other_account(Account.Kind.FUNDING, asset)
    sides = ((account, flow.units), (funding, -flow.units))
    return Booking("inflow", f"{flow.txid}/{flow.log_index}", sides)
