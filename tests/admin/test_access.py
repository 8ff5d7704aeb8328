"""Users and keys: changed by admins, through services; a token is seen once."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from access.models import ApiKey, User
from access.services.keys import digest_of
from lucidpay.clock import utc_now
from tests import builders
from tests.admin import pages
from tests.admin.conftest import Enter
from tests.api.client import PAYOUTS, Api


def make(client: Client, owner: User, **fields: object) -> object:
    """Send the form that makes a key."""
    return client.post(f"{pages.KEYS}add/", {"user": owner.pk, "name": "payroll", **fields})


def test_it_makes_a_key_and_shows_its_token_on_that_page_only(
    payee_owner: User, enter: Enter
) -> None:
    client = enter("admin")

    answer = make(client, payee_owner, scopes=["payouts:read"], allowed_ips="10.1.0.0/16, ::1,")

    page = answer.content.decode()  # type: ignore[attr-defined]
    token = re.findall(r"lp_test_[\w-]{40,}", page)[0]
    key = ApiKey.objects.get()
    assert key.digest == digest_of(token)
    assert key.scopes == ["payouts:read"]
    assert key.allowed_ips == ["10.1.0.0/16", "::1"]
    assert "no-store" in answer["Cache-Control"]  # type: ignore[index]
    assert token not in str(dict(client.session))
    assert token not in str(client.cookies)
    for address in (pages.KEYS, pages.detail(key), "/admin/"):
        assert token not in client.get(address).content.decode()


def test_a_key_without_ticked_scopes_gets_those_of_its_owner(
    payee_owner: User, enter: Enter
) -> None:
    make(enter("admin"), payee_owner)

    scopes = ["payouts:cancel", "payouts:create", "payouts:read", "stats:read"]
    assert ApiKey.objects.get().scopes == scopes


@pytest.mark.parametrize(
    "wrong",
    [
        {"scopes": ["service:manage"]},
        {"expires_at": "2001-01-01 00:00"},
        {"allowed_ips": "not-an-address"},
        {"allowed_ips": "10.0.0.1/8"},
        {"rate_limits": '{"no.such": 5}'},
        {"rate_limits": '{"*": 0}'},
        {"rate_limits": '{"*": true}'},
        {"rate_limits": "[]["},
        {"name": ""},
    ],
)
def test_it_refuses_a_key_that_would_make_no_sense(
    payee_owner: User, enter: Enter, wrong: dict[str, object]
) -> None:
    answer = make(enter("admin"), payee_owner, **wrong)

    assert "lp-error" in answer.content.decode()  # type: ignore[attr-defined]
    assert not ApiKey.objects.exists()


def test_it_revokes_a_key_after_asking(payee_owner: User, enter: Enter) -> None:
    key, _ = builders.api_key(payee_owner)
    revoke = reverse("admin:access_apikey_revoke", args=[key.pk])
    client = enter("admin")
    assert revoke in client.get(pages.detail(key)).content.decode()

    assert client.get(revoke).status_code == 200
    key.refresh_from_db()
    assert key.revoked_at is None
    client.post(revoke)

    key.refresh_from_db()
    assert key.revoked_at is not None
    assert revoke not in client.get(pages.detail(key)).content.decode()


def test_it_rotates_a_key_and_shows_the_new_token_on_that_page_only(
    payee_owner: User, enter: Enter
) -> None:
    key, _ = builders.api_key(payee_owner, scopes=["payouts:read"])
    rotate = reverse("admin:access_apikey_rotate", args=[key.pk])
    client = enter("admin")
    assert rotate in client.get(pages.detail(key)).content.decode()
    assert client.get(rotate).status_code == 200

    answer = client.post(rotate, {"overlap": "2"})

    token = re.findall(r"lp_test_[\w-]{40,}", answer.content.decode())[0]
    successor = ApiKey.objects.get(digest=digest_of(token))
    assert (successor.rotated_from, successor.scopes) == (key, ["payouts:read"])
    assert "no-store" in answer["Cache-Control"]
    key.refresh_from_db()
    assert key.expires_at is not None
    assert timedelta(hours=1, minutes=59) < key.expires_at - utc_now() <= timedelta(hours=2)
    page = client.get(pages.detail(successor)).content.decode()
    assert pages.detail(key) in page
    assert token not in page
    assert rotate not in client.get(pages.detail(key)).content.decode()


@pytest.mark.parametrize("overlap", ["-1", "721", "", "soon"])
def test_it_refuses_an_odd_overlap(payee_owner: User, enter: Enter, overlap: str) -> None:
    key, _ = builders.api_key(payee_owner)
    rotate = reverse("admin:access_apikey_rotate", args=[key.pk])
    assert "lp-error" in enter("admin").post(rotate, {"overlap": overlap}).content.decode()
    assert ApiKey.objects.count() == 1


def test_a_key_that_has_ended_is_not_rotated(payee_owner: User, enter: Enter) -> None:
    key, _ = builders.api_key(payee_owner)
    ApiKey.objects.update(revoked_at=utc_now())
    rotate = reverse("admin:access_apikey_rotate", args=[key.pk])
    page = enter("admin").post(rotate, {"overlap": "1"}).content.decode()
    assert "Rotate its successor, or make another key" in page
    assert ApiKey.objects.count() == 1


def test_it_shows_when_and_from_where_a_key_was_used(payee_owner: User, enter: Enter) -> None:
    key, _ = builders.api_key(payee_owner)
    at = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    ApiKey.objects.update(last_used_at=at, last_used_ip="192.0.2.44")
    page = enter("auditor").get(pages.detail(key)).content.decode()
    assert "2026-03-01 12:00:00" in page
    assert "192.0.2.44" in page


def test_an_admin_ends_all_logins_of_a_user(enter: Enter) -> None:
    victim = enter("operator")
    person = victim.person  # type: ignore[attr-defined]
    jwt, key = Api(builders.jwt(person)), Api(builders.token(person))
    end = reverse("admin:access_user_logins_end", args=[person.pk])
    client = enter("admin")
    assert end in client.get(pages.detail(person)).content.decode()

    assert client.get(end).status_code == 200
    assert jwt.get(PAYOUTS).status == 200
    assert client.post(end)["Location"] == pages.detail(person)

    assert (jwt.get(PAYOUTS).status, key.get(PAYOUTS).status) == (401, 200)
    assert victim.get("/admin/")["Location"].startswith("/admin/login/")
    assert client.get("/admin/").status_code == 200


def test_who_may_not_change_a_user_ends_no_logins(enter: Enter) -> None:
    root = builders.user(None, is_superuser=True, is_staff=True)
    for role in ("auditor", "operator", "admin"):
        end = reverse("admin:access_user_logins_end", args=[root.pk])
        assert enter(role).post(end).status_code == 403, role
    root.refresh_from_db()
    assert root.login_epoch == 0


def test_an_admin_changes_the_limits_of_a_key_and_nothing_else(
    payee_owner: User, enter: Enter
) -> None:
    key, _ = builders.api_key(payee_owner)
    fields = {"rate_limits": '{"payouts.create": 600}', "scopes": "service:manage", "name": "x"}

    answer = enter("admin").post(pages.detail(key), fields)

    assert answer.status_code == 302
    before, now = key, ApiKey.objects.get()
    assert now.rate_limits == {"payouts.create": 600}
    assert (now.scopes, now.name, now.digest) == (before.scopes, before.name, before.digest)


def test_a_key_that_is_revoked_while_its_limits_are_edited_stays_revoked(
    payee_owner: User, enter: Enter
) -> None:
    key, _ = builders.api_key(payee_owner)
    ApiKey.objects.filter(pk=key.pk).update(revoked_at=utc_now() - timedelta(seconds=1))

    enter("admin").post(pages.detail(key), {"rate_limits": "{}"})

    assert ApiKey.objects.get().revoked_at is not None


@pytest.mark.parametrize("role", ["auditor", "operator", "approver"])
def test_others_cannot_make_change_or_revoke_keys(
    payee_owner: User, enter: Enter, role: str
) -> None:
    key, _ = builders.api_key(payee_owner)
    client = enter(role)

    revoke = reverse("admin:access_apikey_revoke", args=[key.pk])
    rotate = reverse("admin:access_apikey_rotate", args=[key.pk])
    for address in (f"{pages.KEYS}add/", pages.detail(key), revoke, rotate):
        fields = {"rate_limits": '{"*": 9}', "overlap": "1"}
        assert client.post(address, fields).status_code == 403, address
    assert ApiKey.objects.count() == 1
    now = ApiKey.objects.get()
    assert (now.rate_limits, now.revoked_at) == ({}, None)


def test_nobody_deletes_users_or_keys(payee_owner: User, enter: Enter) -> None:
    key, _ = builders.api_key(payee_owner)
    client = enter(None, is_superuser=True)

    for row in (key, payee_owner):
        name = f"admin:{row._meta.app_label}_{row._meta.model_name}_delete"
        address = reverse(name, args=[row.pk])
        assert client.post(address, {"post": "yes"}).status_code == 403


def test_an_admin_adds_a_user_and_gives_a_role(enter: Enter) -> None:
    client = enter("admin")
    fields = {"username": "carol", "password1": builders.PASSWORD, "password2": builders.PASSWORD}

    answer = client.post(f"{pages.USERS}add/", {**fields, "usable_password": "true"})

    carol = User.objects.get(username="carol")
    assert answer["Location"] == pages.detail(carol)
    assert carol.check_password(builders.PASSWORD)
    role = Group.objects.get_or_create(name="operator")[0]
    fields = {"username": "carol", "is_active": "on", "is_staff": "on", "groups": [role.pk]}
    client.post(pages.detail(carol), fields)
    carol.refresh_from_db()
    assert carol.role_names() == {"operator"}
    assert carol.is_staff
    assert carol.check_password(builders.PASSWORD)


def test_an_admin_cannot_make_or_change_superusers(enter: Enter) -> None:
    root = builders.user(None, is_superuser=True, is_staff=True)
    plain = builders.user(None)
    client = enter("admin")

    password = reverse("admin:auth_user_password_change", args=[root.pk])
    new = {"password1": "a-new-one-42", "password2": "a-new-one-42", "usable_password": "true"}
    assert client.post(pages.detail(root), {"username": "root"}).status_code == 403
    assert client.post(password, new).status_code == 403
    client.post(pages.detail(plain), {"username": plain.username, "is_superuser": "on"})

    plain.refresh_from_db()
    assert not plain.is_superuser


def test_an_auditor_changes_no_user(enter: Enter) -> None:
    plain = builders.user(None)
    client = enter("auditor")

    assert client.post(pages.detail(plain), {"username": "other"}).status_code == 403
    assert client.post(f"{pages.USERS}add/", {"username": "other"}).status_code == 403
