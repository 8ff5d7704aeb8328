"""Many rows in one statement: what is read back is what was written, as if by Django itself."""

from collections.abc import Callable
from copy import copy
from decimal import Decimal
from typing import Any

import pytest
from django.db import DataError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from lucidpay.ids import new_id
from lucidpay.rows import rows_insert, rows_update
from payouts.models import Payout
from payouts.states import Status
from tests import builders

pytestmark = pytest.mark.django_db


@pytest.fixture
def made() -> Payout:
    builders.hot_wallet()
    return builders.payout(builders.user())


def another(made: Payout, **fields: Any) -> Payout:
    """Return a copy that is not stored yet, with another key."""
    row = copy(made)
    row.pk = new_id()
    for name, value in fields.items():
        setattr(row, name, value)
    return row


def told(rows: list[Payout]) -> list[dict[str, Any]]:
    """Return all columns of rows as the database has them, in the rows' order."""
    found = {row["id"]: row for row in Payout.objects.values()}
    return [found[row.pk] for row in rows]


def test_it_inserts_what_bulk_create_inserts(made: Payout) -> None:
    def rows() -> list[Payout]:
        kinds = (["router"], ["api_key", "router"], [], ['odd "{,}\\'])
        return [
            another(made, limit_kinds=kinds[number % 4], amount_micro=5 * 10**9 + number,
                    metadata={"n": Decimal("0.10"), "text": 'ü"\\{}'}, reason=f"it's {number}%s")
            for number in range(9)
        ]  # fmt: skip

    ours, theirs = rows(), rows()
    rows_insert(ours)
    Payout.objects.bulk_create(theirs)
    for mine, other in zip(told(ours), told(theirs), strict=True):
        assert {**mine, "id": None} == {**other, "id": None}


def test_equal_to_python_is_not_equal_in_json(made: Payout) -> None:
    given = [1, True, Decimal("1.0")]
    rows = [another(made, metadata={"n": one}) for one in given]
    rows_insert(rows)
    assert [repr(row["metadata"]["n"]) for row in told(rows)] == [repr(one) for one in given]


@pytest.mark.parametrize("count", [1, 40])
def test_it_is_one_statement(made: Payout, count: int) -> None:
    rows = [another(made) for _ in range(count)]
    with CaptureQueriesContext(connection) as captured:
        rows_insert(rows)
        rows_update(rows, ["wait_reason"])
    assert len(captured) == 2


def test_nothing_is_no_statement() -> None:
    with CaptureQueriesContext(connection) as captured:
        rows_insert([])
        rows_update([], ["status"])
    assert len(captured) == 0


def test_it_updates_each_row_with_its_own(made: Payout) -> None:
    rows = [made, another(made)]
    rows_insert(rows[1:])
    for number, row in enumerate(rows):
        row.wait_reason, row.metadata = f"{number}'%s", {"n": [None] * number}
        row.sign_after = made.created_at
    rows_update(rows, ["wait_reason", "metadata", "sign_after"])
    found = [(row["wait_reason"], row["metadata"], row["sign_after"]) for row in told(rows)]
    expected = [(f"{n}'%s", {"n": [None] * n}, made.created_at) for n in range(2)]
    assert found == expected


@pytest.mark.parametrize("write", [rows_insert, lambda rows: rows_update(rows, ["error_code"])])
@pytest.mark.parametrize("count", [1, 2])
def test_it_refuses_what_is_too_long_and_does_not_cut_it(
    made: Payout, write: Callable[[list[Payout]], None], count: int
) -> None:
    rows = [another(made) for _ in range(count)]
    if write is not rows_insert:
        rows_insert(rows)
    rows[-1].error_code = "x" * 21
    with pytest.raises(DataError), transaction.atomic():
        write(rows)


def test_it_refuses_a_key_that_is_taken(made: Payout) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        rows_insert([another(made), made])


def test_it_refuses_rows_without_keys(made: Payout) -> None:
    row = another(made)
    row.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        rows_insert([row])


def test_rows_know_that_they_are_stored(made: Payout) -> None:
    row = Payout(**{**Payout.objects.values().get(pk=made.pk), "id": new_id()})
    rows_insert([row])
    row.status = Status.CANCELLED
    row.save(update_fields=["status"])
    assert Payout.objects.get(pk=row.pk).status == Status.CANCELLED
