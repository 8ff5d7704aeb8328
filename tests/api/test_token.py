"""JWT: got with a password, renewed, revoked."""

from typing import Any

import pytest

from access.models import User
from tests import builders
from tests.api.client import PAYOUTS, Api, refused

pytestmark = pytest.mark.django_db
TOKEN = "/api/auth/token"


@pytest.fixture
def owner() -> User:
    return builders.user()


def _tokens(owner: User) -> dict[str, str]:
    answer = Api().post(TOKEN, {"username": owner.username, "password": builders.PASSWORD})
    assert answer.status == 200, answer.text
    assert set(answer.body) == {"access", "refresh"}
    return answer.body


@pytest.mark.parametrize("slash", ["", "/"], ids=["no slash", "slash"])
def test_a_password_gets_tokens_that_work(owner: User, slash: str) -> None:
    body = {"username": owner.username, "password": builders.PASSWORD}
    made = Api().post(TOKEN + slash, body).body
    assert Api(made["access"]).get(PAYOUTS).status == 200
    renewed = Api().post(f"{TOKEN}/refresh{slash}", {"refresh": made["refresh"]})
    assert Api(renewed.body["access"]).get(PAYOUTS).status == 200
    revoked = Api().post(f"{TOKEN}/revoke{slash}", {"refresh": renewed.body["refresh"]})
    assert revoked.status == 200


def test_it_refuses_wrong_people_all_alike(owner: User) -> None:
    gone = builders.user(is_active=False)
    answers = [
        Api().post(TOKEN, {"username": name, "password": password})
        for name, password in (
            (owner.username, "wrong"),
            ("nobody", builders.PASSWORD),
            (gone.username, builders.PASSWORD),
            (owner.username.upper(), builders.PASSWORD),
        )
    ]
    for answer in answers:
        assert refused(answer, 401, "LUCID_ERR_1002") == {}
        assert "WWW-Authenticate" in answer.headers
    assert len({answer.body["detail"] for answer in answers}) == 1


def test_an_old_refresh_token_ends_when_it_is_renewed_or_revoked(owner: User) -> None:
    first = _tokens(owner)["refresh"]
    second = Api().post(f"{TOKEN}/refresh", {"refresh": first}).body["refresh"]
    refused(Api().post(f"{TOKEN}/refresh", {"refresh": first}), 401, "LUCID_ERR_1002")
    assert Api().post(f"{TOKEN}/revoke", {"refresh": second}).status == 200
    for verb in ("refresh", "revoke"):
        refused(Api().post(f"{TOKEN}/{verb}", {"refresh": second}), 401, "LUCID_ERR_1002")


@pytest.mark.parametrize("verb", ["refresh", "revoke"])
def test_it_refuses_what_is_no_refresh_token(owner: User, verb: str) -> None:
    for other in (_tokens(owner)["access"], "nonsense", "a.b.c", builders.token(owner)):
        refused(Api().post(f"{TOKEN}/{verb}", {"refresh": other}), 401, "LUCID_ERR_1002")


@pytest.mark.parametrize("fate", ["deactivated", "deleted"])
def test_it_renews_nothing_for_who_is_gone(owner: User, fate: str) -> None:
    refresh = _tokens(owner)["refresh"]
    if fate == "deleted":
        owner.delete()
    else:
        User.objects.filter(pk=owner.pk).update(is_active=False)
    refused(Api().post(f"{TOKEN}/refresh", {"refresh": refresh}), 401, "LUCID_ERR_1002")


BODIES: dict[str, tuple[str, Any, set[str]]] = {
    "token: nothing": ("", {}, {"username", "password"}),
    "token: unknown": ("", {"username": "a", "password": "b", "otp": 1}, {"otp"}),
    "token: null": ("", {"username": None, "password": ""}, {"username", "password"}),
    "token: objects": ("", {"username": {}, "password": []}, {"username", "password"}),
    "token: NUL": ("", {"username": "a\x00", "password": "b"}, {"body"}),
    "token: list": ("", [], {"body"}),
    "refresh: nothing": ("/refresh", {}, {"refresh"}),
    "refresh: unknown": ("/refresh", {"refresh": "a", "access": "b"}, {"access"}),
    "refresh: null": ("/refresh", {"refresh": None}, {"refresh"}),
    "revoke: nothing": ("/revoke", {}, {"refresh"}),
    "revoke: unknown": ("/revoke", {"refresh": "a", "all": True}, {"all"}),
    "query": ("?next=/", {"username": "a", "password": "b"}, {"next"}),
}


@pytest.mark.parametrize(("path", "body", "fields"), BODIES.values(), ids=BODIES.keys())
def test_it_refuses_other_bodies(path: str, body: Any, fields: set[str]) -> None:
    assert set(refused(Api().post(TOKEN + path, body), 400, "LUCID_ERR_1001")) == fields


def test_it_takes_json_only() -> None:
    form = "application/x-www-form-urlencoded"
    answer = Api().call("POST", TOKEN, "username=a&password=b", content_type=form)
    refused(answer, 415, "LUCID_ERR_1004")
