"""The owner of an endpoint that was switched off is told, by a real mail."""

import socketserver
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from access.models import User
from lucidpay.clock import utc_now
from tests import builders
from tests.webhooks import making
from tests.webhooks.receiver import Receiver
from webhooks.models import Endpoint
from webhooks.services.tell import owners_tell


class _Smtp(socketserver.StreamRequestHandler):
    """As much of RFC 5321 as a client needs to leave a mail."""

    def handle(self) -> None:
        self.wfile.write(b"220 here\r\n")
        while line := self.rfile.readline().strip():
            verb = line[:4].upper()
            if verb == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                self.server.mails.append(self._mail())  # type: ignore[attr-defined]
            if b"<refused@" in line:
                self.wfile.write(b"550 no such mailbox\r\n")
            else:
                self.wfile.write(b"221 bye\r\n" if verb == b"QUIT" else b"250 ok\r\n")

    def _mail(self) -> str:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line)
        return b"".join(lines).decode()


@pytest.fixture
def mails(settings: Any) -> Iterator[list[str]]:
    """A mail server of this machine, and what it was given."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Smtp) as server:
        server.mails = []  # type: ignore[attr-defined]
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.server_address
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server.mails  # type: ignore[attr-defined]
        server.shutdown()
        thread.join()


@pytest.fixture
def gone(operator: User, receiver: Receiver) -> Endpoint:
    """An endpoint that has answered 410."""
    operator.email = "owner@example.com"
    operator.save()
    endpoint, _ = making.endpoint(operator, receiver.url)
    receiver.reply = lambda request, earlier: (410, {}, b"")
    making.events(operator)
    making.send()
    return endpoint


@pytest.mark.contract("C-HOOK-17")
def test_its_owner_gets_one_mail(gone: Endpoint, mails: list[str]) -> None:
    assert [owners_tell(now=utc_now()) for _ in range(2)] == [1, 0]
    [mail] = mails
    for said in ("To: owner@example.com", gone.public_id, gone.url, "it answered 410"):
        assert said in mail
    gone.refresh_from_db()
    assert gone.told_at is not None


def test_a_mail_server_that_is_away_is_asked_again(
    gone: Endpoint, mails: list[str], settings: Any
) -> None:
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    assert owners_tell(now=utc_now()) == 0
    settings.EMAIL_PORT = port
    assert owners_tell(now=utc_now()) == 1
    assert len(mails) == 1


@pytest.mark.parametrize("without", ["server", "address"])
@pytest.mark.contract("C-HOOK-17")
def test_who_cannot_be_mailed_finds_it_in_the_api(
    gone: Endpoint, mails: list[str], settings: Any, without: str
) -> None:
    if without == "server":
        settings.EMAIL_HOST = ""
    else:
        User.objects.update(email="")
    assert [owners_tell(now=utc_now()) for _ in range(2)] == [1, 0]
    assert mails == []


def test_who_switched_it_off_is_not_told(operator: User, mails: list[str]) -> None:
    now = utc_now()
    making.endpoint(
        operator, "http://127.0.0.1:1/", is_active=False, disabled_at=now, disabled_for="owner"
    )
    assert owners_tell(now=now) == 0
    assert mails == []


@pytest.fixture
def another(gone: Endpoint) -> Endpoint:
    """One that was switched off after it."""
    return making.endpoint(
        gone.owner, gone.url, is_active=False, disabled_for="failing", disabled_at=utc_now()
    )[0]


@pytest.mark.usefixtures("another")
def test_a_mail_server_that_is_away_is_asked_once_a_time(gone: Endpoint, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    with capture_logs() as logs:
        assert owners_tell(now=utc_now()) == 0
    assert [one["event"] for one in logs] == ["webhook_owner_not_told"]


@pytest.mark.parametrize("address", ["refused@example.com", "no address@"])
def test_an_address_that_takes_no_mail_holds_nobody_up(
    gone: Endpoint, another: Endpoint, mails: list[str], address: str
) -> None:
    User.objects.filter(pk=gone.owner_id).update(email=address)
    mailed = builders.user("operator")
    User.objects.filter(pk=mailed.pk).update(email="other@example.com")
    Endpoint.objects.filter(pk=another.pk).update(owner=mailed)
    assert owners_tell(now=utc_now()) == 1
    assert [another.public_id in mail for mail in mails] == [True]
