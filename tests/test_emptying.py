"""A test that commits leaves the database as the migrations made it."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import connection

from payouts.models import Payout
from payouts.models_limits import Limit
from payouts.models_review import ReviewRule
from tests import builders
from tests.emptying import Emptying

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_was_written_is_gone_and_what_migrations_wrote_is_back() -> None:
    emptying = Emptying()
    assert emptying.written() == set()
    builders.hot_wallet()
    builders.payout(builders.user("admin"), status="confirmed")
    Limit.objects.update(hourly_micro=7)
    Group.objects.get(name="admin").permissions.add(Permission.objects.first())
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE payouts_reviewrule")

    written = emptying.written()
    assert {"payouts_payout", "payouts_limit", "payouts_reviewrule"} <= written
    emptying.empty()

    assert emptying.written() == set()
    assert not Payout.objects.exists()
    assert not Limit.objects.filter(hourly_micro=7).exists()
    assert ReviewRule.objects.exists()


def test_guards_are_on_afterwards() -> None:
    query = "SELECT count(*) FROM pg_trigger WHERE tgenabled = 'D'"
    emptying = Emptying()
    builders.hot_wallet()
    emptying.empty()
    with connection.cursor() as cursor:
        cursor.execute(query)
        assert cursor.fetchone()[0] == 0


def test_nothing_is_touched_when_nothing_was_written() -> None:
    query = "SELECT sum(relfilenode::bigint) FROM pg_class WHERE relkind = 'r'"
    with connection.cursor() as cursor:
        cursor.execute(query)
        before = cursor.fetchone()
        Emptying().empty()
        cursor.execute(query)
        assert cursor.fetchone() == before
