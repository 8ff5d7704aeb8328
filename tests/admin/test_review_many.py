"""Several payouts of the queue decided together: seen with their totals, each told by name."""

import re
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from access.models import User
from payouts.models import Payout
from payouts.models_review import Approval, ApprovalTier
from payouts.services.review_many import MANY_MAX
from payouts.states import Status
from tests import builders
from tests.admin.conftest import Enter
from tests.admin.test_cancel import said
from tests.admin.test_payouts import statements
from tests.admin.test_review import QUEUE, item_page, save
from tests.payouts.test_sign import sign_all
from wallets.models import Wallet

REASON = {"reason": "checked the list by phone"}
VERBS = ("approve", "reject")


@pytest.fixture
def owner(payee_owner: User) -> User:
    builders.lift_limits()
    return payee_owner


@pytest.fixture
def three(owner: User) -> list[Payout]:
    return [
        builders.in_review(owner, amount_usdt=usdt * builders.USDT)
        for usdt in (6_000, 7_000, 8_000)
    ]


def keys(payouts: list[Payout]) -> dict[str, Any]:
    return {"payout": [str(payout.pk) for payout in payouts]}


def look(client: Client, verb: str, payouts: list[Payout]) -> str:
    """Tick these in the queue and return the second look."""
    return " ".join(client.post(f"{QUEUE}{verb}/", keys(payouts)).content.decode().split())


def sent(page: str) -> dict[str, Any]:
    """Return what the form of the second look would send."""
    seen = re.search(r'name="seen_hash" value="(\w+)"', page)
    assert seen is not None
    return {"seen_hash": seen[1], "payout": re.findall(r'name="payout" value="([\w-]+)"', page)}


def decide(client: Client, verb: str, payouts: list[Payout]) -> str:
    body = REASON | sent(look(client, verb, payouts))
    return " ".join(client.post(f"{QUEUE}{verb}/", body).content.decode().split())


def reviews() -> list[str]:
    return list(Payout.objects.order_by("pk").values_list("review", flat=True))


@pytest.mark.parametrize("role", ["approver", "admin"])
def test_the_second_look_has_the_totals_and_then_all_are_approved(
    enter: Enter, owner: User, three: list[Payout], wallet: Wallet, role: str
) -> None:
    known = builders.payout(owner, recipient_address=three[0].recipient_address, status="confirmed")
    client = enter(role)

    page = look(client, "approve", three)

    for told in ("<dd>3</dd>", "21,000.00 USDT", f"8,000.00 USDT to {three[2].recipient_address}",
                 "3 different", "2 of them", "3 of 3"):  # fmt: skip
        assert told in page
    assert reviews().count("required") == 3  # a look decides nothing
    page = " ".join(client.post(f"{QUEUE}approve/", REASON | sent(page)).content.decode().split())
    assert "Approved: 3 of 3 payouts" in page
    assert "21,000.00 USDT in all" in page
    for payout in three:
        assert payout.public_id in page
    person = client.person  # type: ignore[attr-defined]
    assert {(one.approver, one.reason) for one in Approval.objects.all()} == {
        (person, REASON["reason"])
    }
    assert sign_all(wallet) == 3
    assert known.review == "not_required"


def test_all_are_rejected(enter: Enter, three: list[Payout]) -> None:
    page = decide(enter("approver"), "reject", three)
    assert "Rejected: 3 of 3 payouts" in page
    assert {one.status for one in Payout.objects.all()} == {Status.CANCELLED}


def test_those_i_may_not_approve_are_left_out_with_the_reason(
    enter: Enter, three: list[Payout]
) -> None:
    client = enter("approver")
    own = builders.in_review(client.person)  # type: ignore[attr-defined]
    page = look(client, "approve", [own, three[0]])
    assert "Left out: 1" in page
    assert f"{own.public_id}</a>, 6,000.00 USDT: You asked for this payout" in page
    assert sent(page)["payout"] == [str(three[0].pk)]
    decide(client, "approve", [own, three[0]])
    assert [one.payout_id for one in Approval.objects.all()] == [three[0].pk]


def test_my_own_are_not_approved_by_a_forged_form(enter: Enter, three: list[Payout]) -> None:
    client = enter("admin", is_superuser=True)
    own = builders.in_review(client.person)  # type: ignore[attr-defined]
    body = REASON | sent(look(client, "approve", three[:1]))
    body["payout"] = [str(own.pk)]
    assert (
        "Some of these payouts were changed"
        in client.post(f"{QUEUE}approve/", body).content.decode()
    )
    assert not Approval.objects.exists()


def test_what_was_not_shown_is_not_decided(enter: Enter, three: list[Payout]) -> None:
    client = enter("approver")
    body = REASON | sent(look(client, "approve", three[:2]))
    body["payout"] = [str(one.pk) for one in three]
    assert client.post(f"{QUEUE}approve/", body).status_code == 200
    assert not Approval.objects.exists()


def test_a_look_at_rejecting_approves_nothing(enter: Enter, three: list[Payout]) -> None:
    client = enter("approver")
    body = REASON | sent(look(client, "reject", three))
    client.post(f"{QUEUE}approve/", body)
    assert not Approval.objects.exists()


def test_what_was_edited_since_is_shown_again_and_nothing_is_decided(
    enter: Enter, three: list[Payout]
) -> None:
    client = enter("approver")
    body = REASON | sent(look(client, "approve", three))
    save(enter("operator"), three[1], reason="bonus")

    page = client.post(f"{QUEUE}approve/", body).content.decode()

    assert "Some of these payouts were changed since you looked at them." in page
    assert REASON["reason"] in page  # what was typed is not lost
    assert not Approval.objects.exists()
    client.post(f"{QUEUE}approve/", REASON | sent(page))
    assert Approval.objects.count() == 3


def test_one_that_was_decided_meanwhile_is_told_by_name(enter: Enter, three: list[Payout]) -> None:
    client = enter("approver")
    body = REASON | sent(look(client, "approve", three))
    builders.approved(three[1])

    page = " ".join(client.post(f"{QUEUE}approve/", body).content.decode().split())

    assert "Approved: 2 of 3 payouts" in page
    assert "14,000.00 USDT in all" in page
    assert page.count("Left out: This payout does not wait for an approval.") == 1
    assert Approval.objects.count() == 3


def test_sent_twice_it_approves_once(enter: Enter, three: list[Payout]) -> None:
    client = enter("approver")
    body = REASON | sent(look(client, "approve", three))
    client.post(f"{QUEUE}approve/", body)
    page = client.post(f"{QUEUE}approve/", body).content.decode()
    assert "Approved: 0 of 3 payouts" in page
    assert Approval.objects.count() == 3


def test_each_needs_as_many_people_as_alone(
    enter: Enter, three: list[Payout], wallet: Wallet
) -> None:
    ApprovalTier.objects.create(from_amount_micro=7_000 * builders.USDT, approvals_needed=2)
    client = enter("approver")
    assert "1 of 3" in look(client, "approve", three)
    page = decide(client, "approve", three)
    assert page.count("1 of 2 did") == 2
    assert reviews() == ["approved", "required", "required"]
    assert sign_all(wallet) == 1
    decide(enter("approver"), "approve", three)
    assert sign_all(wallet) == 2


@pytest.mark.parametrize("reason", ["", "  ", "x" * 201])
@pytest.mark.parametrize("verb", VERBS)
def test_it_asks_again_without_a_usable_reason(
    enter: Enter, three: list[Payout], verb: str, reason: str
) -> None:
    client = enter("approver")
    body = sent(look(client, verb, three)) | {"reason": reason}
    assert "lp-error" in client.post(f"{QUEUE}{verb}/", body).content.decode()
    assert set(reviews()) == {"required"}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("role", ["operator", "auditor", "end_user", "node_operator", "merchant"])
def test_other_roles_may_not(enter: Enter, three: list[Payout], role: str, verb: str) -> None:
    body = REASON | sent(look(enter("approver"), verb, three))
    client = enter(role)
    assert client.post(f"{QUEUE}{verb}/", body).status_code == 403
    assert client.get(f"{QUEUE}{verb}/").status_code == 403
    assert set(reviews()) == {"required"}


@pytest.mark.parametrize("verb", VERBS)
def test_a_form_of_another_site_or_a_link_decides_nothing(
    enter: Enter, three: list[Payout], verb: str
) -> None:
    approver = enter("approver")
    body = REASON | sent(look(approver, verb, three))
    client = Client(enforce_csrf_checks=True)
    client.force_login(approver.person)  # type: ignore[attr-defined]
    assert client.post(f"{QUEUE}{verb}/", body).status_code == 403
    assert client.get(f"{QUEUE}{verb}/", body)["Location"] == QUEUE
    assert set(reviews()) == {"required"}


@pytest.mark.parametrize("odd", [[], ["x"], ["\x00"], ["²"], [""]])
def test_who_ticks_nothing_is_told_so(enter: Enter, wallet: Wallet, odd: list[str]) -> None:
    answer = enter("approver").post(f"{QUEUE}approve/", {"payout": odd})
    assert answer["Location"] == QUEUE
    assert said(answer) == ["Tick what you decide about first."]


def test_more_than_a_hundred_are_refused(enter: Enter, wallet: Wallet) -> None:
    body = {"payout": [str(uuid4()) for _ in range(MANY_MAX + 1)]}
    answer = enter("approver").post(f"{QUEUE}approve/", body)
    assert "At most 100 payouts" in said(answer)[0]
    body["payout"].pop()
    assert (
        "None of the payouts that were ticked"
        in enter("approver").post(f"{QUEUE}approve/", body).content.decode()
    )


def test_the_second_look_costs_the_same_for_two_and_for_twelve(enter: Enter, owner: User) -> None:
    client = enter("approver")
    found = [builders.in_review(owner) for _ in range(12)]
    few, many = (_posted(client, part) for part in (found[:2], found))
    assert few == many
    assert item_page(found[0]) in look(client, "approve", found)


def _posted(client: Client, payouts: list[Payout]) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    statements(client, QUEUE)  # the session is loaded
    with CaptureQueriesContext(connection) as asked:
        look(client, "approve", payouts)
    return len(asked)
