"""Comparisons beside others who work on the same payments, each with a connection of their own."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from gateway.models import Payment
from gateway.models_after import Reconciliation
from gateway.services.reconcile import CheckAsked, reconcile_ask, reconciliations_retry
from gateway.services.reconcile_due import payments_reconcile
from gateway.states import CheckStatus
from lucidpay.clock import utc_now
from tests import builders
from tests.gateway.earned import payment
from tests.payouts.rivals import Rival
from tron.models import ChainFlow

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def made() -> Payment:
    """A payment that nobody has paid anything for."""
    builders.hot_wallet()
    return payment(builders.user("merchant"))


def by_four(act: Any) -> list[Any]:
    """Return what four who do the same at once come to."""

    def once(_: int) -> Any:
        try:
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        return list(threads.map(once, range(4)))


def test_a_payment_that_is_worked_on_is_passed_by(made: Payment) -> None:
    rival = Rival(lambda: Payment.objects.select_for_update().get(pk=made.pk))
    passed = payments_reconcile(now=utc_now())
    rival.commit()
    assert passed == 0
    assert payments_reconcile(now=utc_now()) == 1


def test_two_who_sweep_at_once_compare_each_payment_once(made: Payment) -> None:
    Payment.objects.filter(pk=made.pk).update(refunded_micro=3)
    assert sum(by_four(lambda: payments_reconcile(now=utc_now()))) == 1
    assert Reconciliation.objects.get().status == CheckStatus.DISPUTED


def test_one_that_waits_comes_to_one_end_however_many_look(made: Payment) -> None:
    assert made.deposit is not None
    flow = ChainFlow.objects.create(
        txid="ab" * 32, log_index=0, asset="USDT", sender=builders.address(),
        recipient=made.deposit.address, units=7, block_number=5, block_time_ms=1,
    )  # fmt: skip
    row = reconcile_ask(CheckAsked(made.pk, None, "", "", "r", utc_now()))
    assert row.status == CheckStatus.PENDING
    flow.delete()
    assert sum(by_four(lambda: reconciliations_retry(now=utc_now()))) == 1
    row.refresh_from_db()
    assert (row.status, row.verified) == (CheckStatus.COMPLETED, True)


def test_a_change_while_it_is_compared_is_compared_anew(made: Payment) -> None:
    """Whatever the clocks say: who waited for the lock has read his before."""
    early = utc_now()
    assert payments_reconcile(now=utc_now()) == 1
    assert payments_reconcile(now=utc_now()) == 0
    Payment.objects.filter(pk=made.pk).update(received_units=5, updated_at=early)
    assert payments_reconcile(now=utc_now()) == 1
