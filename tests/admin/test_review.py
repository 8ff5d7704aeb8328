"""Review in the admin: seen with all reasons, decided one by one, never by who asked."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from access.models import User
from payouts.models import Payout
from payouts.models_review import Approval, ApprovalTier, ReviewRule
from tests import builders
from tests.admin import pages
from tests.admin.conftest import Enter
from tests.admin.test_cancel import said
from tests.admin.test_payouts import statements
from tests.payouts.test_sign import sign_all
from wallets.models import Wallet

QUEUE = "/admin/payouts/awaitingreview/"
REASON = {"reason": "called them back"}


@pytest.fixture
def waiting(payee_owner: User) -> Payout:
    builders.lift_limits()
    return builders.in_review(payee_owner, reference_id="invoice-9")


def page_of(verb: str, payout: Payout) -> str:
    return reverse(f"admin:payouts_payout_{verb}", args=[payout.pk])


def item_page(payout: Payout) -> str:
    return f"{QUEUE}{payout.pk}/change/"


def text(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def decide(client: Client, verb: str, payout: Payout) -> object:
    """Look at the page and send what it holds."""
    page = text(client, page_of(verb, payout))
    found = re.search(r'name="seen_hash" value="(\w+)"', page)
    return client.post(page_of(verb, payout), REASON | {"seen_hash": found[1] if found else ""})


def fresh(payout: Payout) -> Payout:
    return Payout.objects.get(pk=payout.pk)


def test_the_list_shows_what_waits_and_why(
    payee_owner: User, enter: Enter, waiting: Payout
) -> None:
    builders.payout(payee_owner)
    other = builders.in_review(payee_owner)
    builders.approved(other)
    client = enter("auditor")

    page = client.get(QUEUE)

    assert [row.pk for row in page.context["cl"].result_list] == [waiting.pk]
    shown = page.content.decode()
    assert "6,000.00 USDT is 5,000.00 USDT or more." in shown
    assert item_page(waiting) in shown
    assert "acme-payroll" in shown
    assert "0 of 1" in shown
    assert "Your role may not approve or reject payouts." in shown
    assert 'name="payout"' not in shown
    assert 'name="action"' not in shown


def test_the_list_costs_the_same_whatever_its_length(
    payee_owner: User, enter: Enter, waiting: Payout
) -> None:
    client = enter("approver")
    one = statements(client, QUEUE)
    for _ in range(4):
        builders.in_review(payee_owner)
    assert statements(client, QUEUE) == one


def test_the_list_says_of_each_whether_i_may_approve_it(
    payee_owner: User, enter: Enter, waiting: Payout
) -> None:
    ApprovalTier.objects.create(from_amount_micro=1, approvals_needed=2)
    client = enter("approver")
    person = client.person  # type: ignore[attr-defined]
    own, mine = builders.in_review(person), builders.in_review(payee_owner)
    builders.approved(mine, person)
    Payout.objects.filter(pk=builders.in_review(payee_owner).pk).update(screened_at=None)

    rows = client.get(QUEUE).context["cl"].result_list

    assert [(row.pk, row.place.given, row.place.needed) for row in rows][:3] == [
        (waiting.pk, 0, 2), (own.pk, 0, 2), (mine.pk, 1, 2),
    ]  # fmt: skip
    why_not = [row.place.why_not for row in rows]
    assert why_not[0] == ""
    assert why_not[1].startswith("You asked for this payout")
    assert why_not[2].startswith("You have approved this payout already.")
    assert why_not[3].startswith("Its recipient has not been screened yet.")
    assert text(client, QUEUE).count("data-mine") == 1


def test_an_empty_queue_says_what_would_be_in_it(wallet: Wallet, enter: Enter) -> None:
    assert "Nothing waits for anybody." in text(enter("approver"), QUEUE)


@pytest.mark.parametrize("role", ["approver", "admin"])
def test_an_approver_approves_with_a_reason(enter: Enter, waiting: Payout, role: str) -> None:
    client = enter(role)
    assert f"{item_page(waiting)}#approve" in text(client, pages.detail(waiting))
    page = text(client, item_page(waiting))
    assert page_of("approve", waiting) in page
    assert waiting.recipient_address in page
    assert page.count("6,000.00 USDT") >= 2
    assert "is 5,000.00 USDT or more" in page
    assert "invoice-9" in page

    answer = decide(client, "approve", waiting)

    assert answer["Location"] == QUEUE  # type: ignore[index]
    [told] = said(answer)
    assert told.startswith("Approved: 6,000.00 USDT, ")
    assert pages.detail(waiting) in told
    assert told.endswith(". It is signed as soon as it is due.")
    assert fresh(waiting).review == "approved"
    person = client.person  # type: ignore[attr-defined]
    assert Approval.objects.get().approver == person
    shown = text(client, pages.detail(waiting))
    assert f"{person.username}," in shown
    assert "Reason: called them back" in shown
    assert f"{item_page(waiting)}#approve" not in shown


def test_the_first_of_two_is_told_that_another_is_needed(enter: Enter, waiting: Payout) -> None:
    ApprovalTier.objects.create(from_amount_micro=1, approvals_needed=2)
    client = enter("approver")
    assert "1 of 2 did" in said(decide(client, "approve", waiting))[0]
    assert "You have approved this payout already." in text(client, pages.detail(waiting))
    assert "You have approved" in said(decide(client, "approve", waiting))[0]
    decide(enter("approver"), "approve", waiting)
    assert fresh(waiting).review == "approved"


def test_a_rejected_one_says_by_whom_and_why(enter: Enter, waiting: Payout) -> None:
    client = enter("approver")
    assert waiting.recipient_address in text(client, page_of("reject", waiting))

    decide(client, "reject", waiting)

    row = fresh(waiting)
    assert (row.status, row.review) == ("cancelled", "rejected")
    shown = text(client, pages.detail(waiting))
    assert f"Rejected by {client.person.username}" in shown  # type: ignore[attr-defined]
    assert "called them back" in shown


@pytest.mark.contract("C-REVIEW-2")
@pytest.mark.parametrize("role", ["operator", "auditor"])
def test_other_roles_read_why_they_cannot(enter: Enter, waiting: Payout, role: str) -> None:
    client = enter(role)
    shown = text(client, pages.detail(waiting))
    assert "Your role may not approve or reject payouts." in shown
    assert "Your role may not approve or reject payouts." in text(client, item_page(waiting))
    for verb in ("approve", "reject"):
        assert f"{item_page(waiting)}#{verb}" not in shown
        assert page_of(verb, waiting) not in text(client, item_page(waiting))
        assert client.get(page_of(verb, waiting)).status_code == 403
        assert client.post(page_of(verb, waiting), REASON).status_code == 403
    assert fresh(waiting).review == "required"


def test_who_asked_reads_that_somebody_else_must(enter: Enter, payee_owner: User) -> None:
    client = enter("admin", is_superuser=True)
    person = client.person  # type: ignore[attr-defined]
    waiting = builders.in_review(person)
    assert "Somebody else must approve it." in text(client, pages.detail(waiting))

    answer = client.post(page_of("approve", waiting), REASON)

    assert "You asked for this payout" in said(answer)[0]
    assert fresh(waiting).review == "required"


@pytest.mark.parametrize("reason", ["", "  ", "x" * 201])
@pytest.mark.parametrize("verb", ["approve", "reject"])
def test_it_asks_again_without_a_usable_reason(
    enter: Enter, waiting: Payout, verb: str, reason: str
) -> None:
    answer = enter("approver").post(page_of(verb, waiting), {"reason": reason})
    assert "lp-error" in answer.content.decode()
    assert fresh(waiting).review == "required"


def test_what_was_edited_while_somebody_looked_is_not_approved(
    enter: Enter, waiting: Payout
) -> None:
    client, editor = enter("approver"), enter("operator")
    page = text(client, page_of("approve", waiting))
    seen = re.search(r'name="seen_hash" value="(\w+)"', page)
    assert seen is not None
    save(editor, waiting, reason="bonus")

    answer = client.post(page_of("approve", waiting), REASON | {"seen_hash": seen[1]})

    assert "was changed since you looked" in said(answer)[0]
    assert not Approval.objects.exists()


def test_an_edit_after_the_approval_voids_it_and_nothing_is_signed(
    enter: Enter, waiting: Payout, wallet: Wallet
) -> None:
    client = enter("approver")
    decide(client, "approve", waiting)
    save(enter("operator"), waiting, reason="bonus")

    assert fresh(waiting).review == "required"
    assert sign_all(wallet) == 0
    assert "void" in text(client, item_page(waiting))
    assert "0 of 1" in text(client, item_page(waiting))
    decide(client, "approve", waiting)
    assert sign_all(wallet) == 1


def test_nothing_is_signed_that_the_pages_say_is_not_approved(
    enter: Enter, waiting: Payout, wallet: Wallet
) -> None:
    ApprovalTier.objects.create(from_amount_micro=1, approvals_needed=2)
    decide(enter("approver"), "approve", waiting)
    assert "1 of 2" in text(enter("auditor"), item_page(waiting))
    assert sign_all(wallet) == 0
    decide(enter("approver"), "approve", waiting)
    assert sign_all(wallet) == 1


def test_who_edited_it_cannot_approve_it(enter: Enter, waiting: Payout) -> None:
    client = enter("approver")
    save(client, waiting, reason="bonus")
    assert "You asked for this payout, or changed it." in text(client, item_page(waiting))
    assert (
        "You asked for this payout, or changed it." in said(decide(client, "approve", waiting))[-1]
    )
    assert fresh(waiting).review == "required"


def test_a_form_of_another_site_or_a_link_decides_nothing(enter: Enter, waiting: Payout) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(enter("approver").person)  # type: ignore[attr-defined]
    for verb in ("approve", "reject", "edit"):
        assert client.post(page_of(verb, waiting), REASON).status_code == 403
        assert client.get(page_of(verb, waiting), REASON).status_code == 200
    assert (fresh(waiting).review, fresh(waiting).status) == ("required", "pending")


@pytest.mark.contract("C-AUTH-12")
def test_a_key_or_a_token_approves_nothing(waiting: Payout) -> None:
    boss = builders.approver("admin", is_superuser=True)
    for token in (builders.token(boss), builders.jwt(boss)):
        client = Client(headers={"authorization": f"Bearer {token}"})
        for verb in ("approve", "reject", "edit"):
            answer = client.post(page_of(verb, waiting), REASON)
            assert answer.status_code == 302
            assert answer["Location"].startswith("/admin/login/")
            path = f"/api/payment/payouts/{waiting.public_id}/{verb}"
            assert client.post(path, REASON, content_type="application/json").status_code == 404
    assert fresh(waiting).review == "required"


def save(client: Client, payout: Payout, **changes: object) -> object:
    fields = {
        "reason": payout.reason,
        "priority": payout.priority,
        "due_at": f"{payout.due_at:%Y-%m-%d %H:%M:%S}",
        "metadata": "",
        "why": "asked by phone",
    }
    return client.post(page_of("edit", payout), fields | changes)


def test_admins_set_the_rules_and_others_look_at_them(enter: Enter) -> None:
    rule, _ = ReviewRule.objects.get_or_create(
        code="large_amount", defaults={"enabled": True, "parameter": 5000}
    )
    for role in ("operator", "approver", "auditor"):
        answer = enter(role).post(pages.detail(rule), {"parameter": 1})
        assert answer.status_code == 403
    admin = enter("admin")
    assert admin.post(pages.detail(rule), {"enabled": "on", "parameter": ""}).status_code == 200
    assert admin.post(pages.detail(rule), {"enabled": "on", "parameter": 100}).status_code == 302
    rule.refresh_from_db()
    assert (rule.enabled, rule.parameter) == (True, 100)


def test_admins_set_tiers_and_exemptions(enter: Enter, payee_owner: User) -> None:
    admin = enter("admin")
    tiers, exempt = "/admin/payouts/approvaltier/add/", "/admin/payouts/reviewexemption/add/"
    assert enter("approver").get(tiers).status_code == 403
    assert enter("approver").get(exempt).status_code == 403
    admin.post(tiers, {"from_amount_micro": 10**9, "approvals_needed": 2})
    assert admin.post(tiers, {"from_amount_micro": 1, "approvals_needed": 0}).status_code == 200
    assert ApprovalTier.objects.get().approvals_needed == 2
    key, _ = builders.api_key(payee_owner)
    both = {"user": payee_owner.pk, "api_key": key.pk, "note": "x"}
    assert admin.post(exempt, both).status_code == 200
    assert admin.post(exempt, {"note": "x"}).status_code == 200
    assert admin.post(exempt, {"api_key": key.pk, "note": "payroll"}).status_code == 302
