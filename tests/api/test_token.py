"""JWT: got with a password, renewed, revoked."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from access.models import TokenFamily, User
from access.services.tokens import logins_end
from lucidpay.clock import utc_now
from tests import builders
from tests.api.client import PAYOUTS, Answer, Api, refused

pytestmark = pytest.mark.django_db
TOKEN = "/api/auth/token"


@pytest.fixture
def owner() -> User:
    return builders.user()


def _tokens(owner: User) -> dict[str, str]:
    answer = Api().post(TOKEN, {"username": owner.username, "password": builders.PASSWORD})
    assert answer.status == 200, answer.text
    assert set(answer.body) == {"access", "refresh"}
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.body


@pytest.mark.contract("C-AUTH-11", "C-PATH-1")
@pytest.mark.parametrize("slash", ["", "/"], ids=["no slash", "slash"])
def test_a_password_gets_tokens_that_work(owner: User, slash: str) -> None:
    body = {"username": owner.username, "password": builders.PASSWORD}
    made = Api().post(TOKEN + slash, body).body
    assert Api(made["access"]).get(PAYOUTS).status == 200
    renewed = Api().post(f"{TOKEN}/refresh{slash}", {"refresh": made["refresh"]})
    assert renewed.headers["Cache-Control"] == "no-store"
    assert Api(renewed.body["access"]).get(PAYOUTS).status == 200
    revoked = Api().post(f"{TOKEN}/revoke{slash}", {"refresh": renewed.body["refresh"]})
    assert revoked.status == 200


@pytest.mark.contract("C-AUTH-2")
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


def _renewed(refresh: str) -> dict[str, str]:
    answer = Api().post(f"{TOKEN}/refresh", {"refresh": refresh})
    assert answer.status == 200, answer.text
    return answer.body


def _ended(tokens: dict[str, str]) -> None:
    """Check that neither of a pair opens anything."""
    refused(Api(tokens["access"]).get(PAYOUTS), 401, "LUCID_ERR_1002")
    for verb in ("refresh", "revoke"):
        refused(Api().post(f"{TOKEN}/{verb}", {"refresh": tokens["refresh"]}), 401,
                "LUCID_ERR_1002")  # fmt: skip


def test_tokens_are_renewed_again_and_again(owner: User) -> None:
    tokens = _tokens(owner)
    for _ in range(3):
        earlier, tokens = tokens, _renewed(tokens["refresh"])
        assert not set(earlier.values()) & set(tokens.values())
        assert Api(tokens["access"]).get(PAYOUTS).status == 200


@pytest.mark.contract("C-AUTH-11")
@pytest.mark.parametrize("verb", ["refresh", "revoke"])
def test_a_refresh_token_shown_again_ends_its_whole_family(owner: User, verb: str) -> None:
    """One of the two who have it is a thief, and nobody knows which."""
    first, other = _tokens(owner), _tokens(owner)
    second = _renewed(first["refresh"])
    refused(Api().post(f"{TOKEN}/{verb}", {"refresh": first["refresh"]}), 401, "LUCID_ERR_1002")
    for pair in (first, second):
        _ended(pair)
    assert TokenFamily.objects.exclude(ended_at=None).get().ended_why == "reused"
    assert Api(other["access"]).get(PAYOUTS).status == 200
    assert _renewed(other["refresh"])


@pytest.mark.contract("C-AUTH-11")
def test_revoking_ends_all_tokens_of_that_login_at_once(owner: User) -> None:
    first, other = _tokens(owner), _tokens(owner)
    second = _renewed(first["refresh"])
    assert Api().post(f"{TOKEN}/revoke", {"refresh": second["refresh"]}).status == 200
    for pair in (first, second):
        _ended(pair)
    assert Api(other["access"]).get(PAYOUTS).status == 200


def _password(owner: User) -> None:
    owner.set_password("another one")
    owner.save()


def _password_by_sql(owner: User) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE access_user SET password = password || 'x' WHERE id = %s",
                       [owner.pk])  # fmt: skip


def _disabled(owner: User) -> None:
    User.objects.filter(pk=owner.pk).update(is_active=False)


@pytest.mark.contract("C-AUTH-11")
@pytest.mark.parametrize(
    "end",
    [_password, _password_by_sql, _disabled, lambda owner: logins_end(user=owner), User.delete],
    ids=["password", "password by SQL", "disabled", "all logins ended", "deleted"],
)
def test_what_ends_a_user_s_logins_ends_their_access_tokens_at_the_next_call(
    owner: User, end: Callable[[User], object]
) -> None:
    pairs = [_tokens(owner), _renewed(_tokens(owner)["refresh"])]
    stranger = _tokens(builders.user())
    assert Api(pairs[0]["access"]).get(PAYOUTS).status == 200
    end(owner)
    for pair in pairs:
        _ended(pair)
    assert Api(stranger["access"]).get(PAYOUTS).status == 200


def test_ending_all_logins_leaves_api_keys(owner: User) -> None:
    key = Api(builders.token(owner))
    logins_end(user=owner)
    assert key.get(PAYOUTS).status == 200


def test_who_is_logged_out_everywhere_can_log_in_again(owner: User) -> None:
    logins_end(user=owner)
    assert Api(_tokens(owner)["access"]).get(PAYOUTS).status == 200


def test_no_token_is_stored(owner: User) -> None:
    tokens = _renewed(_tokens(owner)["refresh"])
    stored = str(list(TokenFamily.objects.values()))
    for token in tokens.values():
        assert token not in stored
        assert token.rpartition(".")[2] not in stored


def test_a_login_clears_what_has_expired(owner: User) -> None:
    _tokens(owner), _tokens(owner)
    TokenFamily.objects.update(expires_at=utc_now() - timedelta(seconds=1))
    _tokens(owner)
    assert TokenFamily.objects.get().expires_at > utc_now()


def test_a_password_is_taken_as_it_was_typed(owner: User) -> None:
    owner.set_password(" blanks at both ends ")
    owner.save()
    answer = Api().post(TOKEN, {"username": owner.username, "password": " blanks at both ends "})
    assert answer.status == 200


@pytest.mark.django_db(transaction=True)
def test_of_two_who_renew_at_once_one_wins_and_the_family_ends() -> None:
    refresh = _tokens(builders.user())["refresh"]
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(_renew_alone, [refresh] * 2))
    assert sorted(answer.status for answer in answers) == [200, 401]
    won = next(answer.body for answer in answers if answer.status == 200)
    _ended(won)


def _renew_alone(refresh: str) -> Answer:
    try:
        return Api().post(f"{TOKEN}/refresh", {"refresh": refresh})
    finally:
        connection.close()


@pytest.mark.contract("C-AUTH-2")
@pytest.mark.parametrize("verb", ["refresh", "revoke"])
def test_it_refuses_what_is_no_refresh_token(owner: User, verb: str) -> None:
    for other in (_tokens(owner)["access"], "nonsense", "a.b.c", builders.token(owner)):
        refused(Api().post(f"{TOKEN}/{verb}", {"refresh": other}), 401, "LUCID_ERR_1002")


@pytest.mark.contract("C-AUTH-2")
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


@pytest.mark.contract("C-ERR-4", "C-ERR-5")
@pytest.mark.parametrize(("path", "body", "fields"), BODIES.values(), ids=BODIES.keys())
def test_it_refuses_other_bodies(path: str, body: Any, fields: set[str]) -> None:
    assert set(refused(Api().post(TOKEN + path, body), 400, "LUCID_ERR_1001")) == fields


@pytest.mark.contract("C-BODY-3")
def test_it_takes_json_only() -> None:
    form = "application/x-www-form-urlencoded"
    answer = Api().call("POST", TOKEN, "username=a&password=b", content_type=form)
    refused(answer, 415, "LUCID_ERR_1004")
