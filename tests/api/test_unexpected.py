"""What nobody expected: 500 with 1000, the cause in the log, no secret in the answer."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, connection

from payouts.models import Payout
from payouts.services import request as request_service
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
def test_it_leaves_nothing_behind_and_the_key_free(
    alice: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last write of the transaction fails: the payout before it is gone as well."""
    body = order(reference_id="7")
    begin = request_service.begin

    def begin_and_fail(payout: Payout, *, by: str) -> None:
        begin(payout, by=by)
        raise RuntimeError(SECRET)

    monkeypatch.setattr(request_service, "begin", begin_and_fail)
    with nothing_written():
        answer = alice.post(PAYOUTS, body, Idempotency_Key="k")
        assert refused(answer, 500, "LUCID_ERR_1000") == {}
        assert SECRET not in answer.text
    monkeypatch.undo()
    made = alice.post(PAYOUTS, body, Idempotency_Key="k")
    assert (made.status, made.headers.get("Idempotent-Replayed")) == (201, None)


@pytest.mark.contract("C-ERR-7", "C-RID-2")
def test_the_cause_is_logged_under_the_request_id(
    alice: Api, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(request_service, "begin", _fails)
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
