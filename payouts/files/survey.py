"""What people want to know of a payout file before they submit it, beside what is wrong with it.

Rows are looked at chunk by chunk, as they would be stored, in a fixed number of statements each.
"""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from lucidpay.sql import ask
from payouts.models import Payout
from payouts.policy.facts import Facts, facts_of
from payouts.policy.review import Rules, hits_of, rules_now
from payouts.queries import available_micro
from payouts.states import Status
from wallets import ledger
from wallets.models import Asset, Wallet

AGAIN = timedelta(hours=24)
SHOWN_MAX = 50
# By the index payout_paid_before. What ended without paying is no duplicate.
ASKED_BEFORE = """
SELECT json_agg(json_build_array(row, recipient, micro))
  FROM unnest(%(rows)s::int[], %(recipients)s::text[], %(amounts)s::bigint[])
       AS asked (row, recipient, micro)
 WHERE EXISTS (SELECT FROM payouts_payout
                WHERE recipient_address = recipient AND amount_micro = micro
                  AND created_at > %(since)s::timestamptz
                  AND status <> ALL(%(unpaid)s::text[]))
"""


@dataclass
class Asked:
    """What is asked of one paying wallet."""

    wallet: Wallet
    payouts: int = 0
    amount_micro: int = 0


class Survey:
    """Adds up what is learned of the rows that nothing is wrong with."""

    def __init__(self, *, now: datetime) -> None:
        self._now = now
        self._rules: Rules = rules_now()
        self._seen: set[tuple[str, int]] = set()
        self._before_micro = 0
        self.wallets: dict[UUID, Asked] = {}
        self.hits: Counter[str] = Counter()  # rows by the rule that wants people to look
        self.hit_rows = 0
        self.again = 0  # rows that somebody was asked to pay in the last 24 hours
        self.again_shown: list[list[Any]] = []  # row, recipient, micro-USDT: the first of them

    def look(self, drafts: dict[int, Payout]) -> None:
        """Look at the next rows: payouts by the number of their row. Three statements at most."""
        if not drafts:
            return
        payouts = list(drafts.values())
        for payout in payouts:
            asked = self.wallets.setdefault(payout.wallet_id, Asked(payout.wallet))
            asked.payouts += 1
            asked.amount_micro += payout.amount_micro
        self._look_for_twins(drafts)
        known = facts_of(payouts, key_id=None, now=self._now)
        for payout, facts in zip(payouts, known.facts, strict=False):
            self._judge(payout, facts)
        self._seen |= {(one.recipient_address, one.amount_micro) for one in payouts}
        self._before_micro += sum(payout.amount_micro for payout in payouts)

    def balances(self) -> list[dict[str, Any]]:
        """Return what is asked of each paying wallet and what it has, in micro-USDT and sun."""
        return [
            {
                "name": asked.wallet.name,
                "address": str(asked.wallet.address),
                "payouts": asked.payouts,
                "amount_micro": asked.amount_micro,
                "before_micro": available_micro(asked.wallet, now=self._now),
                "trx_sun": ledger.wallet_account(asked.wallet, Asset.TRX).free_units,
            }
            for asked in self.wallets.values()
        ]

    def _look_for_twins(self, drafts: dict[int, Payout]) -> None:
        values = {
            "rows": list(drafts),
            "recipients": [one.recipient_address for one in drafts.values()],
            "amounts": [one.amount_micro for one in drafts.values()],
            "since": self._now - AGAIN,
            "unpaid": [Status.FAILED.value, Status.CANCELLED.value],
        }
        [[found]] = ask(ASKED_BEFORE, values)
        rows = list(found or [])
        self.again += len(rows)
        self.again_shown += rows[: SHOWN_MAX - len(self.again_shown)]

    def _judge(self, payout: Payout, facts: Facts) -> None:
        """Count what the rules say, as they will when the rows before this one are stored."""
        is_repeated = (payout.recipient_address, payout.amount_micro) in self._seen
        then = replace(
            facts,
            same_at=self._now if is_repeated else facts.same_at,
            asked_today_micro=facts.asked_today_micro + self._before_micro,
        )
        hits = hits_of(payout.amount_micro, then, self._rules, now=self._now)
        self.hits.update(list(hits))
        self.hit_rows += bool(hits)
