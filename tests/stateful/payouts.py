"""The machine: services in any order, on a chain and with nodes that do whatever they may do."""

from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from itertools import cycle
from typing import Any
from uuid import UUID

import time_machine
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from lucidpay.clock import utc_now
from payouts.models import Payout
from payouts.models_review import ReviewExemption
from payouts.services.cancel import NotCancellable, payout_cancel
from payouts.services.settle import payouts_settle
from payouts.services.sign import payouts_sign
from payouts.states import FINAL, Status
from payouts.tallies.fold import tallies_fold
from tests import builders
from tests.stateful import truth
from tests.stateful.chain import SOLID_LAG, SUCCESS, Chain
from tests.stateful.cuts import PowerCut, at_once, cut_at
from tests.stateful.node import ACCEPTS, MANNERS, START, Face, Served
from tests.stateful.tables import empty_tables
from tron import nodes
from tron.agree import blocks_agree
from tron.broadcast import broadcast_due
from tron.errors import NodeError
from tron.halt import open_halts
from tron.look import look_at_nodes
from tron.models import ChainTransaction, TxStatus, WatchedAddress
from tron.reference import ChainNotReady
from tron.scan import scan_solid
from wallets.models import Account, Asset
from wallets.services.book_flows import flows_book

BEGINNING_MS = 1_767_225_600_000
ROUNDS_TO_PEACE = 12
# What is drawn never depends on who won a race before: the same draws make the same examples.
RESULTS = st.sampled_from(["", SUCCESS, "REVERT", SUCCESS, "OUT_OF_ENERGY"])  # "": not in this one
AMOUNTS = st.integers(min_value=1, max_value=150_000 * builders.USDT)
VERBS = ("scan", "agree", "settle", "book", "sign", "broadcast")
seen: Counter[str] = Counter()


class Payouts(RuleBasedStateMachine):
    """Two nodes, one chain, one wallet."""

    doors: tuple[Served, Served]
    owner: Any

    def __init__(self) -> None:
        super().__init__()
        empty_tables()
        nodes.forget()
        self.clock = time_machine.travel(
            datetime.fromtimestamp(BEGINNING_MS / 1000, UTC), tick=False
        )
        self.traveller = self.clock.start()
        self.chain = Chain(BEGINNING_MS)
        self.faces = (Face(self.chain), Face(self.chain))
        for door, face in zip(self.doors, self.faces, strict=True):
            door.face = face
        self.wallet = builders.hot_wallet(usdt_micro=START, trx_sun=START)
        WatchedAddress.objects.create(address=self.wallet.address, from_block=0)
        # Amounts are drawn far above what people look at, and nobody is here to approve them.
        ReviewExemption.objects.create(user=self.owner, note="the machine")
        self.final: dict[UUID, str] = {}
        self.set_clock()
        self.scan()

    @initialize(
        amounts=st.tuples(AMOUNTS, AMOUNTS),
        last=st.sampled_from(("sign", "broadcast")),
        statement=st.integers(min_value=0, max_value=4),
        fates=st.lists(RESULTS, min_size=5, max_size=5),
    )
    def every_example_begins_badly(
        self, amounts: tuple[int, int], last: str, statement: int, fates: list[str]
    ) -> None:
        self.a_worker_dies_on_the_road(amounts[0], last, statement)
        self.a_payout_goes_out(amounts[1], ACCEPTS)
        self.a_block_comes_and_vanishes(fates, more=False)

    def set_clock(self) -> None:
        """Let the wall clock be no earlier than the chain."""
        here = max(utc_now(), datetime.fromtimestamp(self.chain.time_ms / 1000, UTC))
        self.traveller.move_to(here)

    # --- What workers do --------------------------------------------------------------------------

    def sign(self) -> None:
        with suppress(ChainNotReady, NodeError):
            payouts_sign(wallet_id=self.wallet.pk, now=utc_now())

    def broadcast(self) -> None:
        broadcast_due(now=utc_now())

    def scan(self) -> None:
        with suppress(NodeError):
            scan_solid(now=utc_now())

    def agree(self) -> None:
        with suppress(NodeError):
            blocks_agree(now=utc_now())

    def look(self) -> None:
        look_at_nodes()

    def settle(self) -> None:
        payouts_settle(now=utc_now())

    def book(self) -> None:
        flows_book(now=utc_now())

    @rule(verb=st.sampled_from(("look", *VERBS)))
    def worker_does(self, verb: str) -> None:
        getattr(self, verb)()

    @rule(
        amount=AMOUNTS,
        last=st.sampled_from(VERBS),
        statement=st.integers(min_value=0, max_value=14),
    )
    def a_worker_dies_on_the_road(self, amount: int, last: str, statement: int) -> None:
        self.traveller.shift(61)  # what was sent before is due again
        self.request(amount)
        for verb in VERBS[: VERBS.index(last)]:
            getattr(self, verb)()
        try:
            with cut_at(statement):
                getattr(self, last)()
        except PowerCut:
            seen[f"{last} cut"] += 1

    @rule(verb=st.sampled_from(VERBS))
    def two_workers_do(self, verb: str) -> None:
        at_once(getattr(self, verb), getattr(self, verb))

    @rule(a=st.sampled_from(MANNERS), b=st.sampled_from(MANNERS))
    def bytes_go_out(self, a: str, b: str) -> None:
        for face, manner in zip(self.faces, (a, b), strict=True):
            face.manner = manner
        self.broadcast()

    @rule(amount=AMOUNTS, manner=st.sampled_from(MANNERS))
    def a_payout_goes_out(self, amount: int, manner: str) -> None:
        for face in self.faces:
            face.away = False
        self.request(amount)
        self.scan()
        self.sign()
        self.bytes_go_out(manner, ACCEPTS)

    @rule(amount=AMOUNTS)
    def all_nodes_forget_a_payout(self, amount: int) -> None:
        self.a_payout_goes_out(amount, ACCEPTS)
        self.traveller.shift(300)
        for _ in range(SOLID_LAG + 1):
            self.mine([])
        for face in self.faces:
            face.lag = 0
        for verb in ("scan", "agree", "settle"):
            getattr(self, verb)()

    # --- What people do ---------------------------------------------------------------------------

    @rule(amount=AMOUNTS)
    def request(self, amount: int) -> None:
        builders.payout(self.owner, amount_usdt=amount, now=utc_now())

    @rule(which=st.integers(min_value=0, max_value=1_000))
    def cancel(self, which: int) -> None:
        keys = list(Payout.objects.order_by("created_at", "pk").values_list("pk", flat=True))
        if keys:
            wanted = keys[which % len(keys)]
            with suppress(NotCancellable):
                payout_cancel(payout_id=wanted, by="a person", reason="", now=utc_now())

    # --- What the world does ----------------------------------------------------------------------

    @rule(seconds=st.sampled_from([6, 16, 61, 150]))
    def time_passes(self, seconds: int) -> None:
        self.traveller.shift(seconds)

    @rule(blocks=st.sampled_from([1, 1, 2, 4, 6]), fates=st.lists(RESULTS, min_size=5, max_size=5))
    def blocks_come(self, blocks: int, fates: list[str]) -> None:
        for _ in range(blocks):
            waiting = [one for one in self.chain.known.values() if self.chain.may_include(one)]
            waiting.sort(key=lambda one: one.amount)
            fates.append(fates.pop(0))
            self.mine([(o.txid, fate) for o, fate in zip(waiting, cycle(fates)) if fate])

    def mine(self, wanted: list[tuple[str, str]]) -> None:
        behind_ms = int(utc_now().timestamp() * 1000) - self.chain.time_ms
        self.chain.mine(wanted, max(3_000, behind_ms))
        self.set_clock()

    @rule(fates=st.lists(RESULTS, min_size=5, max_size=5), more=st.booleans())
    def a_block_comes_and_vanishes(self, fates: list[str], more: bool) -> None:
        self.blocks_come(2 if more else 1, fates)
        self.scan()
        self.blocks_vanish(SOLID_LAG)

    @rule(blocks=st.sampled_from([SOLID_LAG, SOLID_LAG, 1]))
    def blocks_vanish(self, blocks: int) -> None:
        before = self.chain.txids(self.chain.head.number)
        self.chain.reorg(blocks)
        seen["thrown out"] += len(before - self.chain.txids(self.chain.head.number))

    @rule(face=st.integers(min_value=0, max_value=1), lag=st.sampled_from([0, 0, 1, 5, 40]))
    def node_lags(self, face: int, lag: int) -> None:
        self.faces[face].lag = lag

    @rule(face=st.integers(min_value=0, max_value=1), away=st.sampled_from([False, False, True]))
    def node_goes_or_comes(self, face: int, away: bool) -> None:
        self.faces[face].away = away

    # --- What must hold ---------------------------------------------------------------------------

    @invariant()
    def money_is_safe(self) -> None:
        truth.check_money(self.chain)

    @invariant()
    def each_step_is_told(self) -> None:
        truth.check_story(self.final)

    @invariant()
    def books_are_right(self) -> None:
        truth.check_books()

    @invariant()
    def sums_are_exact(self) -> None:
        truth.check_sums()
        tallies_fold()
        truth.check_sums()

    @invariant()
    def nobody_is_accused(self) -> None:
        assert not open_halts()

    def teardown(self) -> None:
        """Let peace return: then everything comes to its end, and all sums agree."""
        try:
            self.come_to_peace()
        finally:
            self.clock.stop()
        for status in Payout.objects.values_list("status", flat=True):
            seen[status] += 1
        seen["signed again"] += (
            ChainTransaction.objects.count() - Payout.objects.exclude(transaction=None).count()
        )
        for status in ChainTransaction.objects.values_list("status", flat=True):
            seen[f"transaction {status}"] += 1

    def come_to_peace(self) -> None:
        for face in self.faces:
            face.manner, face.lag, face.away = ACCEPTS, 0, False
        for _ in range(ROUNDS_TO_PEACE):
            self.traveller.shift(61)
            self.mine([(txid, SUCCESS) for txid in self.chain.known])
            for _ in range(SOLID_LAG):
                self.mine([])
            for verb in ("look", *VERBS):
                getattr(self, verb)()
            truth.check_money(self.chain)
            if not self.under_way():
                break
        truth.check_story(self.final)
        truth.check_books()
        assert not self.under_way(), f"not everything came to its end: {self.under_way()}"
        for asset, left in (
            (Asset.USDT, START - sum(one.amount for one in self.chain.paid().values())),
            (Asset.TRX, START - self.chain.burned_sun()),
        ):
            account = Account.objects.get(wallet=self.wallet, asset=asset)
            assert (account.balance_units, account.held_units) == (left, 0)

    def under_way(self) -> list[tuple[str, str]]:
        """Return (status, reason) of the payouts that wait for anything but money."""
        rows = Payout.objects.exclude(status__in=FINAL)
        short = {"status": Status.PENDING, "wait_reason__contains": "short of"}
        return list(rows.exclude(**short).values_list("status", "wait_reason"))


def check_luck() -> None:
    """Check that the run went where it hurts; a machine that never gets there proves nothing."""
    seen["cut"] = sum(seen[f"{verb} cut"] for verb in VERBS)
    ends = (TxStatus.SUCCEEDED, TxStatus.FAILED, TxStatus.DEAD)
    for what in (*(f"transaction {end}" for end in ends), "signed again", "thrown out", "cut"):
        assert seen[what], f"no example came to: {what} ({dict(seen)})"
