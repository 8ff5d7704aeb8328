"""Guessing becomes slower and slower, for those who guess."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import connection
from django.test import Client

from access.models import ApiKey, User
from lucidpay.clock import utc_now
from tests import builders
from tests.api.client import PAYOUTS, Answer, Api, refused

TOKEN = "/api/auth/token"
NOON = datetime(2026, 3, 1, 12, 0, 15, tzinfo=UTC)
WRONG = "wrong"
HOME, OFFICE, THIEF = "10.0.0.1", "10.0.0.2", "192.0.2.9"


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    """Time that passes when a test says so."""
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def _calls_of_a_minute_are_not_limited(settings: Any) -> None:
    """Leave the other limit out of it: ten log-ins a minute and address."""
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"auth.token": 1_000_000, "auth.refresh": 1_000}


def try_password(name: str, password: str = WRONG, address: str = THIEF) -> Answer:
    return Api(address=address).post(TOKEN, {"username": name, "password": password})


def paused(answer: Answer) -> int:
    """Check that it is a refusal to look, and return the seconds to wait."""
    assert refused(answer, 429, "LUCID_ERR_2009") == {}
    wait = answer.headers["Retry-After"]
    assert answer.headers["X-RateLimit-Retry-After"] == wait
    assert answer.headers["X-RateLimit-Remaining"] == "0"
    assert int(answer.headers["X-RateLimit-Reset"]) == int(utc_now().timestamp()) + int(wait)
    return int(wait)


def use_up(name: str, address: str = THIEF, times: int = 5) -> None:
    for _ in range(times):
        refused(try_password(name, address=address), 401, "LUCID_ERR_1002")


def test_pauses_grow_after_five_wrong_passwords(
    owner: User, clock: time_machine.Traveller, settings: Any
) -> None:
    settings.LOGIN_PAUSE_MAX_S = 10
    use_up(owner.username)
    waits = []
    for _ in range(6):
        waits.append(paused(try_password(owner.username)))
        clock.shift(waits[-1])
        refused(try_password(owner.username), 401, "LUCID_ERR_1002")
    assert waits == [1, 2, 4, 8, 10, 10]


def test_during_a_pause_the_right_password_is_not_looked_at(
    owner: User, clock: time_machine.Traveller
) -> None:
    use_up(owner.username)
    assert paused(try_password(owner.username, builders.PASSWORD)) == 1
    clock.shift(1)
    assert try_password(owner.username, builders.PASSWORD).status == 200


def test_hammering_during_a_pause_makes_it_no_longer(owner: User) -> None:
    use_up(owner.username)
    assert {paused(try_password(owner.username)) for _ in range(20)} == {1}


def test_the_right_password_forgets_the_wrong_ones(owner: User) -> None:
    for _ in range(3):
        use_up(owner.username, times=4)
        assert try_password(owner.username, builders.PASSWORD).status == 200


def test_a_user_under_attack_logs_in_from_elsewhere(owner: User) -> None:
    use_up(owner.username)
    paused(try_password(owner.username))
    assert try_password(owner.username, builders.PASSWORD, HOME).status == 200


def test_colleagues_behind_one_router_do_not_lock_each_other_out(owner: User) -> None:
    use_up("somebody-else", OFFICE)
    paused(try_password("somebody-else", address=OFFICE))
    assert try_password(owner.username, builders.PASSWORD, OFFICE).status == 200


def test_one_password_for_many_names_is_slowed_by_address(owner: User, settings: Any) -> None:
    settings.LOGIN_FAILURES_FREE_TOTAL = 8
    for number in range(8):
        use_up(f"name-{number}", times=1)
    assert paused(try_password("another")) == 1
    assert try_password(owner.username, builders.PASSWORD, HOME).status == 200


def test_many_addresses_for_one_name_are_slowed_by_name(owner: User, settings: Any) -> None:
    settings.LOGIN_FAILURES_FREE_TOTAL = 8
    for number in range(8):
        use_up(owner.username, f"192.0.2.{number}", times=1)
    assert paused(try_password(owner.username, address="192.0.2.200")) == 1


def test_who_is_known_at_an_address_is_not_locked_out_there_by_others(
    owner: User, settings: Any
) -> None:
    settings.LOGIN_FAILURES_FREE_TOTAL = 8
    assert try_password(owner.username, builders.PASSWORD, OFFICE).status == 200
    for number in range(8):
        use_up(f"name-{number}", OFFICE, times=1)
        use_up(owner.username, f"192.0.2.{number}", times=1)
    paused(try_password("stranger", address=OFFICE))
    paused(try_password(owner.username, address=THIEF))
    assert try_password(owner.username, builders.PASSWORD, OFFICE).status == 200


def test_right_passwords_use_nothing_up(settings: Any, owner: User) -> None:
    settings.LOGIN_FAILURES_FREE_TOTAL = 3
    people = [owner, *(builders.user() for _ in range(5))]
    for person in people:
        assert try_password(person.username, builders.PASSWORD, OFFICE).status == 200


def test_a_network_of_ipv6_is_one_address(owner: User) -> None:
    for number in range(5):
        use_up(owner.username, f"2001:db8::{number}", times=1)
    paused(try_password(owner.username, address="2001:db8::ffff"))
    refused(try_password(owner.username, address="2001:db8:0:1::1"), 401, "LUCID_ERR_1002")


@pytest.mark.django_db(transaction=True)
def test_a_hundred_at_once_are_a_hundred() -> None:
    """Attempts are counted before they are looked at."""
    name = builders.user().username
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(_try_alone, [name] * 16))
    assert sorted(answer.status for answer in answers) == [401] * 5 + [429] * 11


def _try_alone(name: str) -> Answer:
    try:
        return try_password(name)
    finally:
        connection.close()


def _gone() -> str:
    return builders.user(is_active=False).username


def _without_password() -> str:
    person = builders.user()
    person.set_unusable_password()
    person.save()
    return person.username


NAMES = {
    "existing": lambda: builders.user().username,
    "nobody's": lambda: "nobody",
    "inactive": _gone,
    "without a password": _without_password,
}


@pytest.mark.django_db
def test_nobody_learns_which_names_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each name costs the same work, gets the same words and the same pauses."""
    hashed: list[str] = []
    encode = MD5PasswordHasher.encode

    def counted(self: Any, password: str, salt: str) -> str:
        hashed.append(password)
        return encode(self, password, salt)

    names = [make() for make in NAMES.values()]
    monkeypatch.setattr(MD5PasswordHasher, "encode", counted)
    told = []
    for name in names:
        hashed.clear()
        answers = [try_password(name, address=f"198.51.100.{len(told)}") for _ in range(7)]
        shown = [(a.status, a.body["detail"], a.headers.get("Retry-After")) for a in answers]
        told.append((shown, len(hashed)))
    assert told[0][1] == 5
    assert told == [told[0]] * len(NAMES)


def test_without_redis_people_can_log_in(owner: User, settings: Any, dead_redis: None) -> None:
    for _ in range(7):
        refused(try_password(owner.username), 401, "LUCID_ERR_1002")
    assert try_password(owner.username, builders.PASSWORD).status == 200
    refused(Api("lp_test_" + "a" * 43).get(PAYOUTS), 401, "LUCID_ERR_1002")


GUESSES = {
    "key": lambda number: f"lp_test_{number:043}",
    "malformed key": lambda number: f"lp_test_{number}",
    "JWT": lambda number: f"a.b.{number}",
}


@pytest.mark.parametrize("guess", GUESSES.values(), ids=GUESSES)
def test_guessed_tokens_are_slowed_and_good_ones_of_that_address_are_not(
    owner: User, settings: Any, clock: time_machine.Traveller, guess: Any
) -> None:
    settings.LOGIN_FAILURES_FREE_TOTAL = 8
    good = [builders.token(owner), builders.jwt(owner)]
    for number in range(8):
        refused(Api(guess(number), address=OFFICE).get(PAYOUTS), 401, "LUCID_ERR_1002")
    assert paused(Api(guess(99), address=OFFICE).get(PAYOUTS)) == 1
    for token in good:
        assert Api(token, address=OFFICE).get(PAYOUTS).status == 200
    refused(Api(guess(99), address=HOME).get(PAYOUTS), 401, "LUCID_ERR_1002")
    clock.shift(1)
    refused(Api(guess(99), address=OFFICE).get(PAYOUTS), 401, "LUCID_ERR_1002")
    assert paused(Api(guess(99), address=OFFICE).get(PAYOUTS)) == 2


@pytest.mark.parametrize("verb", ["refresh", "revoke"])
def test_guessed_refresh_tokens_are_slowed(db: None, settings: Any, verb: str) -> None:
    settings.LOGIN_FAILURES_FREE_TOTAL = 2
    for _ in range(2):
        refused(Api().post(f"{TOKEN}/{verb}", {"refresh": "a.b.c"}), 401, "LUCID_ERR_1002")
    assert paused(Api().post(f"{TOKEN}/{verb}", {"refresh": "a.b.c"})) == 1


def test_a_token_that_has_ended_is_no_guess(
    owner: User, settings: Any, clock: time_machine.Traveller
) -> None:
    """Programs find out by the 401 that they must renew; a pause would keep them from it."""
    settings.LOGIN_FAILURES_FREE_TOTAL = 1
    expired, key = builders.jwt(owner), builders.token(owner)
    clock.shift(3600)
    ApiKey.objects.update(revoked_at=utc_now())
    for _ in range(3):
        for token in (expired, key):
            refused(Api(token).get(PAYOUTS), 401, "LUCID_ERR_1002")


def log_in(name: str, password: str = WRONG) -> Any:
    return Client(REMOTE_ADDR=THIEF).post(
        "/admin/login/", {"username": name, "password": password, "next": "/admin/"}
    )


def test_the_admin_s_login_is_slowed_with_the_api_s(
    db: None, clock: time_machine.Traveller
) -> None:
    member = builders.user("operator", is_staff=True).username
    for _ in range(3):
        assert log_in(member).status_code == 200
    use_up(member, times=2)
    for password in ("wrong", builders.PASSWORD):
        answer = log_in(member, password)
        assert (answer.status_code, answer["Retry-After"]) == (429, "1")
        assert "Too many wrong passwords. Try again in 1 seconds." in answer.content.decode()
    clock.shift(1)
    assert log_in(member, builders.PASSWORD).status_code == 302


def test_the_admin_tells_nobody_which_names_exist(db: None) -> None:
    names = [builders.user("operator", is_staff=True).username, "nobody"]
    pages = [log_in(name).content.decode().replace(name, "NAME") for name in names]
    own = re.compile("csrf|nonce")  # what is anew in each answer
    lines = [[line for line in page.splitlines() if not own.search(line)] for page in pages]
    assert lines[0] == lines[1]
