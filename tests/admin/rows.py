"""One row of each model that the admin only shows."""

from datetime import timedelta
from typing import Any

from django.db import transaction

from access.models import User
from gateway.models_limits import GatewayWindow
from gateway.models_report import Report
from gateway.models_sweep import Sweep
from gateway.reports.tally import Sums
from lucidpay.clock import utc_now
from payouts.models import Router
from payouts.models_limits import LimitWindow
from payouts.models_review import Approval
from tests import builders
from tests.deposits import deposit_account_create, deposit_address_next
from tests.gateway.earned import what_follows
from tests.webhooks.api import hooks
from tron.contracts import Order
from tron.kinds import TxKind
from tron.models import ChainFlow, ChainTransaction, Halt, NodeAnswer, NodeState, ScanCursor
from wallets import ledger
from wallets.models import Account, Asset, Hold, Journal, Reconciliation, Wallet
from wallets.models_deposit import Deposit
from wallets.services.deposits import seeds_make
from wallets.services.operate import Asker, Cost, operation_request
from webhooks.models import Event


def one_of_each(owner: User) -> dict[str, Any]:
    """Return rows by ``app_model``; the owner's payout is confirmed."""
    payments = what_follows(owner)
    payout = builders.payout(owner, status="confirmed")
    approved = builders.approved(builders.in_review(owner))
    tx = ChainTransaction.objects.get(subject=payout.pk)
    return {
        **payments,
        "payouts_payout": payout,
        "payouts_approval": Approval.objects.get(payout=approved),
        "payouts_router": Router.objects.first(),
        "payouts_limitwindow": LimitWindow.objects.first(),
        "wallets_wallet": payout.wallet,
        "wallets_journal": Journal.objects.get(kind="payout"),
        "wallets_hold": Hold.objects.first(),
        **_on_chain(tx),
        **_told(owner),
        **_moved(payout.wallet, tx.recipient),
        "payouts_batch": builders.batch(owner, count=1),
    }


def _on_chain(tx: ChainTransaction) -> dict[str, Any]:
    """Return what is known of the chain when this transaction was sent."""
    NodeAnswer.objects.create(
        transaction=tx, node="node:8090", outcome="accepted", code="SUCCESS", at=utc_now()
    )
    cursor = ScanCursor.objects.create(
        genesis_id="a" * 64, first_number=1, number=1010, block_id="b" * 64,
        time_ms=builders.CHAIN_TIME_MS, agreed_number=1010, solid_number=1012, head_number=1030,
        head_time_ms=builders.CHAIN_TIME_MS, node="node:8090", seen_at=utc_now(),
    )  # fmt: skip
    flow = ChainFlow.objects.create(
        txid=tx.txid, log_index=0, asset="USDT", sender=tx.sender, recipient=tx.recipient,
        units=tx.amount_micro, block_number=1010, block_time_ms=builders.CHAIN_TIME_MS,
    )  # fmt: skip
    return {
        "tron_chaintransaction": tx,
        "tron_chainflow": flow,
        "tron_scancursor": cursor,
        "tron_nodestate": NodeState.objects.create(
            name="node:8090", head_number=1030, checked_at=utc_now()
        ),
        "tron_halt": Halt.objects.create(
            cause="operator", reason="a drill", by="operator", at=utc_now()
        ),
    }


def _told(owner: User) -> dict[str, Any]:
    """Return what somebody is told: a webhook and a report."""
    hook = hooks.endpoint(owner, headers={"X-Shop": "north"})
    delivery = hooks.delivery(hook, Event.objects.order_by("pk").first())
    hooks.attempts(delivery, [1])
    report = Report.objects.create(
        owner=owner, period_start=utc_now() - timedelta(days=1), period_end=utc_now(),
        totals=Sums().stored(), request_id="r", generated_at=utc_now(),
    )  # fmt: skip
    return {
        "webhooks_endpoint": hook,
        "webhooks_delivery": delivery,
        "webhooks_event": delivery.event,
        "gateway_report": report,
    }


def _moved(wallet: Wallet, stranger: str) -> dict[str, Any]:
    """Return what comes to deposit addresses and to this wallet, and what leaves them."""
    deposits = deposit_account_create(name="shop", now=utc_now())
    seeds_make()
    deposits.refresh_from_db()
    handed_out = deposit_address_next(account_id=deposits.pk, now=utc_now())
    deposit = Deposit.objects.create(
        address=handed_out, txid="d" * 64, log_index=0, asset="USDT", units=7, sender=stranger,
        is_ours=False, block_number=1010, block_time_ms=builders.CHAIN_TIME_MS,
        created_at=utc_now(),
    )  # fmt: skip
    operation = operation_request(
        wallet_id=wallet.pk,
        order=Order(TxKind.TRANSFER_TRX, str(wallet.address), stranger, amount=7),
        cost=Cost(burn_max_sun=1),
        asker=Asker("user 1"),
        now=utc_now(),
    )
    sweep = Sweep.objects.create(
        address=handed_out, asset="USDT", units=9_000_000, wallet=wallet, funding=operation,
        wait_reason="waits for a drill", look_at=utc_now(), created_at=utc_now(),
    )  # fmt: skip
    compared = Reconciliation.objects.create(
        wallet=wallet, asset="USDT", block_number=1010, block_id="b" * 64, chain_units=7,
        ledger_units=5, difference_units=2, node="node:8090", at=utc_now(),
    )  # fmt: skip
    window = GatewayWindow.objects.create(kind="day", starts_at=utc_now(), used=7, most=9)
    return {
        "gateway_gatewaywindow": window,
        "gateway_sweep": sweep,
        "wallets_operation": operation,
        "wallets_depositaccount": deposits,
        "wallets_depositaddress": handed_out,
        "wallets_deposit": deposit,
        "wallets_reconciliation": compared,
    }


def unexplained_in(wallet: Wallet) -> Journal:
    """Return a booking that waits to be explained: 5 USDT from a stranger."""
    account = ledger.wallet_account(wallet, Asset.USDT)
    suspense = ledger.other_account(Account.Kind.SUSPENSE, Asset.USDT)
    sides = ((account, 5_000_000), (suspense, -5_000_000))
    with transaction.atomic():
        ledger.book([ledger.Booking("unexplained", "ef" * 32 + "/0", sides, 7)], at=utc_now())
    return Journal.objects.get(kind="unexplained")
