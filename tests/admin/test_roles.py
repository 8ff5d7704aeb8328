"""Which role may do what, to look at: all of them on one page, and a user's on theirs."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from access.scopes import DECIDED_BY_PEOPLE, MEANINGS, ROLES, SCOPES
from payouts.person import APPROVERS, EDITORS
from tests import builders
from tests.admin import pages
from tests.admin.conftest import Enter

ROLES_PAGE = reverse("roles")


@pytest.mark.parametrize("role", ["operator", "approver", "auditor", "admin"])
def test_who_has_a_role_here_sees_what_each_may(enter: Enter, role: str) -> None:
    shown = enter(role).get(ROLES_PAGE).content.decode()
    for name in (*ROLES, *SCOPES):
        assert name in shown, name
    held = sum(len(scopes) for scopes in ROLES.values())
    assert shown.count("✓") == held + sum(map(len, DECIDED_BY_PEOPLE.values()))


@pytest.mark.parametrize("role", ["end_user", "node_operator", "merchant", None])
def test_nobody_else_sees_it(enter: Enter, role: str | None) -> None:
    assert enter(role).get(ROLES_PAGE).status_code == 403


def test_every_scope_has_a_meaning_and_people_decide_what_payouts_say() -> None:
    assert MEANINGS.keys() == SCOPES
    _, edits, approves = DECIDED_BY_PEOPLE.values()
    assert (edits, approves) == (EDITORS, APPROVERS)


def test_a_users_page_says_what_they_may_and_by_which_role(enter: Enter) -> None:
    person = builders.user("auditor", username="audrey", is_staff=True)
    shown = enter("admin").get(pages.detail(person)).content.decode()
    rights = shown.partition("What audrey may do")[2]
    assert "by auditor" in rights
    assert "wallets:read" in rights
    assert "wallets:manage" not in rights
    assert "so enter here" in rights
    assert "Approve and reject" not in rights


def test_who_has_no_role_or_is_not_active_may_nothing(enter: Enter) -> None:
    client = enter("admin")
    nobody = builders.user(None, username="nobody")
    assert "Tick a role above" in client.get(pages.detail(nobody)).content.decode()
    gone = builders.user("operator", username="gone", is_active=False)
    assert "nothing of this holds" in client.get(pages.detail(gone)).content.decode()


def test_a_list_of_keys_says_from_where_and_asks_as_much_for_many_as_for_few(enter: Enter) -> None:
    client, owner, counts = enter("auditor"), builders.user("operator"), []
    for _ in range(2):
        for _ in range(4):
            builders.api_key(owner, allowed_ips=["10.0.0.0/8", "192.168.0.0/16"])
        with CaptureQueriesContext(connection) as seen:
            shown = client.get(pages.KEYS).content.decode()
        counts.append(len(seen))
    assert counts[0] == counts[1]
    assert "10.0.0.0/8 +1" in shown
