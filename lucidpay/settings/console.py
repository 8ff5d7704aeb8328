"""The look of the admin, and its sidebar."""

from typing import Any

from django.urls import reverse_lazy


def _group(title: str, permission: str, *items: tuple[str, str, str]) -> dict[str, Any]:
    """Return a group of the sidebar; an item is its title, icon and ``app_model``."""
    return {
        "title": title,
        "separator": True,
        "items": [
            {
                "title": name,
                "icon": icon,
                "link": reverse_lazy(f"admin:{model}_changelist"),
                "permission": permission,
            }
            for name, icon, model in items
        ],
    }


UNFOLD = {
    "SITE_TITLE": "LucidPay",
    "SITE_HEADER": "LucidPay",
    "SITE_SUBHEADER": "USDT payouts on TRON",
    "SITE_SYMBOL": "payments",
    "SITE_URL": "/api/docs/",
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "LOGIN": {"form": "access.admin_login.LoginForm"},
    "DASHBOARD_CALLBACK": "lucidpay.dashboard.views.front_context",
    "ENVIRONMENT": "payouts.console.environment",
    "STYLES": ["access.console.stylesheet"],
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": "access.console.favicon"},
    ],
    "COLORS": {
        "primary": {
            "50": "oklch(98.4% .014 180.72)",
            "100": "oklch(95.3% .051 180.801)",
            "200": "oklch(91% .096 180.426)",
            "300": "oklch(85.5% .138 181.071)",
            "400": "oklch(77.7% .152 181.912)",
            "500": "oklch(70.4% .14 182.503)",
            "600": "oklch(51.1% .096 186.391)",
            "700": "oklch(43.7% .078 188.216)",
            "800": "oklch(38.6% .063 188.416)",
            "900": "oklch(32% .055 190)",
            "950": "oklch(27.7% .046 192.524)",
        },
    },
    "SIDEBAR": {
        "navigation": [
            _group(
                "Payouts",
                "access.console.sees_payouts",
                ("Payouts", "send_money", "payouts_payout"),
                ("Batches", "stacks", "payouts_batch"),
                ("Releases", "schedule", "django_celery_beat_periodictask"),
                ("To review", "fact_check", "payouts_awaitingreview"),
                ("Routers", "alt_route", "payouts_router"),
            ),
            _group(
                "Payments",
                "gateway.console.sees_payments",
                ("Payments", "point_of_sale", "gateway_payment"),
                ("Payment batches", "library_add", "gateway_paymentbatch"),
                ("Fees", "percent", "gateway_feeschedule"),
                ("Rates of TRX", "currency_exchange", "gateway_rate"),
                ("Days and minutes", "timelapse", "gateway_gatewaywindow"),
                ("Reports", "summarize", "gateway_report"),
                ("Sweeps", "mop", "gateway_sweep"),
                ("Disputes", "gavel", "gateway_dispute"),
                ("Settlements", "account_balance", "gateway_settlement"),
                ("Payment checks", "fact_check", "gateway_reconciliation"),
            ),
            _group(
                "Webhooks",
                "access.console.sees_payouts",
                ("Webhooks", "webhook", "webhooks_endpoint"),
                ("Deliveries", "outgoing_mail", "webhooks_delivery"),
                ("Events", "outbox", "webhooks_event"),
            ),
            _group(
                "Limits",
                "access.console.sees_payouts",
                ("Limits", "speed", "payouts_limit"),
                ("Hours and days", "hourglass_top", "payouts_limitwindow"),
                ("Breaker", "power_off", "payouts_breakertrip"),
                ("KYC records", "verified_user", "payouts_kycrecord"),
                ("Trusted recipients", "handshake", "payouts_trustedrecipient"),
                ("Top-ups", "water_drop", "payouts_topuprule"),
            ),
            _group(
                "Review",
                "access.console.sees_payouts",
                ("Rules", "rule", "payouts_reviewrule"),
                ("Approvals by amount", "groups", "payouts_approvaltier"),
                ("Exempt callers", "no_accounts", "payouts_reviewexemption"),
                ("Approvals", "approval", "payouts_approval"),
            ),
            _group(
                "Chain",
                "access.console.sees_payouts",
                ("Transactions", "receipt_long", "tron_chaintransaction"),
                ("Flows", "swap_horiz", "tron_chainflow"),
                ("Scanner", "radar", "tron_scancursor"),
                ("Nodes", "hub", "tron_nodestate"),
                ("Halts", "front_hand", "tron_halt"),
            ),
            _group(
                "Books",
                "access.console.sees_wallets",
                ("Wallets", "account_balance_wallet", "wallets_wallet"),
                ("Operations", "build", "wallets_operation"),
                ("Journals", "menu_book", "wallets_journal"),
                ("Holds", "lock_clock", "wallets_hold"),
                ("Comparisons", "balance", "wallets_reconciliation"),
                ("Funding sources", "savings", "wallets_fundingsource"),
                ("Lending energy", "offline_bolt", "staking_delegationpolicy"),
                ("Deposits", "move_to_inbox", "wallets_deposit"),
                ("Deposit addresses", "qr_code", "wallets_depositaddress"),
                ("Deposit accounts", "call_received", "wallets_depositaccount"),
            ),
            _group(
                "Access",
                "access.console.sees_access",
                ("Users", "group", "access_user"),
                ("API keys", "key", "access_apikey"),
            ),
            {
                "title": "Audit",
                "separator": True,
                "items": [
                    {
                        "title": "Audit trail",
                        "icon": "history",
                        "link": reverse_lazy("audit"),
                        "permission": "access.console.sees_payouts",
                    }
                ],
            },
        ],
    },
}
