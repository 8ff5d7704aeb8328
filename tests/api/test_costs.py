"""What a call costs on the wire."""

import pytest

from lucidpay.api.throttling import redis_client
from tests import builders
from tests.api.client import PAYOUTS, Api
from tests.wire import round_trips, to_postgres, to_redis

SOMEBODY = builders.address()
# What Celery sends for a ring.
RINGS = {"MULTI", "LPUSH", "EXEC", "SADD", "LLEN", "PING", "INFO", "CLIENT", "HELLO", "SELECT"}


@pytest.mark.parametrize("make", [builders.token, builders.jwt], ids=["key", "JWT"])
def test_a_payout_is_got_with_one_question_to_postgresql_and_one_to_redis(
    alice: Api, make: object
) -> None:
    one = Api(make(alice.user), alice.user)  # type: ignore[operator]
    path = f"{PAYOUTS}/{builders.payout(alice.user).public_id}"
    for _ in range(3):
        assert one.get(path).status == 200
    for _ in range(2):
        with to_postgres() as statements, to_redis() as commands:
            assert one.get(path).status == 200
        assert round_trips(statements) == 1, statements
        assert commands == ["EVAL"]


@pytest.mark.parametrize("make", [builders.token, builders.jwt], ids=["key", "JWT"])
@pytest.mark.parametrize("waiting", [0, 5])
@pytest.mark.django_db(transaction=True)
def test_a_payout_is_made_with_two_questions_to_postgresql_and_one_to_redis(
    alice: Api, make: object, waiting: int
) -> None:
    """What is known, and what is stored; and the count of the call, which brings the epoch along.

    Rings are given by a thread, some time after.
    """
    builders.lift_limits()
    one = Api(make(alice.user), alice.user)  # type: ignore[operator]
    for number in range(3 + waiting):
        assert one.pay(headers={"Idempotency-Key": f"warm {number}"}).status == 201
    with to_postgres() as statements, to_redis() as commands:
        assert one.pay(reference_id="r", headers={"Idempotency-Key": "counted"}).status == 201
    assert round_trips(statements) == 2, statements
    assert commands.count("EVAL") == 1
    assert set(commands) - RINGS == {"EVAL"}


@pytest.mark.django_db(transaction=True)
def test_a_repeated_request_is_answered_with_one_question(alice: Api) -> None:
    for _ in range(3):
        assert alice.pay(headers={"Idempotency-Key": "k"}, reason="r", recipient_address=SOMEBODY)
    with to_postgres() as statements:
        answer = alice.pay(headers={"Idempotency-Key": "k"}, reason="r", recipient_address=SOMEBODY)
    assert answer.headers["Idempotent-Replayed"] == "true"
    assert round_trips(statements) == 1, statements


def test_a_call_of_who_is_not_known_yet_asks_redis_no_more_often(alice: Api) -> None:
    for status in (404, 404, 404):
        with to_redis() as commands:
            assert alice.get(f"{PAYOUTS}/odd").status == status
        assert commands == ["EVAL"]


def test_the_wire_tells_of_each_question(alice: Api) -> None:
    """So the tests above would see a second one."""
    with to_postgres() as statements, to_redis() as commands:
        Api(builders.token(builders.user())).get(f"{PAYOUTS}/odd")
        redis_client().get("anything")
    assert round_trips(statements) > 1
    assert commands.count("EVAL") == commands.count("GET") == 1
