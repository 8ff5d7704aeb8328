"""Who gets in. Every refusal looks the same: it never says which part was wrong."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt as pyjwt
import pytest
import time_machine
from django.conf import settings as django_settings
from rest_framework_simplejwt.tokens import AccessToken

from access.models import ApiKey, TokenFamily, User
from access.services.keys import api_key_revoke
from access.services.tokens import tokens_issue
from lucidpay.clock import utc_now
from tests import builders
from tests.api.client import PAYOUTS, Api, caller, nothing_written, order, refused

pytestmark = pytest.mark.django_db
KEY = "another-key-another-key-another-key-1"


def _family(owner: User) -> str:
    tokens_issue(user=owner, address="", now=utc_now())
    return TokenFamily.objects.latest("pk").pk.hex


def _claims(owner: User, **changed: object) -> dict:
    now = int(utc_now().timestamp())
    claims = {
        "token_type": "access", "exp": now + 600, "iat": now, "jti": "a" * 32,
        "user_id": str(owner.pk), "family": _family(owner),
    }  # fmt: skip
    return {name: value for name, value in {**claims, **changed}.items() if value is not None}


def _jwt(owner: User, *, key: str = "", algorithm: str = "HS256", **changed: object) -> str:
    claims = _claims(owner, **changed)
    return pyjwt.encode(claims, key or django_settings.SECRET_KEY, algorithm=algorithm)


def _without_algorithm(owner: User) -> str:
    return pyjwt.encode(_claims(owner), None, algorithm="none")  # type: ignore[arg-type]


def _of_expired_access(owner: User) -> str:
    access = AccessToken(builders.jwt(owner))  # type: ignore[arg-type]
    access.set_exp(lifetime=timedelta(seconds=-1))
    return str(access)


def _key(owner: User, **changes: object) -> str:
    key, token = builders.api_key(owner)
    ApiKey.objects.filter(pk=key.pk).update(**changes)
    return token


def _revoked(owner: User) -> str:
    key, token = builders.api_key(owner)
    api_key_revoke(key=key, now=utc_now())
    return token


def _of_deactivated(make: Callable[[User], str]) -> Callable[[User], str]:
    def token(owner: User) -> str:
        made = make(owner)
        User.objects.filter(pk=owner.pk).update(is_active=False)
        return made

    return token


BAD: dict[str, Callable[[User], str]] = {
    "no token": lambda _: "Bearer",
    "empty token": lambda _: "Bearer ",
    "blank token": lambda _: "Bearer    ",
    "only a token": lambda owner: builders.token(owner),
    "Basic": lambda _: "Basic YWxpY2U6cGFzc3dvcmQ=",
    "Token": lambda owner: f"Token {builders.token(owner)}",
    "two tokens": lambda owner: f"Bearer {builders.token(owner)} {builders.token(owner)}",
    "nonsense": lambda _: "Bearer nonsense",
    "dots": lambda _: "Bearer ..",
    "three dots of nonsense": lambda _: "Bearer a.b.c",
    "not ASCII": lambda _: "Bearer café",
    "not ASCII scheme": lambda owner: f"Béarer {builders.token(owner)}",
    "not ASCII key": lambda _: "Bearer lp_test_é",
    "very long": lambda _: "Bearer " + "a" * 5_000,
    "unknown key": lambda _: "Bearer lp_test_" + "a" * 43,
    "key without its secret": lambda _: "Bearer lp_test_",
    "key cut short": lambda owner: f"Bearer {builders.token(owner)[:-1]}",
    "key in another case": lambda owner: f"Bearer {builders.token(owner).upper()}",
    "digest of a key": lambda owner: "Bearer " + builders.api_key(owner)[0].digest,
    "key of mainnet": lambda owner: "Bearer " + builders.token(owner).replace("test", "live", 1),
    "revoked key": lambda owner: f"Bearer {_revoked(owner)}",
    "expired key": lambda owner: f"Bearer {_key(owner, expires_at=utc_now())}",
    "key for another address": lambda owner: f"Bearer {_key(owner, allowed_ips=['10.0.0.1'])}",
    "key of a deactivated user": lambda owner: "Bearer " + _of_deactivated(builders.token)(owner),
    "JWT of a deactivated user": lambda owner: "Bearer " + _of_deactivated(builders.jwt)(owner),
    "JWT of another key": lambda owner: "Bearer " + _jwt(owner, key=KEY),
    "JWT without algorithm": lambda owner: "Bearer " + _without_algorithm(owner),
    "JWT of another algorithm": lambda owner: "Bearer " + _jwt(owner, algorithm="HS512"),
    "JWT expired": lambda owner: "Bearer " + _of_expired_access(owner),
    "JWT without expiry": lambda owner: "Bearer " + _jwt(owner, exp=None),
    "JWT without user": lambda owner: "Bearer " + _jwt(owner, user_id=None),
    "JWT of nobody": lambda owner: "Bearer " + _jwt(owner, user_id="999999999"),
    "JWT of a user that is no number": lambda owner: "Bearer " + _jwt(owner, user_id="x"),
    "JWT of a user beyond range": lambda owner: "Bearer " + _jwt(owner, user_id="9" * 30),
    "JWT without kind": lambda owner: "Bearer " + _jwt(owner, token_type=None),
    "refresh token": lambda owner: (
        "Bearer " + tokens_issue(user=owner, address="", now=utc_now()).refresh
    ),
    "JWT without family": lambda owner: "Bearer " + _jwt(owner, family=None),
    "JWT of no family": lambda owner: "Bearer " + _jwt(owner, family="0" * 32),
    "JWT of a family that is no id": lambda owner: "Bearer " + _jwt(owner, family="x"),
    "JWT of another's family": lambda owner: (
        "Bearer " + _jwt(owner, family=_family(builders.user()))
    ),
    "JWT cut short": lambda owner: f"Bearer {builders.jwt(owner)[:-2]}",
}


@pytest.mark.contract("C-AUTH-2")
@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
@pytest.mark.parametrize("header", BAD.values(), ids=BAD.keys())
def test_it_refuses_the_credentials(header: Callable[[User], str]) -> None:
    authorization = header(builders.user("admin"))
    with nothing_written():
        for answer in (
            Api().get(PAYOUTS, Authorization=authorization),
            Api().post(PAYOUTS, order(), Authorization=authorization),
        ):
            assert refused(answer, 401, "LUCID_ERR_1002") == {}
            assert answer.headers["WWW-Authenticate"] == 'Bearer realm="lucidpay"'
            assert answer.body["detail"].startswith("Missing, invalid or expired credentials.")


@pytest.mark.contract("C-AUTH-2")
def test_it_refuses_calls_without_credentials_before_it_reads_the_body() -> None:
    assert refused(Api().get(PAYOUTS), 401, "LUCID_ERR_1002") == {}
    assert refused(Api().call("POST", PAYOUTS, "nonsense"), 401, "LUCID_ERR_1002") == {}
    assert refused(Api().call("PUT", PAYOUTS), 401, "LUCID_ERR_1002") == {}


def test_a_jwt_made_by_hand_as_ours_are_is_let_in() -> None:
    """So each of the claims above is refused for what was changed in it."""
    assert Api(_jwt(builders.user())).get(PAYOUTS).status == 200


@pytest.mark.contract("C-AUTH-1")
@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
@pytest.mark.parametrize("make", [builders.token, builders.jwt], ids=["key", "JWT"])
def test_it_lets_keys_and_jwts_in(scheme: str, make: Callable[[User], str]) -> None:
    owner = builders.user()
    assert Api().get(PAYOUTS, Authorization=f"{scheme} {make(owner)}").status == 200


@pytest.mark.contract("C-AUTH-3")
def test_it_refuses_a_test_key_on_mainnet(settings) -> None:
    alice = caller()
    settings.TRON_NETWORK = "mainnet"
    refused(alice.get(PAYOUTS), 401, "LUCID_ERR_1002")
    assert caller().token.startswith("lp_live_")


@pytest.mark.contract("C-AUTH-5")
def test_it_lets_a_key_in_from_its_addresses_only() -> None:
    alice = caller(allowed_ips=["10.0.0.1", "2001:db8::1"])
    for allowed in ("10.0.0.1", "2001:db8::1"):
        alice.address = allowed
        assert alice.get(PAYOUTS).status == 200
    alice.address = "10.0.0.2"
    answer = alice.get(PAYOUTS, X_Forwarded_For="10.0.0.1", X_Real_IP="10.0.0.1")
    refused(answer, 401, "LUCID_ERR_1002")


@pytest.mark.parametrize(
    ("network", "inside", "outside"),
    [
        ("10.1.0.0/16", ["10.1.0.0", "10.1.255.255", "::ffff:10.1.2.3"], ["10.2.0.0", "::1"]),
        ("10.0.0.7/32", ["10.0.0.7"], ["10.0.0.8"]),
        ("2001:db8::/48", ["2001:db8::1", "2001:db8:0:ffff::"], ["2001:db8:1::", "10.0.0.1"]),
        ("::ffff:10.0.0.7", ["10.0.0.7"], ["10.0.0.8"]),
        ("::ffff:10.1.0.0/112", ["10.1.9.9"], ["10.2.0.0"]),
        ("0.0.0.0/0", ["8.8.8.8"], ["2001:db8::1", "", "a socket"]),
    ],
)
def test_it_lets_a_key_in_from_its_networks_only(
    network: str, inside: list[str], outside: list[str]
) -> None:
    alice = caller(allowed_ips=[network])
    for alice.address in inside:
        assert alice.get(PAYOUTS).status == 200, alice.address
    for alice.address in outside:
        refused(alice.get(PAYOUTS), 401, "LUCID_ERR_1002")


@pytest.mark.contract("C-AUTH-5")
def test_it_believes_as_many_proxies_as_it_is_told(settings) -> None:
    settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | {"NUM_PROXIES": 1}
    alice = caller(allowed_ips=["10.0.0.1"])
    assert alice.get(PAYOUTS, X_Forwarded_For="10.9.9.9, 10.0.0.1").status == 200
    refused(alice.get(PAYOUTS, X_Forwarded_For="10.0.0.1, 10.9.9.9"), 401, "LUCID_ERR_1002")


@pytest.mark.contract("C-AUTH-4")
def test_it_keeps_only_a_digest_of_a_key() -> None:
    key, token = builders.api_key(builders.user())
    stored = ApiKey.objects.filter(pk=key.pk).values().get()
    assert token not in str(stored)
    assert token.startswith(stored["prefix"])
    assert len(token) - len(stored["prefix"]) > 30


def test_it_notes_when_and_from_where_a_key_was_used_once_a_minute() -> None:
    noon = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    alice = caller()
    seen = []
    with time_machine.travel(noon, tick=False) as clock:
        for seconds, alice.address in ((0, "10.0.0.1"), (60, "10.0.0.2"), (1, "::ffff:10.0.0.3")):
            clock.shift(seconds)
            alice.get(PAYOUTS)
            key = ApiKey.objects.get()
            seen.append((key.last_used_at, key.last_used_ip))
    later = noon + timedelta(seconds=61)
    assert seen == [(noon, "10.0.0.1"), (noon, "10.0.0.1"), (later, "10.0.0.3")]


@pytest.mark.parametrize("make", [builders.token, builders.jwt], ids=["key", "JWT"])
def test_one_statement_finds_out_who_calls(
    make: Callable[[User], str], django_assert_num_queries: Any
) -> None:
    one = Api(make(builders.user()))
    one.get("/api/payment/nothing-here")
    assert one.get(f"{PAYOUTS}/odd").status == 404  # notes the use of a key
    with django_assert_num_queries(1):
        assert one.call("PATCH", PAYOUTS).status == 405
