"""What is so at the end of a run, from three sides: the clients, the database and the chain."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from tests.chaos.clients import Accepted
from tests.chaos.listener import Listener
from tests.platform.checks import chain_balances
from tests.platform.running import Platform

Payment = tuple[str, int]  # recipient, base units


@dataclass(frozen=True)
class Payout:
    """A payout as the database has it."""

    payout_id: str
    status: str
    payment: Payment
    txid: str | None
    is_asked: bool = True  # by a client, and not by the gateway for a payment


@dataclass(frozen=True)
class Attempt:
    """A signed transaction, and what the chain's solid side says of it when asked by txid."""

    txid: str
    payout_id: str
    status: str
    has_proof: bool
    receipt: str | None  # None: in no solid block


@dataclass(frozen=True)
class Facts:
    """All that a verdict rests on."""

    accepted: tuple[Accepted, ...]
    payouts: tuple[Payout, ...]
    attempts: tuple[Attempt, ...]
    transfers: tuple[tuple[str, Payment], ...]  # of the hot wallet, as the chain counts them
    events: Counter[tuple[str, str]]  # (payout, type of webhook)
    heard: Counter[tuple[str, str]]  # the same, of those that a receiver has taken
    forged: int  # requests that its receiver could not verify
    open_holds: int
    unbalanced: int  # journals that do not sum to zero
    booked: dict[str, int]
    kept: dict[str, int]
    on_chain: dict[str, int]
    halts: tuple[str, ...] = ()


def facts_of(platform: Platform, accepted: list[Accepted], listener: Listener) -> Facts:
    """Collect them. Nothing here is the platform's own code but its tables."""
    return Facts(
        accepted=tuple(accepted),
        payouts=tuple(_payouts(platform)),
        attempts=tuple(_attempts(platform)),
        transfers=tuple(
            (one["txid"], (one["to"], int(one["amount"]))) for one in platform.transfers()
        ),
        events=Counter(
            {(_public(subject), kind): count for kind, subject, count in platform.rows(EVENTS)}
        ),
        heard=listener.heard(),
        forged=len(listener.receiver.refused),
        open_holds=platform.one("SELECT count(*) FROM wallets_hold WHERE status = 'open'"),
        unbalanced=platform.one(UNBALANCED),
        booked=dict(platform.rows(BOOKED)),
        kept=dict(platform.rows(KEPT)),
        on_chain=chain_balances(platform),
        halts=tuple(row[0] for row in platform.rows(HALTS)),
    )


EVENTS = "SELECT type, subject, count(*) FROM webhooks_event GROUP BY 1, 2"
UNBALANCED = (
    "SELECT count(*) FROM (SELECT 1 FROM wallets_entry GROUP BY journal_id, asset "
    "HAVING sum(units) <> 0) AS one"
)
BOOKED = (
    "SELECT a.asset, sum(e.units)::bigint FROM wallets_entry e "
    "JOIN wallets_account a ON a.id = e.account_id WHERE a.kind = 'wallet' GROUP BY 1"
)
KEPT = "SELECT asset, balance_units FROM wallets_account WHERE kind = 'wallet'"
HALTS = "SELECT cause || ' ' || subject || ': ' || reason FROM tron_halt WHERE lifted_at IS NULL"
PAYOUTS = (
    "SELECT p.id, p.status, p.recipient_address, p.amount_micro, tx.txid, "
    "p.origin NOT IN ('leg', 'refund', 'fees', 'route') FROM payouts_payout p "
    "LEFT JOIN tron_chaintransaction tx ON tx.id = p.transaction_id"
)
ATTEMPTS = "SELECT txid, subject, status, proof IS NOT NULL FROM tron_chaintransaction"


def _public(key: Any) -> str:
    return "payout_" + str(key).removeprefix("payout_").replace("-", "")


def _payouts(platform: Platform) -> list[Payout]:
    return [
        Payout(_public(key), status, (recipient, amount_micro), *rest)
        for key, status, recipient, amount_micro, *rest in platform.rows(PAYOUTS)
    ]


def _attempts(platform: Platform) -> list[Attempt]:
    return [
        Attempt(txid, _public(subject), status, has_proof, _receipt(platform, txid, status))
        for txid, subject, status, has_proof in platform.rows(ATTEMPTS)
    ]


def _receipt(platform: Platform, txid: str, status: str) -> str | None:
    """Ask the chain for those that are said to have paid nothing; the others it lists anyway."""
    if status == "succeeded":
        return "SUCCESS"
    info = platform.node("/walletsolidity/gettransactioninfobyid", {"value": txid})
    # Absent means default (java-tron JsonFormat): DEFAULT is the first of contractResult.
    return str(info["receipt"].get("result", "DEFAULT")) if info else None
