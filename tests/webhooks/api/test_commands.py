"""The commands: receiving on this machine, and sending again."""

import http.client
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from lucidpay.clock import iso, utc_now
from tests import builders
from tests.local import port_free
from tests.platform.running import ROOT
from tests.webhooks.api.hooks import delivery, endpoint, told
from tests.webhooks.api.signed import BODY, OTHER, SECRET, signed
from webhooks.listening import BODY_BYTES_MAX, Listener
from webhooks.models import Delivery
from webhooks.services import redeliver


@contextmanager
def listening(*, status: int = 200, fail: int = 0) -> Iterator[tuple[int, list[str]]]:
    """Give the port of a listener and what it says."""
    said: list[str] = []
    with Listener(0, secret=SECRET, status=status, fail=fail, say=said.append) as listener:
        thread = Thread(target=listener.serve_forever)
        thread.start()
        try:
            yield listener.server_address[1], said
        finally:
            listener.shutdown()
            thread.join()


def send(port: int, headers: dict[str, str], body: bytes = BODY) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("POST", "/hooks", body, headers)
        return connection.getresponse().status
    finally:
        connection.close()


def test_it_says_of_each_request_whether_it_is_trusted() -> None:
    with listening() as (port, said):
        assert send(port, signed(utc_now())) == 200
        assert send(port, signed(utc_now(), secrets=(OTHER,))) == 200
        assert send(port, {}, b"nonsense") == 200
        assert send(port, signed(utc_now() - timedelta(minutes=6))) == 200
    right, other, nothing, old = said
    assert " ✓ evt_01890a5dac96774bbcceb302099a8057 payout.confirmed /hooks {" in right
    assert right.endswith(" → 200")
    assert "Zoë" in right
    assert "✗ no signature in webhook-signature" in other
    assert "✗ webhook-id is missing: no webhook-id not an event /hooks nonsense → 200" in nothing
    assert " s from now, over 300 s" in old


def test_it_fails_the_first_of_each_id() -> None:
    with listening(status=204, fail=2) as (port, said):
        for event_id in ("evt_1", "evt_2"):
            statuses = [send(port, signed(utc_now(), event_id=event_id)) for _ in range(4)]
            assert statuses == [500, 500, 204, 204]
    assert len(said) == 8


def test_it_reads_no_more_than_a_bound() -> None:
    with listening() as (port, said):
        assert send(port, {"Content-Length": str(BODY_BYTES_MAX + 1)}, b"") == 413
        assert send(port, {"Transfer-Encoding": "chunked"}, b"0\r\n\r\n") == 413
        assert send(port, signed(utc_now())) == 200
    assert ["✗" in line for line in said] == [True, True, False]


def test_nothing_steers_the_terminal() -> None:
    with listening() as (port, said):
        send(port, {}, b"\x1b[2J\r\nforged \xe2\x80\xae")
    assert "\ufffd[2J\ufffd\ufffdforged \ufffd" in said[0]


def test_the_command_listens_until_it_is_told_to_end(tmp_path: Path) -> None:
    port, file = port_free(), tmp_path / "secret"
    file.write_text(f"{SECRET}\n")
    command = [sys.executable, "manage.py", "webhook_listen", "--port", str(port),
               "--secret-file", str(file)]  # fmt: skip
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            assert f"http://127.0.0.1:{port}/" in process.stdout.readline()
            assert send(port, signed(utc_now())) == 200
            assert "✓" in process.stdout.readline()
        finally:
            process.send_signal(2)
        assert process.stdout.readline() == "Ended.\n"
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("options", "told_of"),
    [
        ({}, "Give the secret"), ({"secret_file": "/nowhere"}, "cannot be read"),
        ({"secret": SECRET, "status": 99}, "--status"),
        ({"secret": SECRET, "port": 70_000}, "Cannot listen"),
    ],
)  # fmt: skip
def test_it_says_why_it_does_not_listen(
    options: dict[str, Any], told_of: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WEBHOOK_SECRET", raising=False)
    assert "WEBHOOK_SECRET" not in os.environ
    with pytest.raises(CommandError, match=told_of):
        call_command("webhook_listen", **options)


@pytest.fixture
def sent(db: None) -> Delivery:
    """A delivery that was given up."""
    return delivery(endpoint(builders.user("merchant")), status="exhausted", tries=10)


def test_a_delivery_is_sent_again(sent: Delivery, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("webhook_redeliver", sent.public_id)
    assert capsys.readouterr().out == f"{sent.public_id} is due now.\n"
    sent.refresh_from_db()
    assert (sent.status, sent.tries) == ("pending", 0)


def test_all_that_failed_or_was_missed_is_sent_again_to_its_end(
    sent: Delivery, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redeliver, "REDELIVERED_MAX", 2)
    told(sent.endpoint.owner, count=5)
    since = iso(sent.endpoint.created_at)
    call_command("webhook_redeliver", endpoint=sent.endpoint.public_id, since=since)
    assert capsys.readouterr().out == "6 deliveries are due now.\n"
    assert Delivery.objects.filter(status="pending").count() == 6


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        ([], {}), (["delivery_1"], {}), ([f"delivery_{'0' * 32}"], {}),
        ([f"delivery_{'0' * 32}"], {"endpoint": f"webhook_{'0' * 32}"}),
        ([], {"endpoint": f"webhook_{'0' * 32}"}), ([], {"since": "2026-01-01T00:00:00Z"}),
        ([], {"endpoint": "webhook_1", "since": "2026-01-01T00:00:00Z"}),
        ([], {"endpoint": f"webhook_{'0' * 32}", "since": "2026-01-01T00:00:00Z"}),
        ([], {"endpoint": f"webhook_{'0' * 32}", "since": "yesterday"}),
        ([], {"endpoint": f"webhook_{'0' * 32}", "since": "2026-13-01T00:00:00Z"}),
    ],
)  # fmt: skip
def test_it_says_what_it_was_not_told(db: None, arguments: list, options: dict) -> None:
    with pytest.raises(CommandError):
        call_command("webhook_redeliver", *arguments, **options)
