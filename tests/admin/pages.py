"""The admin's addresses."""

from typing import Any

from django.urls import reverse

LIST = "/admin/payouts/payout/"
KEYS = "/admin/access/apikey/"
USERS = "/admin/access/user/"
# Every model with pages, by app.
MODELS = (
    "payouts_payout",
    "payouts_batch",
    "django_celery_beat_periodictask",
    "payouts_router",
    "payouts_limit",
    "payouts_limitwindow",
    "payouts_breakertrip",
    "payouts_kycrecord",
    "payouts_trustedrecipient",
    "payouts_topuprule",
    "payouts_awaitingreview",
    "payouts_approval",
    "payouts_reviewrule",
    "payouts_approvaltier",
    "payouts_reviewexemption",
    "gateway_payment",
    "gateway_paymentbatch",
    "gateway_dispute",
    "gateway_settlement",
    "gateway_reconciliation",
    "gateway_report",
    "webhooks_endpoint",
    "webhooks_delivery",
    "webhooks_event",
    "tron_chaintransaction",
    "tron_chainflow",
    "tron_scancursor",
    "tron_nodestate",
    "tron_halt",
    "wallets_wallet",
    "wallets_journal",
    "wallets_hold",
    "wallets_operation",
    "wallets_reconciliation",
    "wallets_fundingsource",
    "wallets_depositaccount",
    "gateway_sweep",
    "wallets_depositaddress",
    "wallets_deposit",
    "gateway_sweep",
    "wallets_operation",
    "staking_delegationpolicy",
    "access_user",
    "access_apikey",
    "gateway_feeschedule",
    "gateway_rate",
    "gateway_gatewaywindow",
)
WRITTEN = (
    "django_celery_beat_periodictask",
    "payouts_limit",
    "payouts_breakertrip",
    "payouts_kycrecord",
    "payouts_trustedrecipient",
    "payouts_topuprule",
    "wallets_fundingsource",
    "staking_delegationpolicy",
    "access_user",
    "access_apikey",
    "payouts_reviewrule",
    "payouts_approvaltier",
    "payouts_reviewexemption",
    "gateway_feeschedule",
    "gateway_rate",
)
LISTS = ("payouts_awaitingreview",)  # each row leads to the page of another model
READ_ONLY = tuple(model for model in MODELS if model not in (*WRITTEN, *LISTS))


def listing(model: str) -> str:
    """Return the address of a model's list."""
    return reverse(f"admin:{model}_changelist")


def detail(row: Any) -> str:
    """Return the address of a row's page."""
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def cancel(payout: Any) -> str:
    """Return the address where a payout is cancelled."""
    return reverse("admin:payouts_payout_cancel", args=[payout.pk])


def retry(payout: Any) -> str:
    """Return the address where a failed payout is asked for again."""
    return reverse("admin:payouts_payout_retry", args=[payout.pk])
