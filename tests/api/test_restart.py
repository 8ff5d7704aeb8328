"""`POST /restart/{service_name}` where nobody answers; with real workers: tests/lucidpay."""

from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from access.trail import trail
from lucidpay.celery import app
from lucidpay.clock import utc_now
from lucidpay.service import restart
from lucidpay.service.models import ServiceRestart
from lucidpay.services import SERVICES
from tests import builders
from tests.api.client import Api, caller, nothing_written, refused

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody will answer, so there is nothing to wait for."""
    monkeypatch.setattr(restart, "FIND_S", 0.05)
    monkeypatch.setattr(restart, "ANSWER_S", 0.05)


@pytest.fixture
def admin() -> Api:
    return caller("admin")


@pytest.mark.contract("C-SVC-8")
@pytest.mark.parametrize("name", ["nothing", "lucidpay", "Tron-Client", "tron-client.", "%00"])
def test_an_unknown_service_is_not_found(admin: Api, name: str) -> None:
    with nothing_written():
        refused(admin.post(f"/restart/{name}"), 404, "LUCID_ERR_1003")


@pytest.mark.contract("C-SVC-8", "C-SVC-9")
@pytest.mark.parametrize("name", SERVICES)
def test_without_a_worker_it_is_a_conflict_that_says_what_to_do(admin: Api, name: str) -> None:
    answer = admin.post(f"/restart/{name}")
    refused(answer, 409, "LUCID_ERR_1005")
    assert "start a worker" in answer.body["detail"]
    row = ServiceRestart.objects.get()
    assert (row.service, row.asked, row.said) == (name, [], {})
    assert row.ended_at is not None


@pytest.mark.contract("C-SVC-8")
def test_a_worker_that_serves_it_and_says_nothing_is_a_conflict(
    admin: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restart, "_serving", lambda _: ["deaf@host"])
    refused(admin.post("/restart/tron-client"), 409, "LUCID_ERR_1005")
    row = ServiceRestart.objects.get()
    assert (row.asked, row.said) == (["deaf@host"], {"deaf@host": None})


@pytest.mark.contract("C-SVC-8")
def test_workers_that_cannot_restart_are_a_conflict_with_what_they_said(
    admin: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = {"a@host": {"error": "it cannot"}}
    monkeypatch.setattr(restart, "_serving", lambda _: ["a@host", "b@host"])
    monkeypatch.setattr(app.control, "broadcast", lambda *_, **__: [said])
    details = refused(admin.post("/restart/tron-client"), 409, "LUCID_ERR_1005")
    assert details == {"workers": {**said, "b@host": None}}
    assert ServiceRestart.objects.get().said == details["workers"]
    said["b@host"] = {"ok": "replacing 2 processes"}
    answer = admin.post("/restart/tron-client")
    assert (answer.status, [one["said"] for one in answer.body["workers"]]) == (
        202, ["it cannot", "replacing 2 processes"],
    )  # fmt: skip


@pytest.mark.contract("C-SVC-9")
def test_it_is_written_down_before_anybody_is_asked(
    admin: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    known: list[Any] = []

    def broadcast(*_: Any, **__: Any) -> None:
        known.extend(ServiceRestart.objects.values_list("service", "ended_at"))

    monkeypatch.setattr(restart, "_serving", lambda _: ["deaf@host"])
    monkeypatch.setattr(app.control, "broadcast", broadcast)
    admin.post("/restart/tron-client")
    assert known == [("tron-client", None)]


@pytest.mark.contract("C-SVC-8")
def test_without_a_broker_it_is_a_conflict(admin: Api, dead_port: int) -> None:
    with app.connection_for_write(f"redis://127.0.0.1:{dead_port}/0") as away:
        pool = app.pool
        app._pool = away.Pool(limit=1)
        try:
            refused(admin.post("/restart/tron-client"), 409, "LUCID_ERR_1005")
        finally:
            app._pool.force_close_all()
            app._pool = pool


@pytest.mark.contract("C-SVC-9")
def test_the_trail_tells_who_asked_in_which_request(admin: Api) -> None:
    admin.post("/restart/tron-client", X_Request_ID="req-9")
    made = [one for one in trail(label="lucidpay.ServiceRestart") if one.kind == "insert"]
    assert [(one.who, one.request_id) for one in made] == [(str(admin.user), "req-9")]
    assert ServiceRestart.objects.get().by == str(admin.user)


def test_a_person_reads_it_in_the_admin(admin: Api) -> None:
    admin.post("/restart/tron-client", X_Request_ID="req-9")
    client = Client()
    client.force_login(builders.user("auditor", is_staff=True))
    page = client.get("/admin/audit/?model=lucidpay.ServiceRestart").content.decode()
    for word in (str(admin.user), "tron-client", "req-9"):
        assert word in page


@pytest.mark.contract("C-SVC-9")
@pytest.mark.parametrize(
    "change",
    [
        lambda rows: rows.delete(),
        lambda rows: rows.update(by="somebody else"),
        lambda rows: rows.update(asked=[]),
        lambda rows: rows.update(said={}),
        lambda rows: rows.update(ended_at=None),
    ],
    ids=["deleted", "by", "asked", "said", "ended"],
)
def test_what_was_written_is_never_changed(admin: Api, change: Any) -> None:
    admin.post("/restart/tron-client")
    with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic():
        change(ServiceRestart.objects.all())


def test_what_is_asked_cannot_be_changed_before_its_end_either() -> None:
    row = ServiceRestart.objects.create(
        service="tron-client", by="ann", request_id="r", asked=["w"], asked_at=utc_now()
    )
    with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic():
        ServiceRestart.objects.filter(pk=row.pk).update(asked=[])


def test_it_takes_no_field_and_no_parameter(admin: Api) -> None:
    with nothing_written():
        refused(admin.post("/restart/tron-client", {"force": True}), 400, "LUCID_ERR_1001")
        refused(admin.post("/restart/tron-client?force=1"), 400, "LUCID_ERR_1001")
        refused(admin.get("/restart/tron-client"), 405, "LUCID_ERR_1004")
    refused(admin.post("/restart/tron-client/", {}), 409, "LUCID_ERR_1005")
    limited = Api(builders.token(builders.user("admin"), rate_limits=None))
    assert limited.post("/restart/nothing").headers["X-RateLimit-Limit"] == "10"
