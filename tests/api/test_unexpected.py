"""What nobody expected: 500 with 1000, the cause in the log, no secret in the answer."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, connection

from tests import builders
from tests.api.client import PAYOUTS, Api, nothing_written, order, refused

SECRET = "s3cret-password"


def _fails(*_: Any, **__: Any) -> Any:
    raise DatabaseError(f'connection to "db" failed: password={SECRET}')


@pytest.mark.contract("C-ERR-7")
@pytest.mark.parametrize(
    "call",
    [lambda one: one.pay(), lambda one: one.get(PAYOUTS), lambda one: one.get(f"{PAYOUTS}/x")],
    ids=["create", "list", "get"],
)
def test_a_database_that_fails_is_1000(alice: Api, call: Callable[[Api], Any]) -> None:
    with connection.execute_wrapper(_fails):
        answer = call(alice)
    assert refused(answer, 500, "LUCID_ERR_1000") == {}
    assert SECRET not in answer.text
    assert answer.body["error"]["message"].startswith("Unexpected error.")


@pytest.mark.contract("C-ERR-7")
def test_it_leaves_nothing_behind_and_the_key_free(alice: Api) -> None:
    """The last that is written fails: the payout before it is gone as well."""
    body = order(reference_id="7")
    broken_windows()
    with nothing_written():
        answer = alice.post(PAYOUTS, body, Idempotency_Key="k")
        assert refused(answer, 500, "LUCID_ERR_1000") == {}
        assert SECRET not in answer.text
    sql("DROP TRIGGER broken ON payouts_limitwindow")
    made = alice.post(PAYOUTS, body, Idempotency_Key="k")
    assert (made.status, made.headers.get("Idempotent-Replayed")) == (201, None)


def broken_windows() -> None:
    """Let PostgreSQL fail where limits are reserved, with words that nobody may see."""
    sql(
        "CREATE FUNCTION pg_temp.broken() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{SECRET}'; END $$"
    )
    sql(
        "CREATE TRIGGER broken BEFORE INSERT OR UPDATE ON payouts_limitwindow"
        " FOR EACH ROW EXECUTE FUNCTION pg_temp.broken()"
    )


def sql(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.contract("C-ERR-7", "C-RID-2")
def test_the_cause_is_logged_under_the_request_id(
    alice: Api, caplog: pytest.LogCaptureFixture
) -> None:
    broken_windows()
    answer = alice.pay(headers={"X-Request-ID": "find-me"})
    assert answer.body["error"]["request_id"] == "find-me"
    logged = [record for record in caplog.records if "unexpected_error" in str(record.msg)]
    assert len(logged) == 1
    assert "find-me" in str(logged[0].msg)


@pytest.mark.contract("C-CREATE-7")
def test_a_payout_that_cannot_be_routed_is_refused_not_lost(alice: Api) -> None:
    builders.hot_wallet()
    from payouts.models import Router

    Router.objects.update(wallet=None)
    with nothing_written():
        assert list(refused(alice.pay(), 500, "LUCID_ERR_2007")) == ["router_type"]
