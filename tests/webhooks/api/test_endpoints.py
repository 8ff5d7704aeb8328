"""Reading, changing, deleting and trying out what was registered."""

from datetime import timedelta
from typing import Any

import pytest

from lucidpay.clock import iso, utc_now
from lucidpay.ids import public_id
from tests.api.client import Api, nothing_written, refused
from tests.webhooks.api.hooks import HOOKS, delivery, endpoint, merchant
from webhooks.models import Delivery, Endpoint, Event, Place
from webhooks.secrets import headers_open, secret_open

pytestmark = pytest.mark.django_db
Status = Delivery.Status
ILL: dict[str, Any] = {
    "failures": 7, "failing_since": utc_now(), "failed_at": utc_now(), "paused_until": utc_now(),
    "told_at": utc_now(), "is_active": False, "disabled_at": utc_now(), "disabled_for": "failing",
}  # fmt: skip


@pytest.fixture
def shop(db: None) -> Api:
    """A merchant."""
    return merchant()


@pytest.fixture
def hook(shop: Api) -> Endpoint:
    """Their endpoint."""
    return endpoint(shop.user, headers={"X-Shop": "north"})


@pytest.fixture
def path(hook: Endpoint) -> str:
    """Where it is."""
    return f"{HOOKS}/{hook.public_id}"


def patch(one: Api, path: str, raw: str) -> Any:
    return one.call("PATCH", path, raw)


@pytest.mark.contract("C-HOOK-4")
def test_somebody_elses_does_not_exist(path: str, hook: Endpoint, operator: Api) -> None:
    sent, other = delivery(hook, status="exhausted"), merchant()
    one = f"{HOOKS}/deliveries/{sent.public_id}"
    calls = (
        ("GET", path, ""), ("PATCH", path, '{"active": true}'), ("DELETE", path, ""),
        ("POST", f"{path}/rotate-secret", "{}"), ("POST", f"{path}/test", "{}"),
        ("GET", f"{path}/deliveries", ""), ("GET", one, ""), ("POST", f"{one}/redeliver", "{}"),
        ("POST", f"{path}/redeliver", f'{{"since": "{iso(utc_now())}"}}'),
    )  # fmt: skip
    for method, address, raw in calls:
        with nothing_written():
            refused(other.call(method, address, raw), 404, "LUCID_ERR_1003")
    assert other.get(HOOKS).body["webhooks"] == []
    for method, address, raw in calls:
        if method != "DELETE":
            assert operator.call(method, address, raw or b"").status in (200, 202), address
    assert [one["webhook_id"] for one in operator.get(HOOKS).body["webhooks"]] == [hook.public_id]


@pytest.mark.contract("C-HOOK-4")
@pytest.mark.parametrize("odd", ["x", "webhook_", f"webhook_{'0' * 32}", f"payout_{'0' * 32}",
                                 f"webhook_{'A' * 32}", "%00", "deliveries"])  # fmt: skip
def test_an_odd_id_is_404(shop: Api, odd: str) -> None:
    refused(shop.get(f"{HOOKS}/{odd}"), 404, "LUCID_ERR_1003")
    refused(shop.get(f"{HOOKS}/deliveries/{odd}"), 404, "LUCID_ERR_1003")


@pytest.mark.contract("C-HOOK-5")
def test_what_is_not_named_stays(shop: Api, hook: Endpoint, path: str) -> None:
    before = shop.get(path).body
    answer = patch(shop, path, '{"url": "http://127.0.0.1:9/other"}')
    assert answer.status == 200
    later = answer.body.pop("updated_at")
    assert later > before.pop("updated_at")
    assert {**answer.body, "updated_at": 0} == {
        **before, "url": "http://127.0.0.1:9/other", "updated_at": 0,
    }  # fmt: skip
    kept = Endpoint.objects.get()
    assert headers_open(kept.sealed_headers, kept.pk) == {"X-Shop": "north"}
    assert kept.sealed_secret == hook.sealed_secret


@pytest.mark.contract("C-HOOK-5")
def test_events_and_headers_are_replaced(shop: Api, path: str) -> None:
    body = patch(shop, path, '{"events": ["batch.created"], "headers": {"X-B": "south"}}').body
    assert (body["events"], body["headers"]) == (["batch.created"], {"X-B": "********"})
    kept = Endpoint.objects.get()
    assert headers_open(kept.sealed_headers, kept.pk) == {"X-B": "south"}
    assert patch(shop, path, '{"headers": {}}').body["headers"] == {}
    assert Endpoint.objects.get().sealed_headers == ""


@pytest.mark.contract("C-HOOK-2", "C-HOOK-5")
@pytest.mark.parametrize(
    ("raw", "named"),
    [
        ("{}", "body"), ('{"url": "x"}', "url"), ('{"events": []}', "events"),
        ('{"headers": {"Host": "x"}}', "headers.Host"), ('{"active": "false"}', "active"),
        ('{"active": true, "secret": "x"}', "secret"), ('{"url": null}', "url"),
        ('{"headers": {"X-Shop": "********"}}', "headers.X-Shop"),
    ],
)  # fmt: skip
def test_a_wrong_change_changes_nothing(shop: Api, path: str, raw: str, named: str) -> None:
    before = Endpoint.objects.values().get()
    assert set(refused(patch(shop, path, raw), 400, "LUCID_ERR_1001")) == {named}
    assert Endpoint.objects.values().get() == before


@pytest.mark.contract("C-HOOK-5")
def test_switched_on_it_is_well_again(shop: Api, hook: Endpoint, path: str) -> None:
    Endpoint.objects.update(**ILL)
    shown = shop.get(path).body
    assert (shown["disabled_reason"], shown["failures"]) == ("failing", 7)
    body = patch(shop, path, '{"active": true}').body
    assert body["active"]
    for name in ("disabled_at", "disabled_reason", "failing_since", "paused_until"):
        assert body[name] is None
    kept = Endpoint.objects.get()
    assert (kept.failures, kept.failed_at, kept.told_at) == (0, None, None)


@pytest.mark.contract("C-HOOK-5")
def test_switched_off_it_says_by_whom_and_keeps_what_waits(
    shop: Api, hook: Endpoint, path: str
) -> None:
    waiting = delivery(hook)
    body = patch(shop, path, '{"active": false}').body
    assert (body["active"], body["disabled_reason"]) == (False, "owner")
    assert body["disabled_at"] == body["updated_at"]
    waiting.refresh_from_db()
    assert waiting.status == Status.PENDING


def test_switched_off_twice_it_keeps_the_first_reason(shop: Api, hook: Endpoint, path: str) -> None:
    Endpoint.objects.update(**ILL)
    assert patch(shop, path, '{"active": false}').body["disabled_reason"] == "failing"


@pytest.mark.contract("C-HOOK-6")
def test_deleted_it_is_gone_with_its_secrets(shop: Api, hook: Endpoint, path: str) -> None:
    waiting, done = delivery(hook), delivery(hook, status="delivered")
    shop.post(f"{path}/rotate-secret", {})
    answer = shop.call("DELETE", f"{path}/")
    assert (answer.status, answer.text) == (204, "")
    kept = Endpoint.objects.get()
    assert (kept.sealed_secret, kept.sealed_previous, kept.sealed_headers) == ("", "", "")
    assert (kept.is_active, kept.deleted_at is not None) == (False, True)
    waiting.refresh_from_db()
    assert (waiting.status, waiting.ended_at) == (Status.CANCELLED, kept.deleted_at)
    done.refresh_from_db()
    assert done.status == Status.DELIVERED
    for method, address in (
        ("GET", path), ("PATCH", path), ("DELETE", path), ("POST", f"{path}/test"),
        ("POST", f"{path}/rotate-secret"), ("GET", f"{path}/deliveries"),
        ("GET", f"{HOOKS}/deliveries/{done.public_id}"),
        ("POST", f"{HOOKS}/deliveries/{done.public_id}/redeliver"),
    ):  # fmt: skip
        raw = '{"active": true}' if method == "PATCH" else b""
        refused(shop.call(method, address, raw), 404, "LUCID_ERR_1003")
    assert shop.get(HOOKS).body["webhooks"] == []


@pytest.mark.contract("C-HOOK-7")
def test_the_secret_before_signs_as_well_for_a_while(shop: Api, hook: Endpoint, path: str) -> None:
    first = secret_open(hook.sealed_secret, hook.pk)
    answer = shop.post(f"{path}/rotate-secret", {"overlap_seconds": 3600})
    assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-store")
    kept = Endpoint.objects.get()
    assert secret_open(kept.sealed_secret, kept.pk) == answer.body["secret"] != first
    assert secret_open(kept.sealed_previous, kept.pk) == first
    assert kept.previous_until == kept.updated_at + timedelta(hours=1)
    assert answer.body["previous_secret_valid_until"] == iso(kept.previous_until)
    assert answer.body["secret"] not in shop.get(path).text


@pytest.mark.contract("C-HOOK-7")
def test_only_the_last_secret_before_is_kept(shop: Api, hook: Endpoint, path: str) -> None:
    second = shop.post(f"{path}/rotate-secret").body["secret"]
    shop.post(f"{path}/rotate-secret", {})
    kept = Endpoint.objects.get()
    assert secret_open(kept.sealed_previous, kept.pk) == second
    assert kept.previous_until == kept.updated_at + timedelta(days=1)


@pytest.mark.contract("C-HOOK-7")
def test_without_overlap_the_secret_before_ends_at_once(shop: Api, path: str) -> None:
    shop.post(f"{path}/rotate-secret")
    body = shop.post(f"{path}/rotate-secret", {"overlap_seconds": 0}).body
    assert body["previous_secret_valid_until"] is None
    assert Endpoint.objects.get().sealed_previous == ""


@pytest.mark.contract("C-HOOK-7")
@pytest.mark.parametrize("seconds", [-1, 604_801, "60", 1.5, True, None, 10**30])
def test_it_refuses_an_odd_overlap(shop: Api, hook: Endpoint, path: str, seconds: Any) -> None:
    answer = shop.post(f"{path}/rotate-secret", {"overlap_seconds": seconds})
    assert set(refused(answer, 400, "LUCID_ERR_1001")) == {"overlap_seconds"}
    assert Endpoint.objects.get().sealed_secret == hook.sealed_secret


@pytest.mark.contract("C-HOOK-8")
def test_a_test_event_goes_to_this_endpoint_alone(shop: Api, hook: Endpoint, path: str) -> None:
    endpoint(shop.user)
    answer = shop.post(f"{path}/test")
    assert answer.status == 202
    sent, event = Delivery.objects.get(), Event.objects.get()
    assert answer.body == {
        "delivery_id": sent.public_id,
        "webhook_id": hook.public_id,
        "event_id": public_id("evt", event.pk),
        "event_type": "webhook.test",
        "status": "pending",
        "attempts": 0,
        "next_attempt_at": iso(sent.created_at),
        "created_at": iso(sent.created_at),
        "completed_at": None,
        "last_attempt": None,
    }
    assert (sent.due_at, event.owner_id) == (sent.created_at, shop.user.pk)  # type: ignore[union-attr]
    assert event.body.startswith('{"type":"webhook.test","timestamp":"')
    assert f'"data":{{"webhook_id":"{hook.public_id}","message":"' in event.body
    # Nothing has happened: it is in no stream.
    assert not Place.objects.exists()


@pytest.mark.contract("C-HOOK-8")
def test_nothing_is_tried_out_while_it_is_off(shop: Api, hook: Endpoint, path: str) -> None:
    patch(shop, path, '{"active": false}')
    with nothing_written():
        answer = shop.post(f"{path}/test")
        assert refused(answer, 409, "LUCID_ERR_1005") == {"disabled_reason": "owner"}
    assert "Activate it first" in answer.body["detail"]
    assert set(refused(shop.post(f"{path}/test", {"x": 1}), 400, "LUCID_ERR_1001")) == {"x"}


@pytest.mark.contract("C-LIST-2")
def test_the_list_is_paged_and_filtered(shop: Api) -> None:
    made = [endpoint(shop.user, is_active=number != 1).public_id for number in range(3)][::-1]
    endpoint(merchant().user)
    page = shop.get(f"{HOOKS}?limit=2").body
    assert [one["webhook_id"] for one in page["webhooks"]] == made[:2]
    assert page["pagination"]["total"] == 3
    rest = shop.get(f"{HOOKS}?cursor={page['pagination']['next_cursor']}").body
    assert [one["webhook_id"] for one in rest["webhooks"]] == made[2:]
    off = shop.get(f"{HOOKS}?active=false").body
    assert [one["webhook_id"] for one in off["webhooks"]] == made[1:2]
    assert off["filters"] == {"active": "false"}
    for query in ("active=1", "url=x", "limit=0"):
        refused(shop.get(f"{HOOKS}?{query}"), 400, "LUCID_ERR_1001")


def test_queries_are_refused_where_none_is_known(shop: Api, path: str) -> None:
    for method, address, raw in (
        ("GET", path, ""), ("PATCH", path, '{"active": true}'), ("DELETE", path, ""),
        ("POST", f"{path}/test", ""), ("POST", f"{path}/rotate-secret", ""),
    ):  # fmt: skip
        refused(shop.call(method, f"{address}?x=1", raw), 400, "LUCID_ERR_1001")
