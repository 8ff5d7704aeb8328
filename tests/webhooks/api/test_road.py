"""The whole road: registered by HTTP, sent by the worker's code, trusted by a receiver."""

from collections.abc import Iterator
from threading import Thread

import pytest

from lucidpay.clock import utc_now
from tests import builders
from tests.api.client import Api
from tests.webhooks import making
from tests.webhooks.api.hooks import HOOKS, register
from webhooks.listening import Listener

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def listener() -> Iterator[Listener]:
    """``webhook_listen`` on a free port; ``said`` is what it told."""
    said: list[str] = []
    with Listener(0, secret="", status=200, fail=0, say=said.append) as server:
        server.said = said  # type: ignore[attr-defined]
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_payout_is_told_trusted_and_listed(operator: Api, alice: Api, listener: Listener) -> None:
    said: list[str] = listener.said  # type: ignore[attr-defined]
    url = f"http://127.0.0.1:{listener.server_address[1]}/hooks"
    made = register(operator, url=url, events=["payout.confirmed"], headers={"X-Shop": "north"})
    path, first = made.headers["Location"], made.body["secret"]
    payout = builders.payout(alice.user, status="confirmed")

    listener.secret = first
    assert making.send() == 1

    assert " ✓ evt_" in said[-1]
    assert payout.public_id in said[-1]
    [sent] = operator.get(f"{path}/deliveries").body["deliveries"]
    assert (sent["status"], sent["attempts"]) == ("delivered", 1)
    assert sent["last_attempt"]["request"]["headers"]["X-Shop"] == "********"
    events = operator.get(f"{HOOKS}/events").body["events"]
    assert sent["event_id"] in [one["event_id"] for one in events]

    second = operator.post(f"{path}/rotate-secret").body["secret"]
    for secret, is_trusted in ((second, True), (first, False)):
        listener.secret = secret
        again = operator.post(f"{HOOKS}/deliveries/{sent['delivery_id']}/redeliver")
        assert (again.status, again.body["event_id"]) == (202, sent["event_id"])
        assert making.send(utc_now()) == 1
        # The simple signature, which has room for one, is of the new secret.
        assert (" ✓ " in said[-1]) is is_trusted
        assert is_trusted or "X-Webhook-Signature is not of this secret" in said[-1]


def test_what_a_deleted_webhook_was_owed_is_not_sent(operator: Api, listener: Listener) -> None:
    url = f"http://127.0.0.1:{listener.server_address[1]}/"
    path = register(operator, url=url).headers["Location"]
    assert operator.post(f"{path}/test").status == 202
    assert operator.call("DELETE", path).status == 204
    assert making.send() == 0
    assert listener.said == []  # type: ignore[attr-defined]
