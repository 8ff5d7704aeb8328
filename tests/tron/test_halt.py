"""The kill switch: who pulls it, what stands still, and how it is let go."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from tron.halt import Halted, NothingToLift, halt, lift, open_halts, refuse_halted
from tron.models import Halt, HaltCause
from tron.reference import reference_now

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def pulled(subject: str = "", **fields: Any) -> Halt:
    """Pull it."""
    given = {"cause": HaltCause.OPERATOR, "reason": "drill", "by": "tests", "now": NOW}
    return halt(subject=subject, **{**given, **fields})


def test_nothing_is_refused_while_it_is_off() -> None:
    refuse_halted()
    assert open_halts() == []


def test_it_says_why_all_stands_still() -> None:
    pulled(cause=HaltCause.OUTFLOW, subject="ab" * 32, reason="50 USDT left without an order")
    with pytest.raises(Halted, match=r"money left.*50 USDT left without an order"):
        refuse_halted()


def test_there_is_no_reference_to_sign_on_while_it_is_on() -> None:
    pulled()
    with pytest.raises(Halted):
        reference_now(now=NOW)


def test_a_fact_is_kept_once_however_often_it_is_met(caplog: Any) -> None:
    first = pulled("somebody")
    assert pulled("somebody", reason="again").pk == first.pk
    assert [one.reason for one in open_halts()] == ["drill"]
    assert caplog.text.count("halted") == 2


def test_it_stays_on_until_every_reason_is_lifted() -> None:
    first, second = pulled("one"), pulled("two")
    assert lift(halts=[first.pk], reason="understood", by="tests", now=NOW) == 1
    with pytest.raises(Halted):
        refuse_halted()
    lift(halts=[second.pk], reason="understood", by="tests", now=NOW)
    refuse_halted()


def test_what_came_meanwhile_is_not_lifted_unread() -> None:
    first = pulled("one")
    later = pulled("two")
    lift(halts=[first.pk], reason="understood", by="tests", now=NOW)
    assert open_halts() == [later]


def test_lifting_twice_is_refused_and_keeps_who_was_first() -> None:
    one = pulled()
    lift(halts=[one.pk], reason="understood", by="first", now=NOW)
    with pytest.raises(NothingToLift):
        lift(halts=[one.pk], reason="me too", by="second", now=NOW + timedelta(hours=1))
    one.refresh_from_db()
    assert (one.lifted_by, one.lifted_reason, one.lifted_at) == ("first", "understood", NOW)


def test_the_same_fact_met_after_it_was_lifted_stops_all_again() -> None:
    one = pulled("node")
    lift(halts=[one.pk], reason="understood", by="tests", now=NOW)
    assert pulled("node").pk != one.pk
    with pytest.raises(Halted):
        refuse_halted()


@pytest.mark.parametrize("change", ["reason", "by", "subject", "cause"])
def test_why_it_was_pulled_cannot_be_rewritten(change: str) -> None:
    one = pulled()
    with pytest.raises(DatabaseError), transaction.atomic():
        Halt.objects.filter(pk=one.pk).update(**{change: "other"})
    with pytest.raises(DatabaseError), transaction.atomic():
        one.delete()
