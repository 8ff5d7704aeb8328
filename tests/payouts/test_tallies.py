"""Tallies equal what counting all payouts would give, whatever happens to payouts."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from access.models import User
from payouts.models import Payout, RouterType
from payouts.models_review import ReviewExemption
from payouts.services.cancel import payout_cancel
from payouts.services.settle import payouts_settle
from payouts.states import Status
from payouts.tallies.fold import tallies_fold
from payouts.tallies.models import Tally, TallyDelta
from payouts.tallies.read import Counted, Slice, tallied_between, tallied_ever
from payouts.tallies.rebuild import raw_sql, tallies_rebuild
from tests import builders
from tests.payouts.rivals import Rival
from tron.models import TxStatus

pytestmark = pytest.mark.django_db
MIDNIGHT = datetime(2026, 3, 1, tzinfo=UTC)


def raw(
    *, owner: User | None = None, start: datetime | None = None, end: datetime | None = None
) -> dict[Slice, Counted]:
    """Count the payouts themselves."""
    found: dict[Slice, Counted] = {}
    with connection.cursor() as cursor:
        cursor.execute(raw_sql())
        for owner_id, router_type, hour, measure, bucket, count, total in cursor.fetchall():
            if owner is not None and owner_id != owner.pk:
                continue
            if (start and hour < start) or (end and hour >= end):
                continue
            line = found.setdefault(Slice(router_type, measure, bucket), Counted())
            line.count, line.total = line.count + int(count), line.total + int(total)
    return found


def told(sums: dict[Slice, Counted]) -> dict[Slice, Counted]:
    """Leave out what has come down to nothing."""
    return {part: one for part, one in sums.items() if one != Counted()}


def statuses_of(rows: Any) -> dict[str, Counted]:
    """Count payouts one by one."""
    found: dict[str, Counted] = {}
    for row in rows:
        line = found.setdefault(row.status, Counted())
        line.count, line.total = line.count + 1, line.total + row.amount_micro
    return found


def assert_exact(owners: list[User]) -> None:
    """Compare every way of reading with the payouts."""
    assert told(tallied_ever()) == raw()
    for owner in owners:
        assert told(tallied_ever(owner_id=owner.pk)) == raw(owner=owner)
    for hours in (0, 1, 5, 30):
        start = MIDNIGHT + timedelta(hours=hours)
        assert told(tallied_between(start)) == raw(start=start)
        end = start + timedelta(hours=7)
        assert told(tallied_between(start, end)) == raw(start=start, end=end)
        owner = owners[0]
        assert told(tallied_between(start, end, owner_id=owner.pk)) == raw(
            start=start, end=end, owner=owner
        )


def something_happens(random: Random, owners: list[User]) -> None:
    """Let one payout come, or go one step on any of its ways."""
    pending = list(Payout.objects.filter(status=Status.PENDING).order_by("pk"))
    processing = list(Payout.objects.filter(status=Status.PROCESSING).order_by("pk"))
    asked_at = MIDNIGHT + timedelta(minutes=random.randrange(60 * 48))
    match random.choice(["ask", "ask", "sign", "sign", "cancel", "end", "end", "end", "fold"]):
        case "ask":
            made = builders.payout(
                random.choice(owners),
                now=asked_at,
                amount_usdt=random.randrange(1, 10**10),
                router_type=random.choice([RouterType.V0, RouterType.DIRECT, RouterType.GATEWAY]),
            )
            assert made.status == Status.PENDING
        case "sign" if pending:
            one = random.choice(pending)
            builders.signed(one, now=one.due_at + timedelta(seconds=random.randrange(10_000)))
        case "cancel" if pending:
            payout_cancel(payout_id=random.choice(pending).pk, by="t", reason="", now=asked_at)
        case "end" if processing:
            ends = [TxStatus.SUCCEEDED, TxStatus.FAILED, TxStatus.DEAD]
            for one in random.sample(processing, random.randint(1, len(processing))):
                builders.chain_says(one, random.choice(ends))
            payouts_settle(now=MIDNIGHT + timedelta(days=3, seconds=random.randrange(100_000)))
        case "fold":
            tallies_fold()


@pytest.mark.parametrize("seed", range(4))
def test_they_are_exact_after_any_mix_of_transitions(seed: int, settings: Any) -> None:
    settings.PAYOUT_NEW_ATTEMPTS = 0  # so that some fail
    builders.hot_wallet(usdt_micro=10**14)
    builders.lift_limits()
    random, owners = Random(seed), [builders.user(), builders.user()]  # noqa: S311
    for owner in owners:
        ReviewExemption.objects.create(user=owner, note="tests")
    seen: set[str] = set()
    for _ in range(80):
        something_happens(random, owners)
        seen.update(Payout.objects.values_list("status", flat=True))
    assert_exact(owners)
    while tallies_fold():
        pass
    assert not TallyDelta.objects.exists()
    assert_exact(owners)
    assert seen == set(Status.values)


def test_a_window_that_begins_within_an_hour_is_exact_to_the_microsecond() -> None:
    builders.hot_wallet()
    owner, other = builders.user(), builders.user()
    start = MIDNIGHT + timedelta(minutes=20, microseconds=5)
    end = start + timedelta(hours=2)
    moment = timedelta(microseconds=1)
    times = [start - moment, start, start + timedelta(hours=1), end - moment, end]
    made = [builders.payout(owner, now=time) for time in times]
    builders.payout(other, now=start)
    for folds in range(2):
        for window, rows in {
            (start, end): made[1:4],
            (start, None): made[1:],
            (start, start + moment): made[1:2],
            (start, start): [],
            (end, None): made[4:],
            (start + moment, start + timedelta(minutes=1)): [],
        }.items():
            sums = tallied_between(*window, owner_id=owner.pk)
            found = {part.measure: one for part, one in sums.items()}
            assert found == statuses_of(rows), (folds, window)
        tallies_fold()


def test_creating_a_payout_takes_no_statement_more() -> None:
    builders.hot_wallet()
    owner = builders.user()
    with CaptureQueriesContext(connection) as captured:
        builders.payout(owner)
    assert not [query for query in captured.captured_queries if "tally" in query["sql"]]
    assert TallyDelta.objects.count() == 1


def test_a_statement_that_moves_many_payouts_writes_one_line_a_kind() -> None:
    builders.hot_wallet()
    owner = builders.user()
    for _ in range(5):
        builders.payout(owner, now=MIDNIGHT)
    TallyDelta.objects.all().delete()
    Payout.objects.update(status=Status.CANCELLED)
    found = TallyDelta.objects.values_list("measure", "count", "total").order_by("measure")
    assert list(found) == [("cancelled", 5, 62_500_000), ("pending", -5, -62_500_000)]


def test_what_changes_no_sum_writes_nothing() -> None:
    builders.hot_wallet()
    builders.payout(builders.user())
    TallyDelta.objects.all().delete()
    Payout.objects.update(wait_reason="the node is away")
    assert not TallyDelta.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_while_somebody_adds_up_nobody_waits_and_each_change_counts_once() -> None:
    builders.hot_wallet()
    owner = builders.user()
    for status in ("pending", "confirmed", "failed"):
        builders.payout(owner, status=status)
    adds_up = Rival(tallies_fold)
    assert told(tallied_ever()) == raw()
    assert tallies_fold() == 0  # two at once would wait for each other
    builders.payout(owner)
    assert told(tallied_ever()) == raw()
    adds_up.commit()
    assert told(tallied_ever()) == raw()
    assert tallies_fold() == 1
    assert told(tallied_ever()) == raw()


def test_what_is_rolled_back_was_never_counted() -> None:
    builders.hot_wallet()
    owner = builders.user()
    with transaction.atomic():
        builders.payout(owner)
        transaction.set_rollback(True)
    assert tallied_ever() == {}


def test_latencies_stand_in_the_bucket_whose_bound_they_do_not_exceed() -> None:
    builders.hot_wallet()
    owner = builders.user()
    for ms, bucket in ((0, 0), (1_000, 0), (1_001, 1), (86_400_000, 14), (86_400_001, 15)):
        one = builders.payout(owner, now=MIDNIGHT)
        TallyDelta.objects.all().delete()
        # The builder signs a microsecond after the time it is given.
        builders.signed(one, now=MIDNIGHT + timedelta(milliseconds=ms, microseconds=-1))
        row = TallyDelta.objects.get(measure="dispatch")
        assert (row.bucket, row.count, row.total) == (bucket, 1, ms)


def test_a_second_signature_is_no_second_dispatch() -> None:
    builders.hot_wallet()
    one = builders.payout(builders.user(), now=MIDNIGHT)
    for _ in range(2):
        one.refresh_from_db()
        builders.signed(one)
        builders.chain_says(one, TxStatus.DEAD)
        payouts_settle(now=MIDNIGHT)
    assert sum(row.count for row in TallyDelta.objects.filter(measure="dispatch")) == 1


def test_they_can_be_counted_anew() -> None:
    builders.hot_wallet()
    owner = builders.user()
    for status in Status.values:
        builders.payout(owner, status=status, now=MIDNIGHT)
    before = told(tallied_ever())
    tallies_fold()
    Tally.objects.update(count=77)
    tallies_rebuild()
    assert told(tallied_ever()) == before == raw()
    tallies_fold()
    tallies_rebuild()
    assert told(tallied_ever()) == before


def test_sums_beyond_64_bits_are_exact() -> None:
    builders.hot_wallet(usdt_micro=10**15)
    builders.lift_limits()
    owner = builders.user()
    most = 10**15
    one = builders.payout(owner, amount_usdt=most, now=MIDNIGHT)
    copies = []
    for _ in range(9_999):
        copy = Payout.objects.get(pk=one.pk) if not copies else _copied(copies[0])
        copy.pk, copy.reference_id = Payout._meta.pk.get_default(), None
        copies.append(copy)
    Payout.objects.bulk_create(copies)
    tallies_fold()
    sums = tallied_ever(owner_id=owner.pk)
    assert list(sums.values()) == [Counted(10_000, 10_000 * most)]
    assert 10_000 * most > 2**63


def _copied(row: Payout) -> Payout:
    fields = {field.attname: getattr(row, field.attname) for field in Payout._meta.concrete_fields}
    return Payout(**fields)
