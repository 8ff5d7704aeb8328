"""Every address of the API for every role, as docs/api-rights.md says.

An address that is new fails here until the table names it. Each call is made over HTTP about what
does not exist, with an empty body, so whoever may make it gets 400, 404 or an empty list.
"""

from functools import cache
from pathlib import Path

import pytest

from access.scopes import ROLES
from lucidpay.errors import UNEXPECTED
from tests import builders
from tests.api.client import Answer, Api, caller, refused
from tests.rights.every_call import Call, every_call, without_calls

pytestmark = pytest.mark.django_db
TABLE = Path(__file__).resolve().parents[2] / "docs" / "api-rights.md"
COLUMNS = (
    "end_user", "node_operator", "merchant", "operator", "approver", "auditor", "admin",
)  # fmt: skip
HINT = Call("POST", "/api/v1/payments/webhooks/payment-status")  # signed, or 401


@cache
def _cells() -> list[list[str]]:
    lines = [line for line in TABLE.read_text().splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def _call(cell: str) -> Call:
    return Call(*cell.strip("`").split(" ", 1))


@cache
def table() -> dict[Call, set[str]]:
    """Return what stands in the document: call → roles that may make it."""
    return {
        _call(cells[0]): {
            role for role, mark in zip(COLUMNS, cells[2:], strict=True) if mark == "✓"
        }
        for cells in _cells()
        if len(cells) > 2
    }


@cache
def public() -> set[Call]:
    """Return the calls that the document says nobody needs a token for."""
    return {_call(cells[0]) for cells in _cells() if len(cells) == 2}


def made(one: Api, call: Call) -> Answer:
    """Make a call; a body there is, so that it comes as far as what may be done."""
    return one.call(call.method, call.address, b"" if call.method == "GET" else b"{}")


def may(one: Api, call: Call) -> bool:
    """Whether a call is let in; what is refused is refused in the one way there is."""
    answer = made(one, call)
    # Without a node there is no answer to some; what nobody thought of has a code of its own.
    assert UNEXPECTED not in answer.text, (call, answer)
    if answer.status == 403:
        refused(answer, 403, "LUCID_ERR_2010")
    return answer.status not in (401, 403)


def test_the_table_names_every_address_once_and_none_that_is_not_there() -> None:
    assert len(_cells()) == len(table()) + len(public())
    assert set(table()) | public() == set(every_call())
    assert not set(table()) & public()
    assert set(COLUMNS) == set(ROLES)


@pytest.mark.contract("C-AUTH-7")
@pytest.mark.parametrize("role", COLUMNS)
def test_a_role_may_call_what_the_table_says_and_nothing_else(role: str) -> None:
    one = caller(role)
    assert {call for call in table() if may(one, call)} == {
        call for call, roles in table().items() if role in roles
    }


def test_without_a_token_only_what_is_public_answers() -> None:
    for call in table():
        refused(made(Api(), call), 401, "LUCID_ERR_1002")
    shut = {call for call in public() if made(Api(), call).status == 401}
    assert shut == {HINT}


@pytest.mark.contract("C-AUTH-8")
@pytest.mark.parametrize("who", ["an admin's key without scopes", "a user without a role"])
def test_who_has_no_scope_is_refused_everywhere(who: str) -> None:
    owner = builders.user(None if who.startswith("a user") else "admin")
    token = builders.token(owner, scopes=[])
    for call in table():
        refused(made(Api(token), call), 403, "LUCID_ERR_2010")


def test_who_was_deactivated_is_refused_everywhere() -> None:
    owner = builders.user("admin")
    key, jwt = Api(builders.token(owner)), Api(builders.jwt(owner))
    assert [one.get("/config").status for one in (key, jwt)] == [200, 200]
    owner.is_active = False
    owner.save()
    for call in table():
        refused(made(key, call), 401, "LUCID_ERR_1002")
    refused(jwt.get("/config"), 401, "LUCID_ERR_1002")


def test_no_address_answers_to_a_method_that_it_does_not_know() -> None:
    admin = caller("admin")
    for call in without_calls():
        assert made(admin, call).status == 405, call
