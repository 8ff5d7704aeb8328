"""A payout that is looked up is the one the ORM would have found, field by field."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import models

from lucidpay.ids import new_id
from payouts.lookup import payout_lookup, payouts_of
from payouts.models import Payout
from tests import builders
from tests.wire import round_trips, to_postgres
from tron.models import ChainTransaction
from wallets.models import Wallet

pytestmark = pytest.mark.django_db


def fields(row: models.Model) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def looked_up(made: Payout) -> Payout:
    found = payout_lookup(made.pk)
    assert found is not None
    return found


@pytest.fixture
def wallet(db: None) -> Wallet:
    """A wallet that pays."""
    return builders.hot_wallet()


@pytest.mark.parametrize("status", ["pending", "processing", "confirmed", "failed", "cancelled"])
def test_it_is_what_the_orm_finds(wallet: Wallet, status: str) -> None:
    given = {"amount": Decimal("1.10"), "names": ["a", None, True], "n": 3}
    made = builders.payout(builders.user(), status=status, metadata=given, custom_data=given)
    ChainTransaction.objects.update(proof={"last": {"number": 1}})
    expected = Payout.objects.select_related("transaction").get(pk=made.pk)
    found = looked_up(made)
    assert fields(found) == fields(expected)
    assert repr(found.metadata) == repr(expected.metadata)
    assert found == expected
    if expected.transaction is None:
        assert found.transaction is None
    else:
        assert fields(found.transaction) == fields(expected.transaction)


def test_all_of_it_is_one_question(wallet: Wallet) -> None:
    made = builders.payout(builders.user())
    builders.signed(made)
    looked_up(made)  # planned once a connection
    with to_postgres() as sent:
        assert looked_up(made).transaction.sender
    assert round_trips(sent) == 1


def test_it_can_be_changed_and_saved(wallet: Wallet) -> None:
    found = looked_up(builders.payout(builders.user()))
    found.wait_reason = "funds"
    found.save(update_fields=["wait_reason"])
    assert Payout.objects.get().wait_reason == "funds"


def test_other_people_s_are_not_found(wallet: Wallet) -> None:
    alice, bob = builders.user(), builders.user()
    made = builders.payout(alice)
    assert payout_lookup(made.pk, owner_id=alice.pk) == made
    assert payout_lookup(made.pk, owner_id=bob.pk) is None
    assert payout_lookup(new_id()) is None


def test_a_list_is_what_the_orm_finds_newest_first(wallet: Wallet) -> None:
    owner = builders.user()
    for status in ("pending", "processing", "confirmed", "failed", "cancelled"):
        builders.payout(owner, status=status, metadata={"amount": Decimal("1.10")})
    expected = list(Payout.objects.select_related("transaction").order_by("-pk"))
    found = payouts_of(Payout.objects.order_by("-pk").values("pk")[:5])
    assert [fields(one) for one in found] == [fields(one) for one in expected]
    for one, other in zip(found, expected, strict=True):
        assert (one.transaction is None) == (other.transaction is None)
        if one.transaction is not None:
            assert fields(one.transaction) == fields(other.transaction)
