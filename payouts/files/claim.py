"""What a whole payout file asks of the limits, before any of its rows is stored."""

from datetime import datetime

from access.caller import Caller
from lucidpay.errors import LucidError
from payouts.files.read import Row
from payouts.models import Payout
from payouts.policy.limits import Claim, claim_for
from payouts.policy.refusals import Room, Window
from payouts.policy.router import InvalidRouter, kyc_valid, router_for
from payouts.services.draft import Order, payout_of
from payouts.services.request import paying_wallet
from wallets.models import Wallet

DRAFTS_MAX = 500  # of which a dry run asks the price


class FileClaim:
    """Adds up, chunk by chunk, what the rows that are still to be stored take from each window.

    It reserves nothing: each chunk is reserved when it is stored. But without it a file that is
    larger than a limit would be stored up to that limit, and none of it could ever be signed.
    """

    def __init__(
        self, caller: Caller, *, router_type: str | None, rows_stored: int, now: datetime
    ) -> None:
        self._caller, self._router_type, self._now = caller, router_type, now
        self._to_skip = rows_stored
        self._rooms: dict[Window, Room] = {}
        self._tripped: set[str] = set()
        self._wallets: dict[str, Wallet] = {}
        self.drafts: list[Payout] = []  # the first of them, as they would be stored

    def add(
        self, rows: list[tuple[Row, Order]]
    ) -> tuple[dict[int, dict[str, list[str]]], dict[int, Payout]]:
        """Count these rows, the next of the file.

        Return by row what is wrong with routers, and the others as they would be stored.

        Raises ``InsufficientBalance`` when a router has no wallet. Two statements.
        """
        known, rows = rows[: self._to_skip], rows[self._to_skip :]
        self._to_skip -= len(known)
        has_kyc = kyc_valid([order["recipient_address"] for _, order in rows], now=self._now)
        wrong, found = dict[int, dict[str, list[str]]](), dict[int, Payout]()
        for row, order in rows:
            try:
                found[row.number] = self._draft(order, has_kyc)
            except InvalidRouter as error:
                wrong[row.number] = error.details
        drafts = list(found.values())
        self.drafts += drafts[: DRAFTS_MAX - len(self.drafts)]
        if drafts:
            self._count(claim_for(drafts, now=self._now))
        return wrong, found

    def refusal(self) -> LucidError | None:
        """Return why the file as a whole is refused: ``LimitExceeded`` or ``BreakerOpen``."""
        try:
            Claim([], list(self._rooms.values()), sorted(self._tripped)).refuse()
        except LucidError as error:
            return error
        return None

    def _draft(self, order: Order, has_kyc: frozenset[str]) -> Payout:
        router = router_for(self._router_type, has_kyc=order["recipient_address"] in has_kyc)
        if router not in self._wallets:
            self._wallets[router] = paying_wallet(router)
        wallet = self._wallets[router]
        return payout_of(self._caller, order, router, wallet, self._now, self._now)

    def _count(self, claim: Claim) -> None:
        self._tripped.update(claim.tripped)
        for room in claim.rooms:
            before = self._rooms.get(room.window)
            asked_micro = room.asked_micro + (before.asked_micro if before else 0)
            self._rooms[room.window] = Room(
                room.window, room.limit_micro, room.used_micro, asked_micro
            )
