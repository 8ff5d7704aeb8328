"""Keys are handed on with an overlap, and kept to where they may be used."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection

from access.models import ApiKey, User
from access.networks import networks_parse
from access.services.keys import KeyEnded, api_key_revoke, api_key_rotate
from lucidpay.clock import utc_now
from lucidpay.errors import ValidationFailed
from tests import builders
from tests.api.client import PAYOUTS, Api

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def rotate(key: ApiKey, overlap: timedelta = DAY) -> tuple[ApiKey, str]:
    return api_key_rotate(key=key, overlap=overlap, now=utc_now())


def test_both_keys_work_for_the_overlap_and_then_the_new_one_alone(owner: User) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        old, old_token = builders.api_key(owner, rate_limits=builders.UNLIMITED)
        _, token = rotate(old)
        for seconds, old_status in ((0, 200), (DAY.total_seconds() - 1, 200), (1, 401)):
            clock.shift(seconds)
            assert Api(old_token).get(PAYOUTS).status == old_status
            assert Api(token).get(PAYOUTS).status == 200


def test_a_successor_has_the_same_rights(owner: User) -> None:
    rights = {
        "scopes": ["payouts:read"],
        "allowed_ips": ["10.0.0.0/8"],
        "rate_limits": {"*": 7},
    }
    old, old_token = builders.api_key(owner, **rights)
    new, token = rotate(old)
    assert {name: getattr(new, name) for name in rights} == rights
    assert (new.user, new.name, new.rotated_from, new.expires_at) == (owner, old.name, old, None)
    assert token != old_token
    assert new.prefix == token[:14]


def test_a_successor_lives_as_long_as_the_old_key_was_made_for(owner: User) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        old, _ = builders.api_key(owner, expires_at=NOON + 90 * DAY)
        clock.shift(80 * DAY)
        new, _ = rotate(old)
        assert new.expires_at == NOON + 170 * DAY


def test_an_overlap_never_makes_a_key_live_longer(owner: User) -> None:
    with time_machine.travel(NOON, tick=False):
        old, _ = builders.api_key(owner, expires_at=NOON + timedelta(hours=1))
        rotate(old)
    old.refresh_from_db()
    assert old.expires_at == NOON + timedelta(hours=1)


def test_without_overlap_the_old_key_ends_at_once(owner: User) -> None:
    old, old_token = builders.api_key(owner)
    rotate(old, timedelta())
    assert Api(old_token).get(PAYOUTS).status == 401


def _revoked(key: ApiKey) -> None:
    api_key_revoke(key=key, now=utc_now())


def _expired(key: ApiKey) -> None:
    ApiKey.objects.filter(pk=key.pk).update(expires_at=utc_now())


def _of_somebody_gone(key: ApiKey) -> None:
    User.objects.filter(pk=key.user_id).update(is_active=False)


@pytest.mark.parametrize(
    "end", [_revoked, _expired, _of_somebody_gone, rotate],
    ids=["revoked", "expired", "its user is gone", "rotated before"],
)  # fmt: skip
def test_a_key_that_has_ended_gets_no_successor(
    owner: User, end: Callable[[ApiKey], object]
) -> None:
    key, _ = builders.api_key(owner)
    end(key)
    keys = ApiKey.objects.count()
    with pytest.raises(KeyEnded):
        rotate(key)
    assert ApiKey.objects.count() == keys


@pytest.mark.parametrize("overlap", [-timedelta(seconds=1), 30 * DAY + timedelta(seconds=1)])
def test_it_refuses_an_overlap_out_of_range(owner: User, overlap: timedelta) -> None:
    key, _ = builders.api_key(owner)
    with pytest.raises(ValidationFailed):
        rotate(key, overlap)


@pytest.mark.django_db(transaction=True)
def test_two_who_rotate_at_once_make_one_successor() -> None:
    key, _ = builders.api_key(builders.user())
    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(_rotated_alone, [key] * 2))
    assert sorted(made) == [False, True]
    assert ApiKey.objects.count() == 2


def _rotated_alone(key: ApiKey) -> bool:
    try:
        rotate(key)
    except KeyEnded:
        return False
    finally:
        connection.close()
    return True


def test_networks_are_stored_in_one_form() -> None:
    given = [" 10.0.0.7 ", "10.0.0.7/32", "10.1.0.0/16", "2001:DB8:0::/48", "::1/128",
             "::ffff:10.2.0.0/112"]  # fmt: skip
    assert networks_parse(given) == [
        "10.0.0.7", "10.1.0.0/16", "2001:db8::/48", "::1", "10.2.0.0/16"
    ]  # fmt: skip


@pytest.mark.parametrize("wrong", ["10.0.0.1/8", "10.0.0", "home.example.org", "10.0.0.0/33", ""])
def test_it_refuses_what_is_neither_address_nor_network(owner: User, wrong: str) -> None:
    with pytest.raises(ValidationFailed) as refused:
        builders.api_key(owner, allowed_ips=["10.0.0.1", wrong])
    assert list(refused.value.details) == ["allowed_ips"]
    assert not ApiKey.objects.exists()


def test_it_refuses_more_networks_than_a_call_should_be_compared_with(owner: User) -> None:
    with pytest.raises(ValidationFailed):
        builders.api_key(owner, allowed_ips=[f"10.0.0.{number}" for number in range(101)])
