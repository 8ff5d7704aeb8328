"""Screening: the chain is asked about every recipient once, before anything is signed."""

from datetime import timedelta
from typing import Any

import pytest

from lucidpay.clock import utc_now
from payouts import tasks
from payouts.models import Payout
from payouts.models_review import ReviewRule
from payouts.policy.twins import TWIN
from payouts.services.wait import NO_ANSWER, NO_CHAIN, WAITS_FOR_APPROVAL
from tests import builders
from tests.payouts.onchain import CONSTANT, fresh, screen, sign_screened, unscreened, wallet_on
from tests.payouts.rivals import Rival, Waiter
from tests.sandbox.process import SandboxProcess
from tests.tron.lying_node import Exchange, LyingNode
from tron.errors import NodeError
from tron.models import ChainTransaction
from tron.networks import network
from tron.trc20 import word_of_address
from wallets.models import Wallet

pytestmark = pytest.mark.django_db(transaction=True)
CONTRACT = "wallet/getcontract"


@pytest.fixture
def wallet(chain: SandboxProcess) -> Wallet:
    return wallet_on(chain)


@pytest.fixture
def owner(wallet: Wallet) -> Any:
    return builders.user()


def test_what_is_clean_is_signed_afterwards_and_asked_about_once(
    wallet: Wallet, owner: Any, liar: LyingNode
) -> None:
    payout = unscreened(owner)
    assert sign_screened(wallet) == 0
    assert screen(wallet) == 1
    row = fresh(payout)
    assert row.screened_at is not None
    assert (row.review, row.wait_reason, row.events.count()) == ("not_required", "", 1)
    asked = len(liar.questions(CONTRACT))
    assert screen(wallet) == 0
    assert len(liar.questions(CONTRACT)) == asked == 1
    assert sign_screened(wallet) == 1


def test_one_recipient_of_many_payouts_is_asked_about_once(
    wallet: Wallet, owner: Any, liar: LyingNode
) -> None:
    recipient = builders.address()
    for _ in range(5):
        unscreened(owner, recipient_address=recipient)
    assert screen(wallet) == 5
    assert len(liar.questions(CONTRACT)) == 1


def test_a_blacklisted_recipient_needs_a_person(
    chain: SandboxProcess, wallet: Wallet, owner: Any
) -> None:
    payout, healthy = unscreened(owner), unscreened(owner)
    chain.post("/sandbox/usdt", blacklist=[payout.recipient_address])
    assert screen(wallet) == 2
    row = fresh(payout)
    assert (row.review, row.wait_reason) == ("required", WAITS_FOR_APPROVAL)
    event = row.events.order_by("pk").last()
    assert event.by == "screening"
    assert "blacklisted the recipient" in event.details["hits"]["blacklisted"]
    assert sign_screened(wallet) == 1
    assert fresh(healthy).status == "processing"


def test_a_contract_needs_a_person_who_may_approve_it(wallet: Wallet, owner: Any) -> None:
    payout = unscreened(owner, recipient_address=network().usdt_contract)
    screen(wallet)
    assert set(fresh(payout).events.order_by("pk").last().details["hits"]) == {"contract"}
    assert sign_screened(wallet) == 0
    assert builders.approved(payout).review == "approved"


def test_a_rule_that_is_off_raises_nothing(wallet: Wallet, owner: Any) -> None:
    ReviewRule.objects.update_or_create(code="contract", defaults={"enabled": False})
    payout = unscreened(owner, recipient_address=network().usdt_contract)
    screen(wallet)
    assert fresh(payout).review == "not_required"


@pytest.fixture
def twins(wallet: Wallet, owner: Any) -> list[Payout]:
    """Give two requests that did not see each other, in the order of their ids."""
    ReviewRule.objects.update_or_create(
        code="duplicate", defaults={"enabled": True, "parameter": 24}
    )
    # Routers' windows bring requests into a row at their very end only.
    order = {"recipient_address": builders.address()}
    first = Rival(lambda: builders.payout(owner, **order))
    second = Waiter(lambda: builders.payout(owner, **order))
    second.until_it_waits()
    first.commit()
    second.end()
    Payout.objects.update(screened_at=None)
    return list(Payout.objects.order_by("pk"))


def reviews(payouts: list[Payout]) -> list[str]:
    return [fresh(payout).review for payout in payouts]


def test_of_two_requests_at_the_same_time_a_person_looks_at_one(
    wallet: Wallet, twins: list[Payout]
) -> None:
    assert reviews(twins) == ["not_required"] * 2
    assert screen(wallet) == 2
    assert reviews(twins) == ["not_required", "required"]
    assert TWIN in fresh(twins[1]).events.order_by("pk").last().details["hits"]["duplicate"]
    assert sign_screened(wallet) == 1


@pytest.mark.parametrize("first", [0, 1])
def test_it_is_the_second_that_is_screened_if_one_was_signed_before(
    wallet: Wallet, twins: list[Payout], settings: Any, first: int
) -> None:
    last = twins[1 - first]
    Payout.objects.filter(pk=last.pk).update(sign_after=utc_now() + timedelta(hours=1))
    settings.PAYOUT_CHUNK = 1
    screen(wallet)
    Payout.objects.filter(pk=last.pk).update(sign_after=utc_now())
    screen(wallet)
    assert sorted(reviews(twins)) == ["not_required", "required"]


@pytest.mark.parametrize("change", [{"status": "cancelled"}, {"review": "required"}])
def test_one_whose_twin_is_not_paid_or_looked_at_needs_nobody(
    wallet: Wallet, twins: list[Payout], change: dict[str, str]
) -> None:
    Payout.objects.filter(pk=twins[0].pk).update(**change)
    screen(wallet)
    assert fresh(twins[1]).review == "not_required"


def test_twins_need_nobody_while_the_rule_is_off(wallet: Wallet, twins: list[Payout]) -> None:
    ReviewRule.objects.filter(code="duplicate").update(enabled=False)
    assert screen(wallet) == 2
    assert reviews(twins) == ["not_required"] * 2


def test_when_no_node_answers_nothing_is_screened_and_it_says_so(
    wallet: Wallet, owner: Any, settings: Any
) -> None:
    payout = unscreened(owner)
    settings.TRON_NODES = ["http://127.0.0.1:1"]
    with pytest.raises(NodeError):
        screen(wallet)
    tasks.sign()
    row = fresh(payout)
    assert (row.screened_at, row.wait_reason) == (None, NO_CHAIN)
    assert not ChainTransaction.objects.exists()


@pytest.mark.parametrize("answer", [{"Error": "class x"}, b"<html>", {"result": {}}])
def test_one_about_which_nothing_usable_is_said_waits_alone(
    wallet: Wallet, owner: Any, liar: LyingNode, answer: Any
) -> None:
    odd, healthy = unscreened(owner), unscreened(owner)
    word = word_of_address(odd.recipient_address).hex()

    def for_one(exchange: Exchange) -> None:
        truth = exchange.forward()
        exchange.reply(answer if word in exchange.question["data"] else truth)

    liar.on(CONSTANT, for_one)
    assert screen(wallet) == 1
    row = fresh(odd)
    assert (row.screened_at, row.wait_reason) == (None, NO_ANSWER)
    assert row.sign_after > utc_now() + timedelta(seconds=5)
    assert fresh(healthy).screened_at is not None


def test_a_scheduled_one_is_screened_early_and_is_not_due_by_that(
    wallet: Wallet, owner: Any
) -> None:
    payout = unscreened(owner, batch_type="WEEKLY")
    due = payout.sign_after
    assert screen(wallet) == 1
    assert fresh(payout).sign_after == due


def test_a_scheduled_one_about_which_nothing_is_said_is_not_due_by_that(
    wallet: Wallet, owner: Any, liar: LyingNode
) -> None:
    payout = unscreened(owner, batch_type="WEEKLY")
    liar.on(CONTRACT, lambda exchange: exchange.reply({"Error": "class x"}))
    assert screen(wallet) == 0
    row = fresh(payout)
    assert (row.sign_after, row.wait_reason) == (payout.sign_after, NO_ANSWER)


def test_the_first_due_is_screened_first(wallet: Wallet, owner: Any, settings: Any) -> None:
    settings.PAYOUT_CHUNK = 1
    later = unscreened(owner, batch_type="DAILY")
    now = unscreened(owner)
    screen(wallet)
    assert fresh(now).screened_at is not None
    assert fresh(later).screened_at is None


def test_of_those_that_are_due_the_more_urgent_is_screened_first(
    wallet: Wallet, owner: Any, settings: Any
) -> None:
    """Else a file of a hundred thousand would hold up whoever must be paid at once."""
    settings.PAYOUT_CHUNK = 1
    unscreened(owner)
    urgent = unscreened(owner, priority="URGENT")
    screen(wallet)
    assert fresh(urgent).screened_at is not None
    assert sign_screened(wallet) == 1


def test_one_round_of_the_worker_screens_and_signs(
    wallet: Wallet, owner: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "ring", lambda _: None)
    payout = unscreened(owner)
    tasks.sign()
    assert fresh(payout).status == "processing"
