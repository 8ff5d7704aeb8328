"""The demo's own payouts, made over HTTP like everybody's."""

import time
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from lucidpay.demo.http import call
from tron.address import address_of_public_key
from tron.sandbox.genesis import key_of

FINAL = frozenset({"confirmed", "failed", "cancelled"})
PAYOUTS = "/api/payment/payouts"
SHOWN_MAX = 10
# (whom, USDT, why)
ORDERS = (
    ("Ada", "1250.00", "Invoice 1843"),
    ("Grace", "320.50", "Bug bounty"),
    ("Linus", "48.90", "Travel expenses"),
    ("Margaret", "7500.00", "Flight software"),
)


@dataclass(frozen=True)
class Api:
    """The API, called with one key; paths begin with ``/``."""

    url: str
    token: str

    def get(self, path: str) -> Any:
        return call(f"{self.url}{path}", headers=self._headers())

    def post(self, path: str, body: dict[str, Any], *, key: str) -> Any:
        headers = self._headers() | {"Idempotency-Key": key}
        return call(f"{self.url}{path}", body, headers=headers)

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


def address_of(name: str) -> str:
    """Return the address of one of the demo's people; its key is known to everybody."""
    return address_of_public_key(key_of(f"demo recipient {name}").public_key)


SHOP = "the shop"  # gets what its customers pay
NAMES = {address_of(name): name for name in (*(name for name, _, _ in ORDERS), SHOP)}


def payouts_order(api: Api) -> list[str]:
    """Ask for the demo's payouts and return their ids."""
    made = []
    for name, amount, reason in ORDERS:
        body = {"recipient_address": address_of(name), "amount_usdt": amount, "reason": reason}
        made.append(api.post(PAYOUTS, body, key=f"demo {uuid4()}")["payout_id"])
    return made


class Following:
    """What is shown: the newest payouts, and when ours are through."""

    def __init__(self, api: Api, ordered: list[str], *, node_url: str) -> None:
        self._api, self._ordered, self._node_url = api, ordered, node_url
        self._started_s = time.monotonic()
        self.rows: list[dict[str, Any]] = []

    @property
    def elapsed_s(self) -> float:
        return time.monotonic() - self._started_s

    @property
    def ours(self) -> list[dict[str, Any]]:
        return [row for row in self.rows if row["payout_id"] in self._ordered]

    @property
    def is_over(self) -> bool:
        return bool(self.rows) and all(row["status"] in FINAL for row in self.ours)

    def look(self) -> None:
        """Ask where the newest payouts stand; ours stay in the list while others are made."""
        newest = self._api.get(f"{PAYOUTS}?limit={SHOWN_MAX}")["payouts"]
        seen = {row["payout_id"] for row in newest}
        missing = [self._api.get(f"{PAYOUTS}/{one}") for one in self._ordered if one not in seen]
        self.rows = newest[: SHOWN_MAX - len(missing)] + missing
        for row in self.ours:
            if row["status"] == "processing":
                row["confirmations"] = self._blocks(row["txid"])

    def _blocks(self, txid: str) -> int | None:
        """Return how many blocks the node has for a transaction, None when it is in none.

        The platform itself counts from solid blocks on: what is younger could still vanish.
        """
        receipt = call(f"{self._node_url}/wallet/gettransactioninfobyid", {"value": txid})
        if "blockNumber" not in receipt:
            return None
        head = call(f"{self._node_url}/sandbox/state")["head"]["number"]
        return int(head - receipt["blockNumber"] + 1)

    def summary(self) -> str:
        """Say how it went, in one line."""
        confirmed = [row for row in self.ours if row["status"] == "confirmed"]
        paid = sum(row["amount_usdt"] for row in confirmed)
        fees = sum(row["fee_trx"] for row in confirmed)
        others = len(self.ours) - len(confirmed)
        words = f"{len(confirmed)} payouts confirmed on chain: {paid:,} USDT, fees {fees:,} TRX."
        return f"{words} {others} ended otherwise." if others else words
