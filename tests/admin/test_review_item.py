"""The page of a payout to review: all that helps to decide, and the queue around it."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client

from access.models import User
from lucidpay.clock import utc_now
from payouts.console_recipient import compared, in_words
from payouts.models import Payout
from payouts.models_review import ApprovalTier, ReviewExemption
from payouts.services.cancel import payout_cancel
from payouts.states import Status
from tests import builders
from tests.admin import pages
from tests.admin.conftest import Enter
from tests.admin.test_cancel import said
from tests.admin.test_payouts import statements
from tests.admin.test_review import QUEUE, decide, item_page, text

LARGE = 6_000 * builders.USDT

BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


@pytest.fixture
def owner(payee_owner: User) -> User:
    builders.lift_limits()
    return payee_owner


def shown(client: Client, payout: Payout) -> str:
    """Return the page without its line breaks."""
    return " ".join(text(client, item_page(payout)).split())


def alike_to(address: str) -> str:
    """Return an address with the same ends and nothing else, as a thief would have made one.

    Nobody can find a valid one in a moment; the database asks for its shape alone.
    """
    middle = (BASE58[(BASE58.index(one) + 1) % len(BASE58)] for one in address[4:-4])
    return address[:4] + "".join(middle) + address[-4:]


def test_it_tells_what_was_paid_there_before(owner: User, enter: Enter) -> None:
    other = builders.user(username="bonus-tool")
    waiting = builders.in_review(owner)
    address = waiting.recipient_address
    for _ in range(2):
        builders.payout(owner, recipient_address=address, status=Status.CONFIRMED)
    builders.payout(other, recipient_address=address, status=Status.CONFIRMED)
    builders.payout(owner, recipient_address=address)
    builders.payout(owner, recipient_address=address, status=Status.CANCELLED)

    page = shown(enter("auditor"), waiting)

    assert "3 times, 37.50 USDT in all" in page
    assert "acme-payroll (2), bonus-tool (1)" in page
    assert "<dt>under way</dt><dd>1, 12.50 USDT" in page
    assert "<dt>ended unpaid</dt><dd>1" in page
    assert "No record." in page
    assert "Not on the list." in page


def test_a_first_payment_says_never(owner: User, enter: Enter) -> None:
    waiting = builders.in_review(owner)
    assert "<dt>paid before</dt><dd>Never.</dd>" in shown(enter("approver"), waiting)


def test_of_a_recipient_with_many_payouts_the_newest_are_counted(
    owner: User, enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("payouts.console_recipient.HISTORY_MAX", 2)
    waiting = builders.in_review(owner)
    for _ in range(3):
        builders.payout(owner, recipient_address=waiting.recipient_address, status=Status.CONFIRMED)
    page = shown(enter("approver"), waiting)
    assert "2 times, 25.00 USDT in all, of the newest 2 payouts there" in page
    assert ", or earlier" in page


def test_it_tells_of_kyc_and_trust(owner: User, enter: Enter) -> None:
    address = builders.kyc()
    builders.trusted(address=address, note="the landlord")
    waiting = builders.in_review(owner, recipient_address=address)
    page = shown(enter("approver"), waiting)
    assert "level 1, valid until" in page
    assert "(the landlord)" in page


def test_it_shows_a_look_alike_beside_the_address_it_resembles(owner: User, enter: Enter) -> None:
    known = builders.payout(owner, status=Status.CONFIRMED).recipient_address
    waiting = builders.in_review(owner, recipient_address=alike_to(known))

    page = shown(enter("approver"), waiting)

    assert "Looks like a known address" in page
    assert f'<dd class="lp-code">{known[:4]}<mark>' in page
    assert f"{known[-4:]}</dd>" in page
    assert "They differ in the characters 5" in page
    assert "once, 12.50 USDT in all" in page  # the history of the known one


@pytest.mark.parametrize(
    ("one", "other", "told"),
    [
        ("abcdef", "abcdef", "All characters are the same."),
        ("abcdef", "abXdef", "They differ in the characters 3 of 6."),
        ("abcdef", "XXcdeY", "They differ in the characters 1–2, 6 of 6."),
        ("abc", "XYZ", "They differ in the characters 1–3 of 3."),
    ],
)
def test_what_differs_is_said_in_words(one: str, other: str, told: str) -> None:
    left, right = compared(one, other)
    assert ("".join(text for text, _ in left), "".join(text for text, _ in right)) == (one, other)
    assert in_words(left) == told


def test_of_a_caller_who_became_exempt_the_page_still_opens(owner: User, enter: Enter) -> None:
    waiting = builders.in_review(owner)
    ReviewExemption.objects.create(user=owner, note="ours")
    assert "Looks like" not in shown(enter("approver"), waiting)


def test_it_shows_duplicates_of_a_day_and_no_older_ones(owner: User, enter: Enter) -> None:
    waiting = builders.in_review(owner)
    same = {"recipient_address": waiting.recipient_address, "amount_usdt": LARGE}
    twin = builders.payout(owner, **same)
    old = builders.payout(owner, now=utc_now() - timedelta(hours=25), **same)
    differs = builders.payout(owner, **same | {"amount_usdt": LARGE + 1})
    page = shown(enter("approver"), waiting)
    assert pages.detail(twin) in page
    assert pages.detail(old) not in page
    assert pages.detail(differs) not in page


def test_it_shows_what_is_left_of_each_limit(
    wallet: object, payee_owner: User, enter: Enter
) -> None:
    waiting = builders.in_review(payee_owner)
    page = shown(enter("approver"), waiting)
    for told in ("router</th>", "caller</th>", "this hour", "today (UTC)", ">10,000.00<",
                 ">4,000.00<", "any amount"):  # fmt: skip
        assert told in page


def test_it_says_what_it_costs_by_what_others_cost(owner: User, enter: Enter) -> None:
    waiting = builders.in_review(owner)
    client = enter("approver")
    assert "unknown: nothing was paid from here yet" in shown(client, waiting)
    builders.payout(owner, status=Status.CONFIRMED)
    Payout.objects.filter(pk=waiting.pk).update(screened_energy=64_285)

    page = shown(client, waiting)

    # 13.5 TRX bought 50 000 units of energy.
    assert "17.35695 TRX at most, less what staked energy covers" in page
    assert "13.50 TRX on average, 13.50 TRX at most, by the newest 1 payout" in page


def test_it_leads_through_the_queue(owner: User, enter: Enter) -> None:
    first, middle, last = (builders.in_review(owner) for _ in range(3))
    client = enter("approver")
    page = shown(client, middle)
    assert f'rel="prev" href="{item_page(first)}"' in page
    assert f'rel="next" href="{item_page(last)}"' in page
    assert 'rel="prev"' not in shown(client, first)
    assert 'rel="next"' not in shown(client, last)


def test_a_decision_goes_on_to_the_next_that_i_may_decide(owner: User, enter: Enter) -> None:
    client = enter("approver")
    first, second = builders.in_review(owner), builders.in_review(owner)
    builders.in_review(client.person)  # type: ignore[attr-defined]
    fourth = builders.in_review(owner)

    for verb, one, following in (
        ("approve", second, item_page(fourth)),
        ("reject", fourth, item_page(first)),  # from the start again
        ("approve", first, QUEUE),  # what is left is this person's own
    ):
        answer = decide(client, verb, one)
        assert answer["Location"] == following  # type: ignore[index]
    assert [told.split(":")[0] for told in said(answer)][-1] == "Approved"


def test_the_first_of_two_goes_on_and_does_not_come_back_to_it(owner: User, enter: Enter) -> None:
    ApprovalTier.objects.create(from_amount_micro=1, approvals_needed=2)
    waiting = builders.in_review(owner)
    answer = decide(enter("approver"), "approve", waiting)
    assert answer["Location"] == QUEUE  # type: ignore[index]
    assert said(answer)[0].startswith("Recorded: ")


def test_an_approved_one_that_is_not_signed_can_be_rejected_here(owner: User, enter: Enter) -> None:
    waiting = builders.in_review(owner)
    builders.approved(waiting)
    client = enter("approver")
    page = shown(client, waiting)
    assert 'id="approve"' not in page
    assert 'id="reject"' in page
    decide(client, "reject", waiting)
    assert Payout.objects.get(pk=waiting.pk).status == Status.CANCELLED


def test_one_that_waits_no_more_leads_to_its_own_page(owner: User, enter: Enter) -> None:
    waiting = builders.in_review(owner)
    payout_cancel(payout_id=waiting.pk, by="tests", reason="", now=utc_now())
    client = enter("approver")
    for address in (item_page(waiting), f"{pages.LIST}{waiting.pk}/approve/"):
        answer = client.get(address)
        assert answer["Location"] == pages.detail(waiting)
        assert "does not wait for a decision" in said(answer)[-1]
    assert client.get(f"{QUEUE}{uuid4()}/change/").status_code == 404


@pytest.mark.parametrize("role", ["end_user", "node_operator", "merchant"])
def test_roles_without_the_console_see_neither_queue_nor_item(
    owner: User, enter: Enter, role: str
) -> None:
    waiting = builders.in_review(owner)
    client = enter(role)
    for address in (QUEUE, item_page(waiting), f"{QUEUE}approve/"):
        assert client.get(address).status_code in (302, 403)
    assert (
        waiting.recipient_address
        not in client.get(item_page(waiting), follow=True).content.decode()
    )


def test_a_page_costs_the_same_however_much_was_paid_there(owner: User, enter: Enter) -> None:
    waiting, busy = builders.in_review(owner), builders.in_review(owner)
    client = enter("approver")
    for _ in range(6):
        builders.payout(owner, recipient_address=busy.recipient_address, status=Status.CONFIRMED)
        builders.payout(owner, recipient_address=busy.recipient_address, amount_usdt=LARGE)
    statements(client, item_page(waiting))
    assert statements(client, item_page(busy)) == statements(client, item_page(waiting))


def test_the_forms_have_names_of_their_own(owner: User, enter: Enter) -> None:
    page = shown(enter("approver"), builders.in_review(owner))
    assert page.count('id="approve_reason"') == page.count('id="reject_reason"') == 1
    assert "autofocus" not in page
