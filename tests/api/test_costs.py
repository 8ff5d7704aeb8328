"""What a call costs on the wire."""

import pytest

from lucidpay.api.throttling import redis_client
from tests import builders
from tests.api.client import PAYOUTS, Api
from tests.wire import round_trips, to_postgres, to_redis


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
