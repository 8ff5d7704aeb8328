"""PostgreSQL or Valkey restarted under load: some requests fail, no accepted payout is lost."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.outage.steps import until_all_confirmed
from tests.platform.people import somebody
from tests.platform.running import Platform
from tests.waiting import until

pytestmark = pytest.mark.slow

CLIENTS, EACH = 4, 12


def ask_until_accepted(running: Platform, reference: str, recipient: str) -> None:
    """Repeat a request with its reference until it is accepted, as a client should."""
    body = {"recipient_address": recipient, "amount_usdt": 1, "reference_id": reference}

    def accepted() -> bool:
        try:
            answer = running.api("POST", "/api/payment/payouts", body)
        except OSError:
            return False
        assert answer.status in (200, 201, 503), answer.body
        return answer.status < 300

    until(f"{reference} is accepted", accepted)


@pytest.mark.parametrize("server", ["postgres", "valkey"])
def test_no_payout_is_lost_when_a_server_restarts_under_load(
    running: Platform, server: str
) -> None:
    before = running.one("SELECT count(*) FROM payouts_payout")
    third_done = threading.Event()

    def client(number: int) -> None:
        for turn in range(EACH):
            ask_until_accepted(running, f"{server}-{number}-{turn}", somebody())
            if turn == EACH // 3:
                third_done.set()

    with ThreadPoolExecutor(CLIENTS) as clients:
        work = [clients.submit(client, number) for number in range(CLIENTS)]
        third_done.wait(timeout=60)
        running.restart_server(server)
        for one in work:
            one.result()

    assert running.one("SELECT count(*) FROM payouts_payout") == before + CLIENTS * EACH
    until_all_confirmed(running)
