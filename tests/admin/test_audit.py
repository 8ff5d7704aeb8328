"""The audit trail as people read it: who, what, when, from where, and the difference."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from access.models import ApiKey, User
from access.trail import trail
from payouts.models import Router
from tests import builders
from tests.admin import pages
from tests.admin.conftest import Enter
from tests.api.client import Api

AUDIT = "/admin/audit/"
SWITCH = "/tron/kill-switch"


def text_of(client: Client, **asked: Any) -> str:
    """Return the words of the page, without its tags."""
    answer = client.get(AUDIT, asked)
    assert answer.status_code == 200
    body = answer.content.decode().partition("<thead>")[2].partition("</table>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body)).strip()


@pytest.mark.parametrize("role", ["operator", "approver", "auditor", "admin"])
def test_who_sees_everybody_s_payouts_reads_the_trail(enter: Enter, role: str) -> None:
    assert "Audit trail" in enter(role).get(AUDIT).content.decode()
    assert AUDIT in enter(role).get("/admin/").content.decode()


@pytest.mark.parametrize("role", ["end_user", "merchant", "node_operator", None])
def test_others_do_not(enter: Enter, role: str | None) -> None:
    client = enter(role)
    assert client.get(AUDIT).status_code == 403
    assert AUDIT not in client.get("/admin/").content.decode()
    assert Client().get(AUDIT).status_code == 302


def test_it_tells_who_changed_what_from_where_in_which_request(enter: Enter) -> None:
    boss = enter("admin")
    key, _ = builders.api_key(builders.user(username="acme"), name="billing")
    boss.post(pages.detail(key), {"rate_limits": '{"*": 7}'}, REMOTE_ADDR="192.0.2.5",
              headers={"X-Request-ID": "req-9"})  # fmt: skip

    words = text_of(boss, model="access.ApiKey")

    assert f"{boss.person.username} 192.0.2.5 update API key {key.pk}" in words  # type: ignore[attr-defined]
    assert "rate_limits : {} → {&#x27;*&#x27;: 7} req-9" in words
    assert words.count("rate_limits") == 1  # what did not change is not told


def test_it_names_the_key_that_acted_and_who_stands_behind_it(enter: Enter) -> None:
    owner = builders.user("operator", username="robot-owner")
    key, token = builders.api_key(owner, name="robot")
    Api(token).post(SWITCH, {"on": True, "reason": "drill"})

    assert f"robot-owner {key}" in text_of(enter(), model="tron.Halt")


def test_it_tells_of_roles_by_name(enter: Enter) -> None:
    person = builders.user("operator", username="carol")
    person.groups.clear()

    words = text_of(enter("auditor"), model="access.UserRole")

    assert "delete" in words
    assert "user : carol → gone" in words
    assert "role : operator → gone" in words


def test_it_tells_that_a_password_changed_and_not_to_what(enter: Enter) -> None:
    person = builders.user(None)
    person.set_password("another one")
    person.email = "new@example.org"
    person.save()

    words = text_of(enter(), q=str(person.pk), model="access.User")

    assert "password : (not shown) → (not shown)" in words
    assert "email : → new@example.org" in words or "email : — → new@example.org" in words
    assert person.password not in words


def test_it_is_searched_by_name_address_request_key_and_row(enter: Enter) -> None:
    owner = builders.user("operator", username="finder")
    key, token = builders.api_key(owner)
    client = enter()
    call = Api(token, address="192.0.2.77")
    call.post(SWITCH, {"on": True, "reason": "drill"}, X_Request_ID="req-find")

    for term in ("finder", "192.0.2.77", "req-find", str(key.pk)):
        assert text_of(client, q=term).count("insert halt") == 1, term
    assert "halt" not in text_of(client, q="192.0.2.78")
    assert "halt" not in text_of(client, model="access.User")
    assert "update API key" not in text_of(client, q=str(key.pk), model="access.User")


@pytest.mark.parametrize("odd", ["%00", "9" * 40, "'; --", "²", "{}", "x" * 500])
def test_odd_questions_are_answered(enter: Enter, odd: str) -> None:
    client = enter()
    for name in ("q", "model", "page"):
        assert client.get(f"{AUDIT}?{name}={odd}").status_code == 200


def test_it_is_paged_newest_first(enter: Enter) -> None:
    client, person = enter(), builders.user(None)
    for number in range(120):
        User.objects.filter(pk=person.pk).update(first_name=f"name-{number}-")

    found = [re.findall(r"→ name-(\d+)-", text_of(client, model="access.User", page=page))
             for page in (1, 2, 3)]  # fmt: skip

    assert [len(page) for page in found] == [50, 50, 20]
    assert [int(number) for page in found for number in page] == list(range(119, -1, -1))
    page = client.get(AUDIT, {"model": "access.User"}).content.decode()
    assert "?model=access.User&amp;page=2" in page


def test_a_page_asks_no_more_when_there_is_more(enter: Enter) -> None:
    person = builders.user(None)
    asked = []
    for _ in range(2):
        for number in range(60):
            User.objects.filter(pk=person.pk).update(first_name=f"{number}-{len(asked)}")
        with CaptureQueriesContext(connection) as seen:
            assert len(trail(limit=50)) == 50
        asked.append(len(seen))
    assert asked[0] == asked[1]


def test_rows_without_pages_are_told_without_a_link(enter: Enter, wallet: Any) -> None:
    Router.objects.update(wallet=None)
    words = text_of(enter(), model="payouts.Router")
    assert "wallet_id" in words
    assert ApiKey.objects.count() == 0


def test_nothing_can_be_written_there(enter: Enter) -> None:
    client = enter("admin", is_superuser=True)
    before = trail(limit=500)
    client.post(AUDIT, {"model": "access.User", "delete": "1"})
    assert trail(limit=500) == before
