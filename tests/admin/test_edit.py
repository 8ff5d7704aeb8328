"""Editing a pending payout in the admin: everything but whom and how much."""

import pytest

from access.models import User
from tests import builders
from tests.admin import pages
from tests.admin.conftest import Enter
from tests.admin.test_cancel import said
from tests.admin.test_review import fresh, page_of, save, text


def test_an_operator_edits_what_is_not_signed(enter: Enter, payee_owner: User) -> None:
    payout = builders.payout(payee_owner)
    client = enter("operator")
    assert page_of("edit", payout) in text(client, pages.detail(payout))

    answer = save(client, payout, priority=0, metadata='{"invoice": 7.10}', reason="bonus")

    assert "Edited." in said(answer)[0]
    row = fresh(payout)
    assert (row.priority, row.reason, str(row.metadata["invoice"])) == (0, "bonus", "7.10")
    assert (row.due_at, row.sign_after) == (payout.due_at, payout.sign_after)
    shown = text(client, pages.detail(payout))
    assert "NORMAL → URGENT" in shown
    assert "Reason: asked by phone" in shown


@pytest.mark.parametrize(
    "changes",
    [
        {"why": ""},
        {"metadata": "[1]"},
        {"metadata": "{"},
        {"metadata": '{"a": 1, "a": 2}'},
        {"metadata": r'{"a": "\u0000"}'},
        {"metadata": "[" * 60_000},
        {"metadata": '{"a": "' + "x" * 4096 + '"}'},
        {"priority": 9},
        {"due_at": "soon"},
        {"due_at": "2001-01-01 00:00:00"},
        {"reason": ""},
        {"reason": "x" * 201},
    ],
)
def test_an_edit_that_cannot_be_is_asked_again(
    enter: Enter, payee_owner: User, changes: dict[str, object]
) -> None:
    payout = builders.payout(payee_owner)
    answer = save(enter("operator"), payout, **{"priority": 0, **changes})
    assert "lp-error" in answer.content.decode()  # type: ignore[attr-defined]
    assert fresh(payout).priority == payout.priority


def test_when_a_scheduled_one_is_due_is_not_edited(enter: Enter, payee_owner: User) -> None:
    payout = builders.payout(payee_owner, batch_type="DAILY")
    client = enter("operator")
    assert "Edit the schedule" in text(client, page_of("edit", payout))
    save(client, payout, priority=0, due_at="2099-01-01 00:00:00")
    assert (fresh(payout).due_at, fresh(payout).priority) == (payout.due_at, 0)


def test_whom_and_how_much_is_not_edited(enter: Enter, payee_owner: User) -> None:
    payout = builders.payout(payee_owner)
    other = {"recipient_address": builders.address(), "amount_micro": 1, "wallet": ""}
    save(enter("operator"), payout, priority=0, **other)
    row = fresh(payout)
    assert (row.recipient_address, row.amount_micro) == (
        payout.recipient_address,
        payout.amount_micro,
    )


def test_an_auditor_edits_nothing_and_a_signed_one_nobody(enter: Enter, payee_owner: User) -> None:
    payout = builders.payout(payee_owner)
    client = enter("auditor")
    assert page_of("edit", payout) not in text(client, pages.detail(payout))
    assert client.get(page_of("edit", payout)).status_code == 403
    assert save(client, payout, priority=0).status_code == 403  # type: ignore[attr-defined]
    builders.signed(payout)
    assert "Not edited." in said(save(enter("operator"), payout, priority=0))[0]
