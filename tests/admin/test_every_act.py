"""Every page and act of the admin for every role, as docs/console-rights.md says.

An address that is new fails here until the table names it, or nobody may use it.
"""

import re
from collections import defaultdict
from functools import cache
from html import unescape
from pathlib import Path

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from access.models import User
from tests.admin.conftest import Enter
from tests.admin.every_page import Page, Rows, every_page

pytestmark = pytest.mark.usefixtures("no_menu")
TABLE = Path(__file__).resolve().parents[2] / "docs" / "console-rights.md"
ROLES = ("operator", "approver", "auditor", "admin")
ELSEWHERE = ("end_user", "merchant", "node_operator")
NOT_FOR_PEOPLE = re.compile(r"\('[\w ]+', '[\w ]+'\)|[A-Z][a-z]{2,3}\. \d+, 20\d\d")
REFUSED = (403, 404, 405)
SEEN = ("changelist", "history")

Acts = dict[str, bool]


def acts_of(page: Page) -> dict[str, str]:
    """Return what a page is for, as the table names it, and the method by which it is tried."""
    model, verb = page.parts
    if verb in SEEN:
        return {f"{model}: see": "get"}
    if verb == "change":
        return {f"{model}: see": "get", f"{model}: change": "post"}
    act = f"{model}: {verb}" if model else verb
    return {act: "get" if is_only_read(page) else "post"}


def is_only_read(page: Page) -> bool:
    """Whether a page takes nothing that is sent."""
    ends = ("checking", "faults", "progress", "result", "file", "statement")
    is_ours_alone = not page.name.startswith(("admin:", "second-factor-"))
    return page.name.endswith(ends) or is_ours_alone


def may(client: Client, method: str, address: str) -> bool:
    """Try an act as it is when nothing is filled in, and take back what came of it."""
    with transaction.atomic():
        answer = getattr(client, method)(address)
        transaction.set_rollback(True)
    return answer.status_code not in REFUSED


def observed(client: Client, rows: Rows) -> Acts:
    """Return every act, and whether this member of staff may do it."""
    found: dict[str, set[bool]] = defaultdict(set)
    for page in every_page():
        for act, method in acts_of(page).items():
            found[act].add(may(client, method, rows.address(page)))
    assert [act for act, said in found.items() if len(said) > 1] == [], "list and page differ"
    return {act: said.pop() for act, said in found.items()}


@cache
def table() -> dict[str, set[str]]:
    """Return what stands in the document: act → roles that may do it."""
    lines = [line for line in TABLE.read_text().splitlines() if line.startswith("| `")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {
        cell[0].strip("`"): {role for role, mark in zip(ROLES, cell[1:5], strict=True) if mark}
        for cell in cells
    }


@pytest.fixture
def rows(payee_owner: User) -> Rows:
    return Rows(payee_owner)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_may_do_what_the_table_says_and_nothing_else(
    enter: Enter, rows: Rows, role: str
) -> None:
    client = enter(role)
    rows.upload_of(enter("operator") if role == "auditor" else client)

    acts = observed(client, rows)

    assert {act for act, allowed in acts.items() if allowed} == {
        act for act, roles in table().items() if role in roles
    }


def test_the_table_names_nothing_that_is_not_there() -> None:
    there = {act for page in every_page() for act in acts_of(page)}
    assert set(table()) <= there


@pytest.mark.parametrize("role", ELSEWHERE)
def test_staff_without_a_role_here_may_see_to_their_second_factor_alone(
    enter: Enter, rows: Rows, role: str
) -> None:
    rows.upload_of(enter("operator"))
    acts = observed(enter(role), rows)
    own = ("second-factor", "index", "search")  # the theme's, which finds what one may see
    assert [act for act, ok in acts.items() if ok and not act.startswith(own)] == []


def test_no_page_shows_a_value_as_python_or_a_time_in_another_form(
    enter: Enter, rows: Rows
) -> None:
    client = enter("admin")
    for page in every_page():
        if page.parts[1] in ("change", "changelist"):
            told = unescape(client.get(rows.address(page)).content.decode())
            assert (
                re.findall(r"\('[\w ]+', '[\w ]+'\)|[A-Z][a-z]{2,3}\. \d+, 20\d\d", told) == []
            ), page


def test_a_stranger_is_sent_to_the_login_page_from_everywhere(enter: Enter, rows: Rows) -> None:
    rows.upload_of(enter("operator"))
    for page in every_page():
        for method in ("get", "post"):
            answer = getattr(Client(), method)(rows.address(page))
            place = answer.headers.get("Location", "")
            assert place.startswith(reverse("admin:login")), page.name
