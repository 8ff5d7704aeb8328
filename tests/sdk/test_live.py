"""The client and the command line on the whole platform, which pays on its own chain."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from lucidpay_client import (
    AdvancedLucidPaymentClientSync,
    Conflict,
    LucidPaymentClient,
    PaymentRequest,
    verify_webhook,
)
from lucidpay_client.testing import FakeLucidPay
from tests.platform.people import somebody
from tests.platform.running import Platform, platform
from tests.sdk.commands import Shell
from tests.sdk.conftest import AT_ONCE, SOURCE
from tests.sdk.observing import observe
from tests.sdk.people import salary
from tests.waiting import until
from tests.webhooks.receiver import Receiver, Served
from webhooks.secrets import secret_make

pytestmark = pytest.mark.slow

SECRET = secret_make()
Client = AdvancedLucidPaymentClientSync


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """Give the whole platform, which may send webhooks to this machine."""
    directory = tmp_path_factory.mktemp("sdk")
    with platform(directory, WEBHOOK_ALLOW_HOSTS="127.0.0.1") as whole:
        whole.start_web()
        whole.start_beat()
        whole.start_worker()
        yield whole


@pytest.fixture(scope="module")
def url(running: Platform) -> str:
    return f"http://127.0.0.1:{running.web_port}"


@pytest.fixture
def live(running: Platform, url: str) -> Iterator[Client]:
    with Client(running.token, url) as client:
        yield client


@pytest.fixture
def shell(running: Platform, url: str, tmp_path: Path) -> Shell:
    return Shell(tmp_path, url, running.token)


def test_the_fake_answers_as_the_platform_does(live: Client, url: str) -> None:
    real = observe(live, url, lambda payout_id: None)
    with FakeLucidPay() as fake, Client(fake.api_key, fake.url, retries=AT_ONCE) as client:

        def finish(payout_id: str) -> None:
            fake.step()
            fake.step()

        assert observe(client, fake.url, finish) == real


def test_a_shell_pays_somebody_on_chain(running: Platform, shell: Shell) -> None:
    to = somebody()
    said = shell.run("pay", to, "3.50", "--reason", "salary", "--wait", "--json")
    assert said.code == 0, said.err
    made, ended = said.told
    assert (made["status"], ended["status"], ended["payout_id"]) == (
        "pending", "confirmed", made["payout_id"],
    )  # fmt: skip
    paid = [one for one in running.transfers() if one["to"] == to]
    assert [(one["amount"], one["txid"]) for one in paid] == [("3500000", ended["txid"])]


def test_it_pays_and_counts_without_threads(running: Platform, url: str) -> None:
    async def look() -> tuple[Any, ...]:
        async with LucidPaymentClient(running.token, url) as client:
            before = await client.get_payment_stats()
            await client.create_payout(salary("7.25", batch_type="WEEKLY"))
            listed = [one async for one in client.iter_payouts(status="pending")]
            return before, await client.get_payment_stats(period="hour"), listed

    before, after, listed = asyncio.run(look())
    assert str(after.total_amount_usdt - before.total_amount_usdt) == "7.25"
    assert "7.25" in [str(one.amount_usdt) for one in listed]


def test_it_pages_through_all_of_a_list(live: Client) -> None:
    orders = [salary(1, batch_type="WEEKLY", reference_id=f"page-{n}") for n in range(105)]
    made = live.create_batch_payout(
        [salary(1, reference_id=one.reference_id) for one in orders[:100]], batch_type="WEEKLY"
    )
    more = [
        one for one in live.create_payouts_parallel(orders[100:]) if not isinstance(one, Exception)
    ]
    assert len(more) == 5
    found = [one.payout_id for one in live.iter_payouts(status="pending")]
    assert len(set(found)) == len(found)
    assert {*made.payout_ids, *(one.payout_id for one in more)} <= set(found)
    assert live.cancel_batch(made.batch_id).status == "cancelled"


def test_it_takes_a_payment(live: Client, shell: Shell) -> None:
    request = PaymentRequest(somebody(), somebody(), "25.000001", reference_id="order-17")
    payment = live.create_payment(request)
    assert (str(payment.amount), payment.status) == ("25.000001", "pending")
    assert payment.deposit_address
    assert live.create_payment(request).replayed
    assert live.get_payment_status(payment.payment_id).net_amount == payment.net_amount
    assert shell.run("status", payment.payment_id).code == 0
    with pytest.raises(Conflict) as refused:
        live.refund_payment(payment.payment_id)
    assert (type(refused.value), refused.value.outcome_unknown) == (Conflict, False)


def test_webhooks_arrive_and_are_passed_on_in_the_same_words(
    running: Platform, live: Client, shell: Shell
) -> None:
    with Served() as sent, Served() as passed_on:
        body = {"url": sent.url, "events": ["payout.created"]}
        hook = running.api("POST", "/api/v1/payments/webhooks/register", body).body
        tested = shell.run("trigger", hook["webhook_id"], "--json")
        assert (tested.code, tested.told[0]["answered"]) == (0, "204"), tested.err
        order = salary("4.75", reason="Löhne 工资 “März”", metadata={"rate": 0.1})
        payout_id = live.create_payout(order).payout_id
        found = until(
            "it is told", lambda: [one for one in sent.requests if payout_id.encode() in one.body]
        )
        event = verify_webhook(found[0].body, found[0].headers, hook["secret"])
        assert (event.type, str(event.data["amount_usdt"])) == ("payout.created", "4.75")
        _listen(live, shell, passed_on, event.event_id)
        assert _body_of(passed_on, event.event_id) == found[0].body
        assert live.list_webhooks()[0].webhook_id == hook["webhook_id"]
        running.api("PATCH", f"/api/v1/payments/webhooks/{hook['webhook_id']}", {"active": False})


def _listen(live: Client, shell: Shell, to: Receiver, event_id: str) -> None:
    """Pass this event on."""
    after, page = 0, live.get_events(0)
    while event_id not in [one.event_id for one in page.events]:
        after, page = page.next_after, live.get_events(page.next_after)
    sequence = next(one.sequence for one in page.events if one.event_id == event_id)
    assert sequence is not None
    assert sequence > after
    words = ["--after", str(sequence - 1), "--count", "1", "--events", "payout.created"]
    said = shell.run("listen", to.url, *words, "--secret", SECRET, "--json")
    assert (said.code, said.told[0]["answered"]) == (0, "204"), said.err


def _body_of(receiver: Receiver, event_id: str) -> bytes:
    request = next(one for one in receiver.requests if one.event_id == event_id)
    assert verify_webhook(request.body, request.headers, SECRET).event_id == event_id
    return request.body


def test_the_doctor_finds_everything_well(shell: Shell, url: str) -> None:
    said = shell.run("doctor", "--json")
    found = {one["what"]: one["is_"] for one in said.told}
    assert said.code == 0, said.out
    assert set(found) == {"url", "platform", "clock", "key", "webhooks"}
    assert found["key"] == found["webhooks"] == "ok"
    wrong = Shell(shell.home, url, "lp_test_wrong").run("doctor")
    assert (wrong.code, "wrong  key" in wrong.out) == (1, True)


def test_listening_begins_with_what_is_new(live: Client, shell: Shell) -> None:
    live.create_payout(salary(1, batch_type="WEEKLY"))
    until("there is an event", lambda: _newest(live))
    last = _newest(live)
    command = [sys.executable, "-m", "lucidpay_client.cli", "listen", "--json", "--count", "1"]
    environ = {**shell.environ, "PYTHONPATH": str(SOURCE), "NO_PROXY": "127.0.0.1"}
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) as listening:
        # It has to look where the stream ends before there is something new.
        while listening.poll() is None:
            live.create_payout(salary(1, batch_type="WEEKLY"))
            with suppress(subprocess.TimeoutExpired):
                listening.wait(0.5)
        assert listening.stdout is not None
        heard = json.loads(listening.stdout.read())
    assert heard["sequence"] > last


def _newest(live: Client) -> int:
    page = live.get_events()
    while page.has_more:
        page = live.get_events(page.next_after)
    return page.next_after
