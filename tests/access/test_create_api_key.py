"""`manage.py create_api_key`: the token and nothing else on stdout."""

import io
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.management import CommandError, call_command

from access.models import ApiKey, User
from access.services.keys import digest_of
from tests import builders
from tests.api.client import PAYOUTS, Api

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def made(*arguments: str) -> str:
    """Run the command and return the token it printed."""
    out, err = io.StringIO(), io.StringIO()
    call_command("create_api_key", *arguments, stdout=out, stderr=err)
    token = out.getvalue().removesuffix("\n")
    assert token.startswith("lp_test_")
    assert "\n" not in token
    assert token[14:] not in err.getvalue()
    return token


def test_it_makes_a_key_with_all_that_the_roles_give(owner: User) -> None:
    token = made(owner.username, "--name", "billing")
    key = ApiKey.objects.get()
    assert (key.user, key.name, key.digest) == (owner, "billing", digest_of(token))
    assert key.scopes == ["payouts:cancel", "payouts:create", "payouts:read", "stats:read"]
    assert (key.expires_at, key.allowed_ips) == (None, [])
    assert Api(token).get(PAYOUTS).status == 200


def test_it_makes_a_key_that_may_less(owner: User) -> None:
    made(owner.username, "--name", "reader", "--scope", "payouts:read", "--scope", "stats:read",
         "--allow-ip", "10.0.0.7", "--allow-ip", "2001:db8::/48")  # fmt: skip
    key = ApiKey.objects.get()
    assert key.scopes == ["payouts:read", "stats:read"]
    assert key.allowed_ips == ["10.0.0.7", "2001:db8::/48"]


@pytest.mark.parametrize(
    ("given", "expires_at"),
    [
        ("90d", NOON + timedelta(days=90)),
        ("24h", NOON + timedelta(hours=24)),
        ("45m", NOON + timedelta(minutes=45)),
        ("2030-01-31", datetime(2030, 1, 31, tzinfo=UTC)),
        ("2030-01-31T12:30", datetime(2030, 1, 31, 12, 30, tzinfo=UTC)),
        ("2030-01-31T12:30+02:00", datetime(2030, 1, 31, 10, 30, tzinfo=UTC)),
    ],
)
def test_a_key_expires_when_it_is_told(owner: User, given: str, expires_at: datetime) -> None:
    with time_machine.travel(NOON, tick=False):
        made(owner.username, "--name", "billing", "--expires", given)
    assert ApiKey.objects.get().expires_at == expires_at


def test_it_rotates_a_key_by_its_beginning(owner: User) -> None:
    old, _ = builders.api_key(owner, name="billing", scopes=["payouts:read"])
    with time_machine.travel(NOON, tick=False):
        token = made(owner.username, "--rotate", old.prefix, "--overlap", "2h")
    old.refresh_from_db()
    successor = old.successor
    assert (successor.digest, successor.scopes) == (digest_of(token), ["payouts:read"])
    assert old.expires_at == NOON + timedelta(hours=2)


def test_a_whole_old_token_is_its_beginning_too(owner: User) -> None:
    old, token = builders.api_key(owner)
    made(owner.username, "--rotate", token)
    old.refresh_from_db()
    assert old.expires_at is not None


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--name", "x", "--scope", "service:manage"], "Not a scope of this user"),
        (["--name", "x", "--scope", "nonsense"], "Not a scope of this user"),
        (["--name", "x", "--allow-ip", "10.0.0.1/8"], "has host bits set"),
        (["--name", "x", "--expires", "2001-01-01"], "this time is over"),
        (["--name", "x", "--expires", "soon"], "Invalid isoformat string"),
        (["--rotate", "lp_test_nobody", "--overlap", "1w"], "Write 45m, 24h or 90d"),
        (["--rotate", "lp_test_nobody", "--overlap", "31d"], "has no key"),
        (["--rotate", "lp_test_nobody"], "has no key"),
        (["--rotate", "lp_test_nobody", "--name", "x"], "has the rights of the old key"),
        ([], "--name NAME"),
    ],
)
def test_it_says_what_is_wrong_and_makes_nothing(
    owner: User, arguments: list[str], said: str
) -> None:
    with pytest.raises(CommandError, match=said):
        made(owner.username, *arguments)
    assert not ApiKey.objects.exists()


def test_it_rotates_nobody_else_s_key(owner: User) -> None:
    other, _ = builders.api_key(builders.user())
    with pytest.raises(CommandError, match="has no key"):
        made(owner.username, "--rotate", other.prefix)


def test_it_makes_no_key_for_who_could_not_use_it(owner: User) -> None:
    User.objects.filter(pk=owner.pk).update(is_active=False)
    for name, said in (("nobody", "no active user"), (owner.username, "no active user"),
                       (builders.user(None).username, "has no role")):  # fmt: skip
        with pytest.raises(CommandError, match=said):
            made(name, "--name", "x")
