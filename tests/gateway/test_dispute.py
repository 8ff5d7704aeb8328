"""Disputes: opened where a machine cannot know, answered, and decided by people with the role."""

from threading import Thread
from typing import Any

import pytest
from django.db import connection, transaction

from gateway.errors import TooLittleToAccept
from gateway.kinds import DisputeCause, DisputeOutcome
from gateway.locks import payment_locked
from gateway.models import Payment, PaymentEvent
from gateway.models_back import Dispute, Leg, Refund
from gateway.services.dispute import NotDisputable, dispute_open
from gateway.services.dispute_decide import (
    DisputeClosed,
    DisputeIsOpen,
    PaidByOthers,
    dispute_answer,
    dispute_close,
    dispute_raise,
)
from gateway.services.dispute_refund import NothingToGoBack, PayeeIsPaid
from gateway.services.expire import payments_expire
from gateway.services.pay import legs_make
from gateway.services.refund_pay import refunds_pay
from gateway.services.refund_settle import refunds_settle
from gateway.services.settle import legs_settle
from gateway.services.watch import deposits_take
from gateway.states import PaymentStatus
from gateway.story import advance
from lucidpay.clock import utc_now
from lucidpay.errors import ValidationFailed
from payouts.models import Payout
from payouts.person import NotAllowed, Person
from payouts.services.cancel import payout_cancel
from payouts.services.screen import payouts_screen
from payouts.services.sign import payouts_sign
from tests import builders
from tests.gateway.earned import payment as pending_payment
from tests.gateway.world import USDT, Shop
from tests.payouts.rivals import Rival
from wallets.services.book_flows import flows_book
from webhooks.models import Event

pytestmark = pytest.mark.django_db
COST = 1 * USDT  # of each refund that nobody has asked for


def person(role: str = "approver") -> Person:
    return Person(builders.user(role, is_staff=True).pk)


def raised(payment: Payment, **fields: Any) -> Dispute:
    given = {"by": person("operator"), "text": "the payer called", "now": utc_now()}
    return dispute_raise(payment_id=payment.pk, **{**given, **fields})


def closed(outcome: DisputeOutcome, dispute: Dispute | None = None, **fields: Any) -> Dispute:
    """Close the only open dispute."""
    found = dispute or Dispute.objects.get(closed_at=None)
    given = {"by": person(), "note": "looked into it", "now": utc_now()}
    return dispute_close(dispute_id=found.pk, outcome=outcome, **{**given, **fields})


def from_a_stranger(shop: Shop, micro: int = 100 * USDT) -> tuple[dict[str, Any], str]:
    """Return a payment that somebody else has paid, and who."""
    stranger = shop.payer()
    made = shop.made(shop.payer())
    shop.pay(stranger, made["deposit_address"], micro)
    shop.done()
    assert shop.told(made)["status"] == "disputed"
    return made, stranger.address


# --- money of strangers ---------------------------------------------------------------------------


def test_a_stranger_s_money_is_disputed_and_counts_when_it_is_accepted(shop: Shop) -> None:
    made, stranger = from_a_stranger(shop)
    dispute = Dispute.objects.get()
    assert (dispute.cause, dispute.from_status) == (DisputeCause.STRANGER, "pending")
    assert dispute.incoming is not None
    assert dispute.incoming.sender == stranger
    assert Event.objects.filter(type="payment.disputed").count() == 1
    closed(DisputeOutcome.ACCEPTED)
    shop.done()
    assert shop.told(made)["status"] == "completed"
    assert shop.has(made["payee_address"]) == 99_850_000
    shop.in_order()


def test_a_stranger_s_money_goes_back_to_the_stranger(shop: Shop) -> None:
    made, stranger = from_a_stranger(shop)
    before = shop.has(stranger)
    dispute = closed(DisputeOutcome.REFUNDED)
    assert (dispute.outcome, dispute.closed_note) == ("refunded", "looked into it")
    assert shop.told(made)["status"] == "disputed"  # until it is paid back
    shop.done()
    assert shop.told(made)["status"] == "refunded"
    assert shop.has(stranger) == before + 100 * USDT - COST
    refund = Refund.objects.get()
    assert (refund.cause, refund.incoming_id) == ("disputed", dispute.incoming_id)
    assert shop.has(made["payee_address"]) == 0
    shop.in_order()


def test_each_sender_gets_what_they_have_sent(shop: Shop) -> None:
    payer, one, two = shop.payer(), shop.payer(), shop.payer()
    made = shop.made(payer)
    for who, micro in ((payer, 30), (one, 40), (two, 50)):
        shop.pay(who, made["deposit_address"], micro * USDT)
    shop.done()
    before = [shop.has(who.address) for who in (payer, one, two)]
    assert Dispute.objects.count() == 1
    closed(DisputeOutcome.REFUNDED)
    shop.done()
    after = [shop.has(who.address) for who in (payer, one, two)]
    got = [new - old for new, old in zip(after, before, strict=True)]
    assert got == [30 * USDT - COST, 40 * USDT - COST, 50 * USDT - COST]
    assert shop.told(made)["status"] == "refunded"
    shop.in_order()


def test_what_is_dismissed_can_still_be_paid_by_the_payer(shop: Shop) -> None:
    payer, stranger = shop.payer(), shop.payer()
    made = shop.made(payer)
    shop.pay(stranger, made["deposit_address"], 5 * USDT)
    shop.done()
    shop.pay(payer, made["deposit_address"], 100 * USDT)
    shop.done()
    assert shop.told(made)["status"] == "disputed"
    closed(DisputeOutcome.DISMISSED)
    shop.done()
    assert shop.told(made)["status"] == "completed"
    shop.in_order(owed_micro=5 * USDT)  # the stranger's, which stays


def test_too_little_is_not_accepted_and_nothing_has_happened(shop: Shop) -> None:
    made, _ = from_a_stranger(shop, 99 * USDT)
    before = PaymentEvent.objects.count()
    with pytest.raises(TooLittleToAccept):
        closed(DisputeOutcome.ACCEPTED)
    assert Dispute.objects.get().closed_at is None
    assert PaymentEvent.objects.count() == before
    assert shop.told(made)["status"] == "disputed"


def test_a_stranger_s_money_is_not_accepted_for_what_the_payer_has_paid(shop: Shop) -> None:
    payer, stranger = shop.payer(), shop.payer()
    made = shop.made(payer)
    shop.pay(payer, made["deposit_address"], 100 * USDT)
    shop.solid()
    shop.sign_and_settle()
    deposits_take(now=utc_now())
    shop.pay(stranger, made["deposit_address"], 100 * USDT)
    shop.done()
    before = shop.has(stranger.address)
    with pytest.raises(PaidByOthers):
        closed(DisputeOutcome.ACCEPTED)
    closed(DisputeOutcome.REFUNDED)
    shop.done()
    assert shop.has(stranger.address) == before + 100 * USDT - COST
    shop.in_order()


def test_a_stranger_who_pays_what_is_completed_gets_it_back_and_it_stays_completed(
    shop: Shop,
) -> None:
    payer, stranger = shop.payer(), shop.payer()
    made = shop.made(payer)
    shop.pay(payer, made["deposit_address"], 100 * USDT)
    shop.done()
    shop.pay(stranger, made["deposit_address"], 7 * USDT)
    shop.done()
    raised(shop.row(made))
    before = shop.has(stranger.address)
    closed(DisputeOutcome.REFUNDED)
    assert shop.told(made)["status"] == "completed"
    shop.done()
    shop.wait(hours=2)
    shop.done()  # what is late would go back by itself by now
    assert shop.has(stranger.address) == before + 7 * USDT - COST
    assert shop.told(made)["status"] == "completed"
    shop.in_order()


def test_dust_that_sending_would_use_up_is_kept_and_it_is_refunded_at_once(shop: Shop) -> None:
    made, _ = from_a_stranger(shop, 1 * USDT)
    closed(DisputeOutcome.REFUNDED)
    assert shop.told(made)["status"] == "refunded"
    shop.done()
    shop.in_order()


# --- payees who cannot be paid --------------------------------------------------------------------


def leg_cancelled(shop: Shop) -> tuple[dict[str, Any], str]:
    """Return a payment whose payee's payout was cancelled, and the payer."""
    payer = shop.payer()
    made = shop.made(payer)
    shop.pay(payer, made["deposit_address"], 100 * USDT)
    shop.solid()
    shop.sign_and_settle()

    deposits_take(now=utc_now())
    legs_make(now=utc_now())
    payout_cancel(payout_id=Payout.objects.get().pk, by="t", reason="wrong payee", now=utc_now())
    legs_settle(now=utc_now())
    return made, payer.address


def test_when_the_payee_s_payout_was_cancelled_the_payer_gets_it_back(shop: Shop) -> None:
    made, payer = leg_cancelled(shop)
    assert Dispute.objects.get().cause == DisputeCause.LEG_REJECTED
    before = shop.has(payer)
    closed(DisputeOutcome.REFUNDED)
    shop.done()
    assert shop.told(made)["status"] == "refunded"
    assert shop.has(payer) == before + 100 * USDT - COST
    assert shop.has(made["payee_address"]) == 0
    shop.in_order()


@pytest.mark.parametrize("outcome", [DisputeOutcome.ACCEPTED, DisputeOutcome.DISMISSED])
def test_or_the_payee_is_paid_by_another_payout(shop: Shop, outcome: DisputeOutcome) -> None:
    made, _ = leg_cancelled(shop)
    closed(outcome)
    shop.done()
    assert shop.told(made)["status"] == "completed"
    assert shop.has(made["payee_address"]) == 99_850_000
    assert Leg.objects.filter(failed=False).count() == 1
    shop.in_order()


def test_what_the_payee_is_being_paid_does_not_go_back(shop: Shop) -> None:
    payer = shop.payer()
    made = shop.made(payer)
    shop.pay(payer, made["deposit_address"], 100 * USDT)
    shop.solid()
    shop.sign_and_settle()

    deposits_take(now=utc_now())
    legs_make(now=utc_now())
    payouts_screen(wallet_id=shop.hot.pk, now=utc_now())
    assert payouts_sign(wallet_id=shop.hot.pk, now=utc_now()) == 1
    raised(shop.row(made))
    with pytest.raises(PayeeIsPaid):
        closed(DisputeOutcome.REFUNDED)
    shop.done()  # its payout goes its way, and the payment with it
    assert shop.told(made)["status"] == "completed"
    closed(DisputeOutcome.DISMISSED)
    assert shop.told(made)["status"] == "completed"
    assert Refund.objects.count() == 0
    shop.in_order()


def test_when_a_refund_failed_it_can_be_disputed_anew(shop: Shop) -> None:
    made, stranger = from_a_stranger(shop)
    closed(DisputeOutcome.REFUNDED)

    refunds_pay(now=utc_now())
    payout_cancel(payout_id=Payout.objects.get().pk, by="t", reason="", now=utc_now())
    refunds_settle(now=utc_now())
    assert shop.told(made)["status"] == "disputed"
    again = raised(shop.row(made))
    assert again.from_status == "pending"
    before = shop.has(stranger)
    closed(DisputeOutcome.REFUNDED)
    shop.done()
    assert shop.has(stranger) == before + 100 * USDT - COST
    assert shop.told(made)["status"] == "refunded"
    shop.in_order()


# --- people ---------------------------------------------------------------------------------------


@pytest.fixture
def quiet() -> Payment:
    """A payment that nobody has paid anything for."""
    builders.hot_wallet()
    return pending_payment(builders.user("merchant"))


def test_it_is_raised_answered_and_dismissed_with_names_and_reasons(quiet: Payment) -> None:
    operator, approver = person("operator"), person()
    dispute = raised(quiet, by=operator)
    dispute_answer(dispute_id=dispute.pk, by=operator, text="  asked the payer ", now=utc_now())
    closed(DisputeOutcome.DISMISSED, by=approver, note="a mistake")
    dispute.refresh_from_db()
    assert (dispute.opened_by, dispute.answered_by, dispute.closed_by) == (
        str(operator), str(operator), str(approver),
    )  # fmt: skip
    assert (dispute.text, dispute.answer, dispute.closed_note) == (
        "the payer called", "asked the payer", "a mistake",
    )  # fmt: skip
    story = PaymentEvent.objects.filter(payment=quiet).order_by("pk")[1:]
    assert [(one.note, one.by, one.to_status) for one in story] == [
        ("disputed: somebody has raised it", str(operator), "disputed"),
        ("the dispute was answered", str(operator), "disputed"),
        ("the dispute was closed", str(approver), "disputed"),
        ("nothing is to be done: a mistake", str(approver), "pending"),
    ]


@pytest.mark.parametrize("role", [None, "end_user", "merchant", "auditor"])
def test_others_may_neither_raise_nor_answer(quiet: Payment, role: str | None) -> None:
    with pytest.raises(NotAllowed):
        raised(quiet, by=person(role))  # type: ignore[arg-type]
    dispute = raised(quiet)
    with pytest.raises(NotAllowed):
        dispute_answer(dispute_id=dispute.pk, by=person(role), text="x", now=utc_now())  # type: ignore[arg-type]


@pytest.mark.parametrize("role", ["operator", "auditor", "merchant"])
@pytest.mark.parametrize("outcome", DisputeOutcome)
def test_only_approvers_close(quiet: Payment, role: str, outcome: DisputeOutcome) -> None:
    raised(quiet)
    with pytest.raises(NotAllowed):
        closed(outcome, by=person(role))
    assert Dispute.objects.get().closed_at is None


@pytest.mark.parametrize("text", ["", "  ", "x" * 501])
def test_a_reason_is_required(quiet: Payment, text: str) -> None:
    with pytest.raises(ValidationFailed):
        raised(quiet, text=text)
    dispute = raised(quiet)
    with pytest.raises(ValidationFailed):
        dispute_answer(dispute_id=dispute.pk, by=person(), text=text, now=utc_now())
    with pytest.raises(ValidationFailed):
        closed(DisputeOutcome.DISMISSED, note=text)


def test_one_is_open_at_a_time_and_is_closed_once(quiet: Payment) -> None:
    dispute = raised(quiet)
    with pytest.raises(DisputeIsOpen):
        raised(quiet)
    with transaction.atomic():
        again = dispute_open(
            payment_locked(quiet.pk), cause=DisputeCause.STRANGER, by="t", text="x", now=utc_now()
        )
    assert again == dispute
    closed(DisputeOutcome.DISMISSED)
    for outcome in DisputeOutcome:
        with pytest.raises(DisputeClosed):
            closed(outcome, dispute)
    with pytest.raises(DisputeClosed):
        dispute_answer(dispute_id=dispute.pk, by=person(), text="x", now=utc_now())
    assert raised(quiet).pk != dispute.pk


def test_without_money_nothing_goes_back(quiet: Payment) -> None:
    raised(quiet)
    with pytest.raises(NothingToGoBack):
        closed(DisputeOutcome.REFUNDED)
    assert Dispute.objects.get().closed_at is None


def test_what_is_refunded_in_full_is_not_disputed(quiet: Payment) -> None:

    with transaction.atomic():
        for status in (PaymentStatus.CONFIRMED, PaymentStatus.REFUNDED):
            advance([quiet], to=status, by="t", now=utc_now(), note="t")
    with pytest.raises(NotDisputable):
        raised(quiet)


def test_while_it_is_disputed_it_does_not_expire(shop: Shop) -> None:
    made = shop.made(shop.payer())
    raised(shop.row(made))
    shop.wait(hours=2)
    assert payments_expire(now=utc_now()) == 0
    closed(DisputeOutcome.DISMISSED)
    shop.done()
    assert shop.told(made)["status"] == "failed"


@pytest.mark.django_db(transaction=True)
def test_of_two_who_close_at_once_the_first_decides(quiet: Payment) -> None:
    dispute = raised(quiet)
    approvers = [person(), person()]
    rival = Rival(lambda: closed(DisputeOutcome.DISMISSED, dispute, by=approvers[0]))
    told: list[Any] = []

    def second() -> None:
        try:
            closed(DisputeOutcome.DISMISSED, dispute, by=approvers[1])
        except DisputeClosed as error:
            told.append(error.details["outcome"])
        finally:
            connection.close()

    thread = Thread(target=second)
    thread.start()
    rival.commit()
    thread.join()
    assert told == ["dismissed"]
    dispute.refresh_from_db()
    assert dispute.closed_by == str(approvers[0])


def test_who_raises_one_takes_back_a_payout_that_is_not_signed(shop: Shop) -> None:
    made = shop.made(payer := shop.payer(usdt=100))
    shop.pay(payer, made["deposit_address"], 100 * USDT)
    shop.solid()
    while flows_book(now=utc_now()) + deposits_take(now=utc_now()):
        pass
    assert legs_make(now=utc_now()) == 1
    raised(shop.row(made))
    assert Payout.objects.get().status == "cancelled"
    shop.work()
    assert (shop.told(made)["status"], shop.has(made["payee_address"])) == ("disputed", 0)
    closed(DisputeOutcome.DISMISSED)
    shop.work()
    assert shop.told(made)["status"] == "completed"
    assert shop.has(made["payee_address"]) == 99_850_000
    shop.in_order()
