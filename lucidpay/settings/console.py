"""The look of the admin, and its sidebar."""

from functools import cache
from typing import Any

from django.urls import reverse_lazy

PAYOUTS, WALLETS = "access.console.sees_payouts", "access.console.sees_wallets"
PAYMENTS, ACCESS = "gateway.console.sees_payments", "access.console.sees_access"


def _page(title: str, icon: str, url_name: str, permission: str) -> dict[str, Any]:
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(url_name),
        "permission": permission,
    }


def _lists(permission: str, *items: tuple[str, str, str]) -> list[dict[str, Any]]:
    """Return the lists of models; an item is its title, icon and ``app_model``."""
    return [
        _page(name, icon, f"admin:{model}_changelist", permission) for name, icon, model in items
    ]


def _group(title: str, *items: dict[str, Any]) -> dict[str, Any]:
    return {"title": title, "separator": True, "items": list(items)}


# What is looked at all day first, what is set once last.
MENU = [
    _group(
        "Payouts",
        *_lists(
            PAYOUTS,
            ("Payouts", "send_money", "payouts_payout"),
            ("To review", "fact_check", "payouts_awaitingreview"),
            ("Batches", "stacks", "payouts_batch"),
            ("Releases", "schedule", "django_celery_beat_periodictask"),
            ("Approvals", "approval", "payouts_approval"),
        ),
    ),
    _group(
        "Wallets",
        *_lists(
            WALLETS,
            ("Wallets", "account_balance_wallet", "wallets_wallet"),
            ("Operations", "build", "wallets_operation"),
        ),
        _page("What to stake", "trending_up", "advice", WALLETS),
        *_lists(WALLETS, ("Lending energy", "offline_bolt", "staking_delegationpolicy")),
        *_lists(PAYOUTS, ("Top-ups", "water_drop", "payouts_topuprule")),
        *_lists(WALLETS, ("Funding sources", "savings", "wallets_fundingsource")),
    ),
    _group(
        "Chain",
        *_lists(
            PAYOUTS,
            ("Kill switch", "front_hand", "tron_halt"),
            ("Transactions", "receipt_long", "tron_chaintransaction"),
            ("Flows", "swap_horiz", "tron_chainflow"),
            ("Nodes", "hub", "tron_nodestate"),
            ("Scanner", "radar", "tron_scancursor"),
        ),
    ),
    _group(
        "Books",
        *_lists(
            WALLETS,
            ("Journals", "menu_book", "wallets_journal"),
            ("Holds", "lock_clock", "wallets_hold"),
            ("Comparisons", "balance", "wallets_reconciliation"),
            ("Deposits", "move_to_inbox", "wallets_deposit"),
            ("Deposit addresses", "qr_code", "wallets_depositaddress"),
            ("Deposit accounts", "call_received", "wallets_depositaccount"),
        ),
    ),
    _group(
        "Payments",
        *_lists(
            PAYMENTS,
            ("Payments", "point_of_sale", "gateway_payment"),
            ("Payment batches", "library_add", "gateway_paymentbatch"),
            ("Disputes", "gavel", "gateway_dispute"),
            ("Sweeps", "mop", "gateway_sweep"),
            ("Settlements", "account_balance", "gateway_settlement"),
            ("Payment checks", "fact_check", "gateway_reconciliation"),
            ("Reports", "summarize", "gateway_report"),
            ("Fees", "percent", "gateway_feeschedule"),
            ("Rates of TRX", "currency_exchange", "gateway_rate"),
            ("Days and minutes", "timelapse", "gateway_gatewaywindow"),
        ),
    ),
    _group(
        "Webhooks",
        *_lists(
            PAYOUTS,
            ("Webhooks", "webhook", "webhooks_endpoint"),
            ("Deliveries", "outgoing_mail", "webhooks_delivery"),
            ("Events", "outbox", "webhooks_event"),
        ),
    ),
    _group(
        "Limits",
        *_lists(
            PAYOUTS,
            ("Breaker", "power_off", "payouts_breakertrip"),
            ("Limits", "speed", "payouts_limit"),
            ("Hours and days", "hourglass_top", "payouts_limitwindow"),
            ("Routers", "alt_route", "payouts_router"),
            ("Trusted recipients", "handshake", "payouts_trustedrecipient"),
            ("KYC records", "verified_user", "payouts_kycrecord"),
        ),
    ),
    _group(
        "Review",
        *_lists(
            PAYOUTS,
            ("Rules", "rule", "payouts_reviewrule"),
            ("Approvals by amount", "groups", "payouts_approvaltier"),
            ("Exempt callers", "no_accounts", "payouts_reviewexemption"),
        ),
    ),
    _group(
        "Access",
        *_lists(ACCESS, ("Users", "group", "access_user")),
        _page("Roles", "badge", "roles", PAYOUTS),
        *_lists(ACCESS, ("API keys", "key", "access_apikey")),
        _page("Audit trail", "history", "audit", PAYOUTS),
    ),
]


def menu(_: object) -> list[dict[str, Any]]:
    """Return the menu as the theme takes it, which asks for it on each page."""
    return _written()


@cache
def _written() -> list[dict[str, Any]]:
    # As text: looked up whenever it is read, a tenth of a page's work went to the addresses.
    return [
        {**group, "items": [{**item, "link": str(item["link"])} for item in group["items"]]}
        for group in MENU
    ]


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
    "ACCOUNT": {
        "navigation": [
            {"title": "Second factor", "link": reverse_lazy("second-factor")},
            {"title": "Change password", "link": reverse_lazy("admin:password_change")},
        ]
    },
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
    "SIDEBAR": {"navigation": menu},
}
