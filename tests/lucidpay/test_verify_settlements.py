"""Whatever is wrong with collected fees and their settlements is named."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from gateway.models import Payment
from gateway.models_after import Settlement
from gateway.services.settle_fees import settlement_make
from gateway.services.settle_fees_end import settlements_follow
from lucidpay.clock import utc_now
from lucidpay.verification.findings import Scope
from lucidpay.verification.settlements import CHECKS
from payouts.models import Payout
from payouts.states import Status
from tests import builders
from tests.corruption import guards_off
from tests.gateway.earned import completed
from wallets import ledger
from wallets.models import Account, Asset
from webhooks.models import Event

pytestmark = pytest.mark.django_db


def findings() -> list[str]:
    scope = Scope(now=utc_now() + timedelta(minutes=11))
    return [found.what for check in CHECKS for found in check(scope)]


@pytest.fixture
def settlement(settings: Any) -> Settlement:
    """One that is completed, beside a payment whose fee waits."""
    settings.SETTLEMENT_ADDRESS = builders.address()
    builders.hot_wallet()
    owner = builders.user("merchant")
    for _ in range(2):
        completed(owner, now=utc_now() - timedelta(hours=1))
    made = settlement_make(now=utc_now(), only_if_due=False).settlement
    assert made is not None
    builders.end(Payout.objects.get(), Status.CONFIRMED)
    settlements_follow(now=utc_now())
    completed(owner)
    made.refresh_from_db()
    return made


def changed(model: type, **fields: Any) -> Callable[[Settlement], None]:
    def breaking(_: Settlement) -> None:
        with guards_off(model):
            model.objects.update(**fields)

    return breaking


def one_freed(settlement: Settlement) -> None:
    with guards_off(Payment):
        key = Payment.objects.filter(settlement=settlement).values("pk")[:1]
        Payment.objects.filter(pk__in=key).update(settlement=None)


def fee_given_away(_: Settlement) -> None:
    earned, charged = (
        ledger.other_account(kind, Asset.USDT)
        for kind in (Account.Kind.EARNED, Account.Kind.CHARGED)
    )
    with transaction.atomic():
        ledger.book([ledger.Booking("x", "x", ((earned, 5), (charged, -5)))], at=utc_now())


def untold(_: Settlement) -> None:
    with guards_off(Event):
        Event.objects.filter(type="settlement.completed").update(type="payout.failed")


def of_nobody(settlement: Settlement) -> None:
    with guards_off(Settlement):
        settlement.payout, kept = None, settlement.payout
        settlement.save()
        assert kept is not None


CORRUPTIONS: dict[str, tuple[Callable[[Settlement], None], str]] = {
    "a fee left the books": (fee_given_away, "the books say 999995"),
    "a settled fee is free again": (one_freed, "those marked are 1 with fees of 1000000"),
    "another sum": (changed(Settlement, amount_micro=7), "moves 7 micro-USDT of 2 payments"),
    "another recipient": (changed(Settlement, recipient="Tx"), "to Tx; its payout"),
    "another origin": (changed(Payout, origin="request"), "by request, pays"),
    "an end that is none": (changed(Payout, status="processing"), "is completed, and payout_"),
    "open though paid": (changed(Settlement, status="processing"), "is processing, and payout_"),
    "failed and marked": (changed(Settlement, status="failed"), "those marked are 2"),
    "a payout of none": (of_nobody, "and no settlement has asked for it"),
    "not told": (untold, "settlement.completed should be announced 1 times and was announced 0"),
}


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_every_corruption_is_named(settlement: Settlement, name: str) -> None:
    breaking, said = CORRUPTIONS[name]
    assert findings() == []
    breaking(settlement)
    assert [one for one in findings() if said in one] != [], findings()
