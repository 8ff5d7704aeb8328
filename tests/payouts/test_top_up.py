"""Top-ups: one open payout a hot wallet, approved by somebody else, against nobody's limits."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from access.models import User
from lucidpay.clock import utc_now
from payouts import tasks
from payouts.models import Origin, Payout, Review, Router, RouterType
from payouts.models_limits import LimitWindow
from payouts.models_review import ReviewExemption, ReviewRule, RuleCode
from payouts.models_top_up import TopUpRule
from payouts.person import Person
from payouts.policy.approval import content_hash
from payouts.services import top_up
from payouts.services.retry import AskedAnew, payout_retry
from payouts.services.review import OwnPayout, payout_approve, payout_reject
from payouts.services.top_up import Looked, top_ups_request
from payouts.states import Status
from payouts.wallet_uses import wallet_uses
from tests import builders
from tests.builders import USDT
from tron.models import ChainFlow
from wallets.models import Wallet, WalletKind, WalletStatus
from webhooks.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def hot(db: None) -> Wallet:
    """A hot wallet with little left."""
    return builders.hot_wallet(usdt_micro=40 * USDT)


@pytest.fixture
def cold(hot: Wallet) -> Wallet:
    """A cold wallet with much."""
    return builders.wallet_of(WalletKind.COLD, usdt_micro=90_000 * USDT)


@pytest.fixture
def author(db: None) -> User:
    """Who has set the rule; an approver otherwise."""
    return builders.user("admin", is_staff=True)


def rule_of(hot: Wallet, cold: Wallet, author: User, **fields: Any) -> TopUpRule:
    given = {"below_micro": 100 * USDT, "up_to_micro": 6_000 * USDT, "changed_at": utc_now()}
    return TopUpRule.objects.create(wallet=hot, source=cold, author=author, **{**given, **fields})


@pytest.fixture
def rule(hot: Wallet, cold: Wallet, author: User) -> TopUpRule:
    """Below 100 USDT it is filled up to 6 000."""
    return rule_of(hot, cold, author)


def look(**later: float) -> Looked:
    """Look once, some time from now."""
    [looked] = top_ups_request(now=utc_now() + timedelta(**later))
    return looked


@pytest.mark.contract("C-TOPUP-1", "C-TOPUP-2")
def test_a_wallet_below_its_bound_is_to_be_filled(
    rule: TopUpRule, hot: Wallet, cold: Wallet, author: User
) -> None:
    tasks.top_up()
    payout = Payout.objects.get()
    assert (payout.wallet, payout.recipient_address) == (cold, hot.address)
    assert payout.amount_micro == 5_960 * USDT
    assert (payout.owner, payout.origin) == (author, Origin.TOP_UP)
    assert (payout.router_type, payout.review) == (RouterType.DIRECT, Review.REQUIRED)
    assert (payout.limit_kinds, LimitWindow.objects.count()) == ([], 0)
    assert Event.objects.get().type == "payout.created"
    assert "has 40" in payout.events.get().details["hits"]["top_up"]


@pytest.mark.contract("C-TOPUP-2")
def test_who_has_set_the_rule_cannot_approve(rule: TopUpRule, author: User) -> None:
    payout = look().payout
    assert payout is not None
    builders.screened(payout)
    seen = content_hash(Payout.objects.get())
    with pytest.raises(OwnPayout):
        payout_approve(
            payout_id=payout.pk, by=Person(author.pk), seen_hash=seen, reason="r", now=utc_now()
        )
    assert builders.approved(payout).review == Review.APPROVED


@pytest.mark.contract("C-TOPUP-2")
def test_it_is_reviewed_whatever_the_rules_and_whoever_is_exempt(
    rule: TopUpRule, author: User
) -> None:
    ReviewExemption.objects.create(user=author, note="tests")
    for code in RuleCode:
        ReviewRule.objects.update_or_create(code=code, defaults={"enabled": False})
    payout = look().payout
    assert payout is not None
    assert (payout.review, payout.screened_at) == (Review.REQUIRED, None)


@pytest.mark.contract("C-TOPUP-1")
def test_one_is_open_until_its_money_is_in_the_books(rule: TopUpRule, hot: Wallet) -> None:
    payout = look().payout
    assert payout is not None
    assert look().why_not == top_up.IS_OPEN
    builders.approved(_screened(payout))
    assert look(days=3).why_not == top_up.IS_OPEN
    Payout.objects.filter(pk=payout.pk).update(status=Status.CANCELLED)  # an end, for the books
    flow = ChainFlow.objects.create(
        txid="ab" * 32, log_index=0, asset="USDT", sender=builders.address(),
        recipient=str(hot.address), units=1, block_number=2, block_time_ms=1,
    )  # fmt: skip
    assert look(days=3).why_not == top_up.UNBOOKED
    builders.fund(hot, usdt_micro=5_960 * USDT)
    ChainFlow.objects.filter(pk=flow.pk).update(booked_at=utc_now())
    assert look(days=3).why_not == top_up.ENOUGH
    assert Payout.objects.count() == 1


def _screened(payout: Payout) -> Payout:
    builders.screened(payout)
    return Payout.objects.get(pk=payout.pk)


@pytest.mark.contract("C-TOPUP-3")
def test_after_a_no_it_is_not_asked_again_for_a_while(rule: TopUpRule) -> None:
    payout = look().payout
    assert payout is not None
    payout_reject(
        payout_id=payout.pk, by=Person(builders.approver().pk), reason="no", now=utc_now()
    )
    assert look(minutes=59).why_not == top_up.PAUSED
    TopUpRule.objects.update(changed_at=utc_now())
    assert look(minutes=1).payout is not None
    assert Payout.objects.filter(status=Status.PENDING).count() == 1


@pytest.mark.contract("C-TOPUP-3")
def test_after_the_pause_it_is_asked_again(rule: TopUpRule) -> None:
    payout = look().payout
    assert payout is not None
    payout_reject(
        payout_id=payout.pk, by=Person(builders.approver().pk), reason="no", now=utc_now()
    )
    assert look(minutes=61).payout is not None


def test_a_failed_one_is_not_retried_by_hand(rule: TopUpRule) -> None:
    payout = look().payout
    assert payout is not None
    Payout.objects.filter(pk=payout.pk).update(status=Status.FAILED)
    with pytest.raises(AskedAnew):
        payout_retry(payout_id=payout.pk, by="user 1", reason="r", now=utc_now())


Spoil = Callable[[TopUpRule], Any]
AGAINST: dict[str, tuple[Spoil, str]] = {
    "switched off": (lambda _: TopUpRule.objects.update(enabled=False), top_up.IS_OFF),
    "no router": (lambda _: Router.objects.update(wallet=None), top_up.NOT_PAYING),
    "not hot": (
        lambda rule: Wallet.objects.filter(pk=rule.wallet_id).update(kind="cold"),
        top_up.NOT_PAYING,
    ),
    "source archived": (
        lambda rule: Wallet.objects.filter(pk=rule.source_id).update(status=WalletStatus.ARCHIVED),
        top_up.NO_SOURCE,
    ),
    "source hot": (
        lambda rule: Wallet.objects.filter(pk=rule.source_id).update(kind="hot"),
        top_up.NO_SOURCE,
    ),
    "enough": (lambda rule: builders.fund(rule.wallet, usdt_micro=60 * USDT), top_up.ENOUGH),
    "source empty": (
        lambda rule: builders.fund(rule.source, usdt_micro=-90_000 * USDT),
        top_up.SOURCE_EMPTY,
    ),
}


@pytest.mark.parametrize("case", AGAINST)
def test_it_is_not_asked_for(rule: TopUpRule, case: str, capsys: Any) -> None:
    spoil, why_not = AGAINST[case]
    spoil(rule)
    call_command("topup")
    assert capsys.readouterr().out == f"{rule.wallet.name}: {why_not}\n"
    assert not Payout.objects.exists()


def test_a_source_with_less_gives_what_it_has(rule: TopUpRule, capsys: Any) -> None:
    builders.fund(rule.source, usdt_micro=-89_000 * USDT)
    call_command("topup")
    assert "1,000.00 USDT waits for approval." in capsys.readouterr().out
    assert Payout.objects.get().amount_micro == 1_000 * USDT


def test_a_wallet_that_a_rule_needs_is_not_archived(rule: TopUpRule) -> None:
    told = f"A top-up fills {rule.wallet.name} from {rule.source.name}."
    assert told in list(wallet_uses(rule.wallet))
    assert list(wallet_uses(rule.source)) == [told]


def test_without_a_rule_nothing_is_asked_for(hot: Wallet, capsys: Any) -> None:
    call_command("topup")
    assert "no rule" in capsys.readouterr().out


def test_the_database_refuses_rules_that_fill_nothing(
    hot: Wallet, cold: Wallet, author: User
) -> None:
    for wrong in ({"below_micro": 0}, {"up_to_micro": 100 * USDT}, {"cold": hot}):
        with pytest.raises(IntegrityError), transaction.atomic():
            rule_of(hot, **{"cold": cold, "author": author, **wrong})


@pytest.mark.contract("C-TOPUP-1")
@pytest.mark.django_db(transaction=True)
def test_however_many_look_at_once_one_is_asked_for(rule: TopUpRule) -> None:
    def once(_: int) -> Looked:
        try:
            return look()
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        looked = list(threads.map(once, range(8)))
    assert Payout.objects.count() == 1
    assert [one.why_not for one in looked if one.payout is None] == [top_up.IS_OPEN] * 7


@pytest.mark.contract("C-TOPUP-1")
def test_the_database_refuses_a_second_one(
    rule: TopUpRule, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if somebody had not looked whether there is one."""
    assert look().payout is not None
    monkeypatch.setattr(top_up, "_why_not", lambda *_: "")
    assert look().why_not == top_up.IS_OPEN
    assert Payout.objects.count() == 1
