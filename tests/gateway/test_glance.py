"""What payers are told before their block is solid, and what becomes of it when that is undone."""

import pytest

from gateway.models import PaymentEvent
from payouts.models import Payout
from tests.gateway.world import TRX, USDT, Shop
from webhooks.models import Event

pytestmark = pytest.mark.django_db


@pytest.mark.contract("C-PAY-8")
def test_money_that_was_seen_is_told_and_nothing_is_paid_by_it(shop: Shop) -> None:
    payer = shop.payer()
    made = shop.made(payer)
    txid = shop.pay(payer, made["deposit_address"], 100 * USDT)
    assert shop.glance() == 0
    shop.node.mine()
    assert shop.glance() == 1
    now = shop.told(made)
    assert (now["status"], now["transaction_id"], now["received_amount"]) == ("processing", txid, 0)
    assert shop.glance() == 0
    assert not Payout.objects.exists()
    shop.done()
    assert shop.told(made)["status"] == "completed"
    kinds = Event.objects.filter(subject=shop.row(made).pk).order_by("pk")
    assert list(kinds.values_list("type", flat=True)).count("payment.started") == 1
    shop.in_order()


def test_too_little_from_somebody_else_or_another_amount_is_not_told(shop: Shop) -> None:
    payer, stranger = shop.payer(), shop.payer()
    made, direct = shop.made(payer), shop.made(payer, payment_method="direct_transfer")
    shop.pay(payer, made["deposit_address"], 99 * USDT)
    shop.pay(stranger, made["deposit_address"], 100 * USDT)
    shop.pay(payer, direct["payee_address"], 101 * USDT)
    shop.pay_trx(payer, made["deposit_address"], 100 * TRX)
    shop.node.mine()
    assert shop.glance() == 0


def test_a_direct_transfer_that_was_seen_is_told(shop: Shop) -> None:
    payer = shop.payer()
    made = shop.made(payer, payment_method="direct_transfer")
    shop.pay(payer, made["payee_address"], 100 * USDT)
    shop.node.mine()
    assert shop.glance() == 1
    assert shop.told(made)["status"] == "processing"
    shop.done()
    assert shop.told(made)["status"] == "completed"


@pytest.mark.contract("C-PAY-8")
def test_a_deposit_that_a_reorg_undoes_pays_nobody(shop: Shop) -> None:
    payer = shop.payer(usdt=100)
    made = shop.made(payer)
    shop.pay(payer, made["deposit_address"], 100 * USDT)
    shop.node.mine()
    shop.glance()
    assert shop.told(made)["status"] == "processing"
    shop.node.post("/sandbox/reorg", blocks=1, transactions="lost")
    shop.node.mine(2)
    shop.glance()
    now = shop.told(made)
    assert (now["status"], now["transaction_id"]) == ("pending", None)
    note = PaymentEvent.objects.filter(payment=shop.row(made)).latest("pk").note
    assert note == "the block in which the money was seen was undone"
    shop.done()
    shop.wait(minutes=61)
    shop.work()
    assert shop.told(made)["status"] == "failed"
    assert shop.has(payer.address) == 100 * USDT
    assert not Payout.objects.exists()
    shop.in_order()


@pytest.mark.contract("C-PAY-8")
def test_a_deposit_that_comes_back_after_a_reorg_counts_once(shop: Shop) -> None:
    payer = shop.payer(usdt=100)
    made = shop.made(payer)
    shop.pay(payer, made["deposit_address"], 100 * USDT)
    shop.node.mine()
    shop.glance()
    shop.node.post("/sandbox/reorg", blocks=1)
    shop.node.mine(2)
    shop.glance()
    shop.done()
    now = shop.told(made)
    assert (now["status"], now["received_amount"]) == ("completed", 100)
    assert shop.has(made["payee_address"]) == 99_850_000
    shop.in_order()
