"""What the fake platform knows and decides; the package is how it is reached."""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from lucidpay_client.answers import FINAL
from lucidpay_client.exact import dumps
from lucidpay_client.testing.rules import (
    FOR_ALL,
    ITEM,
    check,
    exact,
    refusal,
    wrong_in,
    wrong_in_batch,
)

ABSENT = (
    "reason", "reference_id", "metadata", "batch_id", "session_id", "node_id", "custom_data",
    "retry_of", "txid", "transaction_hash", "confirmations", "block_number", "block_timestamp",
    "fee_trx", "energy_used", "error_code", "error_message", "estimated_completion",
    "estimated_confirmation", "confirmed_at",
)  # fmt: skip


@dataclass(frozen=True)
class Made:
    """An answer, and whether it was given before."""

    status: int
    body: Any
    replayed: bool = False


@dataclass
class World:
    """Everything there is."""

    balance_usdt: str
    payouts: dict[str, dict[str, Any]] = field(default_factory=dict)
    batches: dict[str, dict[str, Any]] = field(default_factory=dict)
    _keys: dict[tuple[str, str], tuple[str, Made]] = field(default_factory=dict)
    _orders: dict[str, str] = field(default_factory=dict)  # id → what it was made of

    def payout_create(self, body: dict[str, Any], key: str | None) -> Made:
        """Make a payout, or find the one that was made."""
        check(wrong_in({**FOR_ALL, **body}, ITEM | set(FOR_ALL)))
        order = exact({**FOR_ALL, **body})
        if known := self._replay("payout", key, order):
            return known
        if earlier := self._of_reference(body.get("reference_id")):
            if key is not None or self._orders[earlier["payout_id"]] != dumps(order):
                taken = {name: earlier[name] for name in ("payout_id", "status")}
                raise refusal(409, "LUCID_ERR_1005", **taken)
            return Made(200, dict(earlier), replayed=True)
        self._afford(order["amount_usdt"])
        return self._keep("payout", key, order, Made(201, self._add(order)))

    def batch_create(self, body: dict[str, Any], key: str | None) -> Made:
        """Make a batch of payouts, all or none, or find the one that was made."""
        check(wrong_in_batch(body))
        for_all = {**FOR_ALL, "batch_type": "HOURLY", **body}
        order = {**for_all, "payouts": [exact(one) for one in body["payouts"]]}
        if known := self._replay("batch", key, order):
            return known
        found = [self._of_reference(one.get("reference_id")) for one in body["payouts"]]
        taken = {
            f"payouts[{row}].reference_id": [f"Taken by {one['payout_id']}."]
            for row, one in enumerate(found)
            if one
        }
        if taken:
            batch_id = next(one["batch_id"] for one in found if one)
            if key is not None or self._orders.get(batch_id) != dumps(order):
                raise refusal(409, "LUCID_ERR_1005", **taken)
            return Made(200, self.batches[batch_id], replayed=True)
        return self._keep("batch", key, order, Made(201, self._add_batch(order)))

    def payout(self, payout_id: str) -> dict[str, Any]:
        """Return one, or refuse."""
        if payout_id not in self.payouts:
            raise refusal(404, "LUCID_ERR_2005")
        return self.payouts[payout_id]

    def cancel(self, payout_id: str) -> dict[str, Any]:
        """Cancel one that is pending."""
        payout = self.payout(payout_id)
        if payout["status"] != "pending":
            raise refusal(409, "LUCID_ERR_1005", status=payout["status"])
        self.move(payout, "cancelled")
        return payout

    def move(self, payout: dict[str, Any], status: str) -> None:
        """Let a payout be in a status."""
        payout |= {"status": status, "updated_at": _now()}
        if status == "processing":
            txid = hashlib.sha256(payout["payout_id"].encode()).hexdigest()
            payout |= {"txid": txid, "transaction_hash": txid, "confirmations": 0}
        if status == "confirmed":
            payout |= {"confirmations": 19, "confirmed_at": _now()}

    def page(self, query: dict[str, str]) -> dict[str, Any]:
        """Return a page, newest first; a cursor is the number of rows before it."""
        limit, start = int(query.pop("limit", 20)), int(query.pop("cursor", 0))
        rows = [
            one
            for one in reversed(self.payouts.values())
            if all(one.get(name) == value for name, value in query.items())
        ]
        has_next = len(rows) > start + limit
        pagination = {
            "total": len(rows), "total_exact": True, "limit": limit, "offset": 0,
            "has_next": has_next, "has_previous": start > 0,
            "next_cursor": str(start + limit) if has_next else None,
        }  # fmt: skip
        return {
            "payouts": rows[start : start + limit],
            "pagination": pagination,
            "filters": query,
        }

    def batch(self, batch_id: str) -> dict[str, Any]:
        """Return where a batch stands, or refuse."""
        if batch_id not in self.batches:
            raise refusal(404, "LUCID_ERR_2005")
        of_it = [one for one in self.payouts.values() if one["batch_id"] == batch_id]
        ended = [one for one in of_it if one["status"] in FINAL]
        paid = [one for one in of_it if one["status"] == "confirmed"]
        return {
            "batch_id": batch_id,
            "status": _status_of(of_it),
            "total_payouts": len(of_it),
            "completed_payouts": len(paid),
            "failed_payouts": sum(one["status"] == "failed" for one in of_it),
            "cancelled_payouts": sum(one["status"] == "cancelled" for one in of_it),
            "pending_payouts": len(of_it) - len(ended),
            "paused": False,
            "total_amount_usdt": sum(one["amount_usdt"] for one in of_it),
            "completed_amount_usdt": sum(one["amount_usdt"] for one in paid),
            "created_at": self.batches[batch_id]["created_at"],
            "estimated_completion": None,
            "completed_at": _now() if len(ended) == len(of_it) else None,
        }

    def health(self) -> dict[str, Any]:
        """Return that all is well."""
        told = {"status": "healthy", "service": "tron-payment-service", "version": "fake"}
        return {**told, "timestamp": _now(), "checks": {}}

    def _add(self, order: dict[str, Any], batch_id: str | None = None) -> dict[str, Any]:
        payout = {
            **dict.fromkeys(ABSENT),
            **order,
            "payout_id": f"payout_{uuid4().hex}",
            "batch_id": batch_id,
            "status": "pending",
            "router_type": order["router_type"] or "PayoutRouterV0",
            "review": "not_required",
            "created_at": _now(),
            "updated_at": _now(),
            "request_id": uuid4().hex,
        }
        self.payouts[payout["payout_id"]] = payout
        self._orders[payout["payout_id"]] = dumps(order)
        return dict(payout)

    def _add_batch(self, order: dict[str, Any]) -> dict[str, Any]:
        batch_id = f"batch_{uuid4().hex}"
        for_all = {name: order[name] for name in FOR_ALL}
        made = [self._add({**for_all, **one}, batch_id) for one in order["payouts"]]
        self._orders[batch_id] = dumps(order)
        self.batches[batch_id] = {
            "batch_id": batch_id,
            "status": "processing" if order["batch_type"] == "IMMEDIATE" else "scheduled",
            "total_payouts": len(made),
            "total_amount_usdt": sum(one["amount_usdt"] for one in made),
            "payout_ids": [one["payout_id"] for one in made],
            "successful_payouts": 0,
            "failed_payouts": 0,
            "estimated_completion": None,
            "created_at": _now(),
        }
        return self.batches[batch_id]

    def _replay(self, kind: str, key: str | None, order: dict[str, Any]) -> Made | None:
        if key is None or (kind, key) not in self._keys:
            return None
        body, made = self._keys[kind, key]
        if body != dumps(order):
            raise refusal(422, "LUCID_ERR_1006")
        return Made(made.status, made.body, replayed=True)

    def _keep(self, kind: str, key: str | None, order: dict[str, Any], made: Made) -> Made:
        if key is not None:
            self._keys[kind, key] = (dumps(order), made)
        return made

    def _of_reference(self, reference_id: str | None) -> dict[str, Any] | None:
        if reference_id is None:
            return None
        mine = (one for one in self.payouts.values() if one["reference_id"] == reference_id)
        return next(mine, None)

    def _afford(self, amount: Decimal) -> None:
        gone = sum(
            one["amount_usdt"]
            for one in self.payouts.values()
            if one["status"] not in ("failed", "cancelled")
        )
        if gone + amount > Decimal(self.balance_usdt):
            raise refusal(500, "LUCID_ERR_2007")


def _status_of(payouts: list[dict[str, Any]]) -> str:
    found = {one["status"] for one in payouts}
    if found - FINAL:
        is_waiting = found == {"pending"} and payouts[0]["batch_type"] != "IMMEDIATE"
        return "scheduled" if is_waiting else "processing"
    if len(found) > 1:
        return "partial"
    (status,) = found
    return "completed" if status == "confirmed" else str(status)


def _now() -> str:
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")
