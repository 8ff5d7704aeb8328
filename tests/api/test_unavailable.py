"""The database is busy or away: 503, when to ask again, and nothing half done."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection

from payouts.models import Payout
from tests.api.client import PAYOUTS, Answer, Api, nothing_written, order, refused
from tests.payouts.rivals import Rival

pytestmark = pytest.mark.django_db(transaction=True)
BUSY = "Database busy: nothing was changed. Repeating with the same Idempotency-Key is safe."
AWAY = "Database away. Repeating with the same Idempotency-Key or reference_id is safe."


def sql(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def unavailable(answer: Answer, message: str) -> None:
    """Check the answer that asks for a repetition."""
    assert refused(answer, 503, "LUCID_ERR_1000") == {}
    assert answer.body["detail"] == message
    assert answer.headers["Retry-After"] == "5"


@pytest.fixture
def patience() -> Iterator[Any]:
    """Set a time limit of this connection's statements to a moment."""

    def ends(setting: str) -> None:
        connection.ensure_connection()
        sql(f"SET {setting} = '100ms'")

    yield ends
    connection.close()  # the next test gets one with the usual limits


@pytest.mark.contract("C-ERR-10")
@pytest.mark.parametrize("setting", ["lock_timeout", "statement_timeout"])
def test_a_lock_that_is_not_had_in_time_is_503_and_the_key_stays_free(
    alice: Api, patience: Any, setting: str
) -> None:
    body = order(reference_id="march-17")
    rival = Rival(lambda: sql("LOCK TABLE payouts_payout IN SHARE MODE"))
    patience(setting)
    with nothing_written():
        unavailable(alice.post(PAYOUTS, body, Idempotency_Key="k"), BUSY)
    rival.commit()
    made = alice.post(PAYOUTS, body, Idempotency_Key="k")
    assert (made.status, made.headers.get("Idempotent-Replayed")) == (201, None)


@pytest.mark.contract("C-ERR-10")
@pytest.mark.parametrize("verb", ["cancel", "batch"])
def test_other_verbs_say_the_same(alice: Api, patience: Any, verb: str) -> None:
    made = alice.pay()
    rival = Rival(lambda: list(Payout.objects.select_for_update().all()))
    patience("lock_timeout")
    if verb == "cancel":
        unavailable(alice.post(f"{made.headers['Location']}/cancel"), BUSY)
    else:
        table = Rival(lambda: sql("LOCK TABLE payouts_batch IN SHARE MODE"))
        unavailable(alice.post(f"{PAYOUTS}/batch", {"payouts": [order()]}), BUSY)
        table.commit()
    rival.commit()
    assert Payout.objects.get().status == "pending"


@contextmanager
def on_insert(action: str) -> Iterator[None]:
    """Let the database itself do this when a payout is stored."""
    sql(
        "CREATE FUNCTION meets_trouble() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN {action}; RETURN NEW; END $$"
    )
    sql(
        "CREATE TRIGGER meets_trouble BEFORE INSERT ON payouts_payout "
        "FOR EACH ROW EXECUTE FUNCTION meets_trouble()"
    )
    try:
        yield
    finally:
        connection.close()  # it may be broken
        sql("DROP FUNCTION meets_trouble CASCADE")


@pytest.mark.contract("C-ERR-10")
@pytest.mark.parametrize(
    ("code", "message"),
    [("40P01", BUSY), ("40001", BUSY), ("57014", BUSY), ("53300", AWAY), ("08006", AWAY)],
)
def test_what_the_database_gives_up_is_503(alice: Api, code: str, message: str) -> None:
    with nothing_written(), on_insert(f"RAISE SQLSTATE '{code}'"):
        unavailable(alice.pay(), message)


@pytest.mark.contract("C-ERR-7")
@pytest.mark.parametrize("code", ["53100", "XX000", "42601"])
def test_what_a_repetition_would_meet_again_is_500(alice: Api, code: str) -> None:
    with nothing_written(), on_insert(f"RAISE SQLSTATE '{code}'"):
        refused(alice.pay(), 500, "LUCID_ERR_1000")


@pytest.mark.contract("C-ERR-10")
def test_a_connection_that_breaks_in_the_middle_is_503(alice: Api) -> None:
    with on_insert("PERFORM pg_terminate_backend(pg_backend_pid())"):
        unavailable(alice.pay(), AWAY)
    assert not Payout.objects.exists()
    assert alice.pay().status == 201


@pytest.mark.contract("C-ERR-10")
def test_a_database_that_is_not_there_is_503(
    alice: Api, dead_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection.close()
    with monkeypatch.context() as patch:
        patch.setitem(connection.settings_dict, "HOST", "127.0.0.1")
        patch.setitem(connection.settings_dict, "PORT", str(dead_port))
        for answer in (alice.pay(), alice.get(PAYOUTS)):
            unavailable(answer, AWAY)
            assert f"port {dead_port}" not in answer.text  # as psycopg says it
            assert "127.0.0.1" not in answer.text
    assert alice.pay().status == 201
