"""Whoever is known is not asked for again, until anybody's rights change: then at the next call."""

import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
import time_machine
from django.apps import apps
from django.contrib.auth.models import Group
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from access import authentication
from access.acting import Acting
from access.authentication import MEMORY
from access.models import ApiKey, TokenFamily, User
from access.remembered import REMEMBERED_S, Memory, Remembered
from access.services.keys import api_key_revoke, api_key_rotate
from access.services.tokens import (
    TokenRefused,
    logins_end,
    tokens_issue,
    tokens_renew,
    tokens_revoke,
)
from lucidpay.api.throttling import EPOCH_KEY, redis_client
from lucidpay.clock import utc_now
from tests import builders
from tests.api.client import PAYOUTS, Api
from tests.api.serving import served
from tests.platform.running import http

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]
ODD = f"{PAYOUTS}/odd"  # no id, so that nothing is looked for
KNOWN, ASKED = (404, 0), (404, 1)  # the status, and how often the database was asked
REFUSED = 401


def called(one: Api) -> tuple[int, int]:
    """Call, and return the status and how many statements it took."""
    with CaptureQueriesContext(connection) as seen:
        status = one.get(ODD).status
    return status, len(seen)


def known(token: str, **where: str) -> Api:
    """Return somebody who is remembered."""
    one = Api(token, **where)
    for _ in range(3):  # sees the epoch, is verified under it, is believed
        assert one.get(ODD).status == 404
    assert called(one) == KNOWN
    return one


def ended(one: Api) -> None:
    """Check that the very next call is refused."""
    assert one.get(ODD).status == REFUSED
    assert one.get(ODD).status == REFUSED


@pytest.fixture
def key(owner: User) -> ApiKey:
    """A key of an end user."""
    return builders.api_key(owner)[0]


@pytest.mark.parametrize("make", [builders.token, builders.jwt], ids=["key", "JWT"])
def test_who_is_known_is_not_asked_for_again(make: Callable[[User], str]) -> None:
    one, other = (known(token) for token in [make(builders.user()) for _ in range(2)])
    assert [called(each) for each in (one, other) * 2] == [KNOWN] * 4


def _by_admin(user: User, model: str, row: object, verb: str, **fields: object) -> None:
    client = Client()
    client.force_login(builders.user("admin", is_staff=True))
    assert (
        client.post(reverse(f"admin:access_{model}_{verb}", args=[row]), fields).status_code == 302
    )


def _by_hand(statement: str, *parameters: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def _user_form(user: User, **changed: object) -> dict[str, object]:
    fields = {"username": user.username, "is_active": "on",
              "groups": [group.pk for group in user.groups.all()]}  # fmt: skip
    return {name: value for name, value in {**fields, **changed}.items() if value is not None}


def _password_by_admin(user: User) -> None:
    client = Client()
    client.force_login(builders.user("admin", is_staff=True))
    url = reverse("admin:auth_user_password_change", args=[user.pk])
    fields = {"password1": "another-one-1", "password2": "another-one-1", "usable_password": "true"}
    assert client.post(url, fields).status_code == 302


ENDS_KEYS: dict[str, Callable[[ApiKey], object]] = {
    "revoked": lambda key: api_key_revoke(key=key, now=utc_now()),
    "rotated": lambda key: api_key_rotate(key=key, overlap=timedelta(), now=utc_now()),
    "expiry set": lambda key: ApiKey.objects.update(expires_at=utc_now()),
    "other addresses": lambda key: ApiKey.objects.update(allowed_ips=["10.9.9.9"]),
    "another digest": lambda key: ApiKey.objects.update(digest="0" * 64),
    "deleted": lambda key: key.delete(),
    "revoked by SQL": lambda key: _by_hand("UPDATE access_apikey SET revoked_at = now()"),
    "revoked in the admin": lambda key: _by_admin(key.user, "apikey", key.pk, "revoke"),
    "user disabled": lambda key: User.objects.filter(pk=key.user_id).update(is_active=False),
    "user disabled in the admin": lambda key: _by_admin(
        key.user, "user", key.user_id, "change", **_user_form(key.user, is_active=None)
    ),
}
ENDS_LOGINS: dict[str, Callable[[User], object]] = {
    "all ended": lambda user: logins_end(user=user),
    "all ended in the admin": lambda user: _by_admin(user, "user", user.pk, "logins_end"),
    "password in the admin": _password_by_admin,
    "password by SQL": lambda user: _by_hand("UPDATE access_user SET password = password || 'x'"),
    "disabled": lambda user: User.objects.filter(pk=user.pk).update(is_active=False),
    "login deleted": lambda user: TokenFamily.objects.all().delete(),
    "deleted": lambda user: user.delete(),
}
ENDS_SCOPES: dict[str, Callable[[User], object]] = {
    "role taken": lambda user: user.groups.clear(),
    "role taken by SQL": lambda user: _by_hand("DELETE FROM access_user_groups"),
    "role taken in the admin": lambda user: _by_admin(
        user, "user", user.pk, "change", **_user_form(user, groups=[])
    ),
    "role renamed": lambda user: Group.objects.filter(name="end_user").update(name="nobody"),
    "role deleted": lambda user: Group.objects.filter(name="end_user").delete(),
    "role exchanged": lambda user: _by_hand(
        "UPDATE access_user_groups SET group_id = (SELECT id FROM auth_group WHERE name = 'other')"
    ),
}


@pytest.mark.parametrize("end", ENDS_KEYS.values(), ids=ENDS_KEYS.keys())
def test_what_ends_a_key_ends_it_at_the_next_call(
    owner: User, end: Callable[[ApiKey], object]
) -> None:
    key, token = builders.api_key(owner)
    one, stranger = known(token), known(builders.jwt(builders.user()))
    end(key)
    ended(one)
    assert called(stranger) == ASKED
    assert called(stranger) == KNOWN


@pytest.mark.parametrize("end", ENDS_LOGINS.values(), ids=ENDS_LOGINS.keys())
def test_what_ends_a_login_ends_its_access_tokens_at_the_next_call(
    owner: User, end: Callable[[User], object]
) -> None:
    one = known(builders.jwt(owner))
    end(owner)
    ended(one)


def test_a_revoked_refresh_token_ends_the_access_token_at_the_next_call(owner: User) -> None:
    tokens = tokens_issue(user=owner, address="", now=utc_now())
    one = known(tokens.access)
    tokens_revoke(refresh=tokens.refresh, now=utc_now())
    ended(one)


def test_a_refresh_token_shown_twice_ends_the_access_token_at_the_next_call(owner: User) -> None:
    tokens = tokens_issue(user=owner, address="", now=utc_now())
    one = known(tokens.access)
    tokens_renew(refresh=tokens.refresh, now=utc_now())
    assert called(one) == KNOWN
    with pytest.raises(TokenRefused):
        tokens_renew(refresh=tokens.refresh, now=utc_now())
    ended(one)


@pytest.mark.parametrize("make", [builders.token, builders.jwt], ids=["key", "JWT"])
@pytest.mark.parametrize("take", ENDS_SCOPES.values(), ids=ENDS_SCOPES.keys())
def test_what_takes_a_role_takes_its_scopes_at_the_next_call(
    owner: User, take: Callable[[User], object], make: Callable[[User], str]
) -> None:
    Group.objects.create(name="other")
    one = known(make(owner))
    take(owner)
    assert one.get(ODD).status == 403


def test_a_superuser_no_more_loses_the_scopes_at_the_next_call() -> None:
    root = builders.user(None, is_superuser=True)
    one = known(builders.jwt(root))
    User.objects.update(is_superuser=False)
    assert one.get(ODD).status == 403


def test_fewer_scopes_and_other_limits_of_a_key_count_from_the_next_call(owner: User) -> None:
    key, token = builders.api_key(owner, rate_limits={"*": 50})
    one = known(token)
    _by_admin(owner, "apikey", key.pk, "change", rate_limits='{"*": 20}')
    assert one.get(ODD).headers["X-RateLimit-Limit"] == "20"
    ApiKey.objects.update(rate_limits={})
    assert one.get(ODD).headers["X-RateLimit-Limit"] == "60"
    ApiKey.objects.update(scopes=["stats:read"])
    assert one.get(ODD).status == 403


def test_a_role_that_is_given_counts_from_the_next_call() -> None:
    owner = builders.user(None)
    one = Api(builders.jwt(owner))
    assert [one.get(ODD).status for _ in range(4)] == [403] * 4
    assert called(one) == (403, 0)
    owner.groups.add(Group.objects.get_or_create(name="end_user")[0])
    assert one.get(ODD).status == 404


def test_what_changes_no_rights_lets_everybody_be_known(owner: User, key: ApiKey) -> None:
    one = known(builders.token(owner))
    tokens = tokens_issue(user=owner, address="", now=utc_now())
    tokens_renew(refresh=tokens.refresh, now=utc_now())
    ApiKey.objects.update(last_used_at=utc_now(), last_used_ip="10.0.0.1")
    builders.api_key(owner)
    builders.user(None)
    assert called(one) == KNOWN
    TokenFamily.objects.update(expires_at=utc_now() - timedelta(days=1))
    TokenFamily.objects.all().delete()
    assert called(one) == KNOWN


@pytest.mark.django_db(transaction=True)
def test_who_is_verified_before_a_change_is_committed_is_asked_for_after_it() -> None:
    key, token = builders.api_key(builders.user())
    one = known(token)

    def elsewhere() -> list[tuple[int, int]]:
        try:
            return [called(one) for _ in range(3)]
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            api_key_revoke(key=key, now=utc_now())
            assert pool.submit(elsewhere).result() == [ASKED, KNOWN, KNOWN]
        assert {status for status, _ in pool.submit(elsewhere).result()} == {REFUSED}


def test_what_changes_while_somebody_is_verified_ends_it_at_the_next_call(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, token = builders.api_key(owner)
    busy = known(builders.token(builders.user()))
    verified = authentication._verified

    def overtaken(shown: str, *rest: Any) -> Remembered:
        found = verified(shown, *rest)
        if shown == token:
            api_key_revoke(key=key, now=utc_now())
            assert called(busy) == ASKED  # sees the epoch of after the change
        return found

    monkeypatch.setattr(authentication, "_verified", overtaken)
    one = Api(token)
    assert one.get(ODD).status == 404
    ended(one)


@pytest.mark.django_db(transaction=True)
def test_it_hears_of_changes_on_a_connection_that_was_made_amid_a_request() -> None:
    key, token = builders.api_key(builders.user())
    one = known(token)

    def in_a_new_thread() -> None:
        with Acting(task="t"):
            assert called(one) == KNOWN
            connection.ensure_connection()
        api_key_revoke(key=key, now=utc_now())
        connection.close()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(in_a_new_thread).result()
    ended(one)
    told = apps.get_model("access.ApiKeyAudit").objects.latest("pgh_id")
    assert (told.pgh_label, told.pgh_context) == ("update", None)


@pytest.mark.django_db(transaction=True)
def test_a_change_by_a_command_ends_it_at_the_next_call_to_another_process() -> None:
    owner = builders.user()
    token, stays = builders.token(owner), builders.token(builders.user())
    with served() as port:
        url = f"http://127.0.0.1:{port}{ODD}"
        assert {http("GET", url, token=one).status for one in (token, stays) * 4} == {404}
        _command(f"User.objects.filter(pk={owner.pk}).update(is_active=False)")
        assert http("GET", url, token=token).status == REFUSED
        assert http("GET", url, token=stays).status == 404


def _command(text: str) -> None:
    code = f"from access.models import User; {text}"
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "-v", "0", "-c", code],
        cwd=ROOT, env=os.environ | {"DATABASE_URL": _address_of_this_database()},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def _address_of_this_database() -> str:
    parts = urlsplit(os.environ["DATABASE_URL"])
    return urlunsplit(parts._replace(path=f"/{connection.settings_dict['NAME']}"))


def _past_django(statement: str) -> None:
    with psycopg.connect(**connection.get_connection_params()) as other:
        other.execute(statement)


@pytest.mark.django_db(transaction=True)
def test_a_change_past_django_counts_after_half_a_minute_at_the_latest() -> None:
    one = known(builders.token(builders.user()))
    _past_django("UPDATE access_apikey SET revoked_at = now()")
    remembered = MEMORY.get(one.token)
    assert remembered is not None
    assert remembered.epoch == redis_client().get(EPOCH_KEY), "nobody was told"
    remembered.verified_s -= REMEMBERED_S
    ended(one)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("flush", ["flushdb", "another epoch"])
def test_nobody_is_believed_after_redis_has_forgotten(flush: str) -> None:
    token = builders.token(builders.user())
    redis_client().flushdb()  # so that a count begins the epoch both times
    one = known(token)
    _past_django("UPDATE access_apikey SET revoked_at = now()")
    if flush == "flushdb":
        redis_client().flushdb()
    else:
        redis_client().set(EPOCH_KEY, "another")
    ended(one)


def test_without_redis_the_database_is_asked_every_time(owner: User, dead_redis: None) -> None:
    one = Api(builders.token(owner))
    one.get(ODD)  # notes the use
    assert [called(one) for _ in range(4)] == [ASKED] * 4


@pytest.mark.django_db(transaction=True)
def test_who_was_known_is_asked_for_when_redis_has_gone(request: pytest.FixtureRequest) -> None:
    one = known(builders.token(builders.user()))
    _past_django("UPDATE access_apikey SET revoked_at = now()")
    request.getfixturevalue("dead_redis")
    ended(one)


@pytest.mark.django_db(transaction=True)
def test_a_right_is_taken_also_while_redis_is_away(dead_redis: None) -> None:
    key, token = builders.api_key(builders.user())
    api_key_revoke(key=key, now=utc_now())
    ended(Api(token))


@pytest.mark.parametrize("kind", ["key", "JWT"])
def test_a_known_token_ends_with_its_time(owner: User, kind: str) -> None:
    with time_machine.travel(datetime(2026, 3, 1, 12, 0, tzinfo=UTC), tick=False) as clock:
        token = builders.jwt(owner)
        if kind == "key":
            token = builders.token(owner, expires_at=utc_now() + timedelta(minutes=15))
        clock.shift(timedelta(minutes=15, seconds=-1))
        one = known(token)
        clock.shift(1)
        ended(one)


def test_a_known_key_opens_nothing_from_elsewhere(owner: User) -> None:
    one = known(builders.token(owner, allowed_ips=["10.1.0.0/16"]), address="10.1.0.7")
    one.address = "10.2.0.7"
    ended(one)
    one.address = "10.1.0.8"
    assert called(one) == KNOWN


def test_the_use_of_a_known_key_is_noted_once_a_minute(owner: User) -> None:
    noon = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    with time_machine.travel(noon, tick=False) as clock:
        one = known(builders.token(owner, rate_limits=builders.UNLIMITED))
        counts = []
        for seconds in (0, 60, 1, 0, 60, 1):
            clock.shift(seconds)
            counts.append(called(one)[1])
        assert counts == [0, 0, 1, 0, 0, 1]
        assert ApiKey.objects.get().last_used_at == noon + timedelta(seconds=122)


def test_a_call_of_who_is_known_is_counted_once(owner: User) -> None:
    one = known(builders.token(owner, rate_limits={"*": 50}))
    left = [int(one.get(ODD).headers["X-RateLimit-Remaining"]) for _ in range(3)]
    assert left == [left[0], left[0] - 1, left[0] - 2]


def test_no_more_are_remembered_than_there_is_room_for(owner: User) -> None:
    one = known(builders.token(owner))
    remembered = MEMORY.get(one.token)
    assert isinstance(remembered, Remembered)
    memory = Memory(size_max=2)
    for token in ("a", "b", "a", "c"):
        memory.keep(token, remembered)
    assert [memory.get(token) is None for token in "abc"] == [False, True, False]
    assert len(memory) == 2


def test_no_token_is_remembered(owner: User) -> None:
    one = known(builders.token(owner))
    assert one.token not in repr((vars(MEMORY), MEMORY.get(one.token)))
