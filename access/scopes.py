"""What a caller may do: scopes, and the roles (Django groups) that bundle them."""

from collections.abc import Iterable

PAYOUTS_CREATE = "payouts:create"
PAYOUTS_READ = "payouts:read"
PAYOUTS_CANCEL = "payouts:cancel"
STATS_READ = "stats:read"
WALLETS_READ = "wallets:read"
WALLETS_MANAGE = "wallets:manage"
USDT_TRANSFER = "usdt:transfer"
STAKING_MANAGE = "staking:manage"
WEBHOOKS_MANAGE = "webhooks:manage"
REPORTS_READ = "reports:read"
KYC_MANAGE = "kyc:manage"
SERVICE_MANAGE = "service:manage"

SCOPES = frozenset(
    {
        PAYOUTS_CREATE,
        PAYOUTS_READ,
        PAYOUTS_CANCEL,
        STATS_READ,
        WALLETS_READ,
        WALLETS_MANAGE,
        USDT_TRANSFER,
        STAKING_MANAGE,
        "payments:create",
        "payments:read",
        "payments:refund",
        WEBHOOKS_MANAGE,
        REPORTS_READ,
        KYC_MANAGE,
        SERVICE_MANAGE,
    }
)
# What each lets its holder do, for people who give roles and make keys.
MEANINGS: dict[str, str] = {
    PAYOUTS_CREATE: "Ask for payouts and batches",
    PAYOUTS_READ: "See payouts",
    PAYOUTS_CANCEL: "Cancel payouts; for who sees everybody's: stop everything",
    STATS_READ: "See sums and statistics",
    WALLETS_READ: "See wallets, their balances and the books",
    WALLETS_MANAGE: "Make and change wallets, send TRX, explain bookings",
    USDT_TRANSFER: "Send USDT of a wallet, and allow others to take it",
    STAKING_MANAGE: "Stake, lend, vote and claim rewards",
    "payments:create": "Ask to be paid",
    "payments:read": "See payments",
    "payments:refund": "Pay payments back",
    WEBHOOKS_MANAGE: "Register webhooks, change them and send again",
    REPORTS_READ: "See reports and settlements",
    KYC_MANAGE: "Keep records of checked identities",
    SERVICE_MANAGE: "Set limits, rules and permissions of wallets, trust recipients, manage users "
    "and keys, let go of the kill switch",
}
_END_USER = frozenset({PAYOUTS_CREATE, PAYOUTS_READ, PAYOUTS_CANCEL, STATS_READ})
_OPERATOR = SCOPES - {SERVICE_MANAGE, KYC_MANAGE}
ROLES: dict[str, frozenset[str]] = {
    "end_user": _END_USER,
    "node_operator": _END_USER | {WALLETS_READ},
    "merchant": frozenset(
        {
            "payments:create",
            "payments:read",
            "payments:refund",
            WEBHOOKS_MANAGE,
            REPORTS_READ,
            STATS_READ,
        }
    ),
    "operator": _OPERATOR,
    "approver": _OPERATOR,
    "auditor": frozenset(scope for scope in SCOPES if scope.endswith(":read")),
    "admin": SCOPES,
}
# These see everybody's payouts and payments; the others only their own.
SEE_ALL = frozenset({"operator", "approver", "auditor", "admin"})
# What no key can do, and people do in the admin alone.
DECIDED_BY_PEOPLE: dict[str, frozenset[str]] = {
    "See everybody's, and so enter here": SEE_ALL,
    "Edit pending payouts, and cancel payments": frozenset({"operator", "approver", "admin"}),
    "Approve and reject payouts; never one's own": frozenset({"approver", "admin"}),
}


def scopes_of(roles: Iterable[str]) -> frozenset[str]:
    """Return all scopes that these roles give; a group that is no role gives none."""
    return frozenset[str]().union(*(ROLES.get(role, frozenset()) for role in roles))
