"""A node that takes nothing and says otherwise: nothing is signed again without a proof."""

import pytest

from tests.outage.steps import ask, attempts, hurry, status, until_all_confirmed
from tests.platform.running import Platform
from tests.tron.lying_node import Behaviour, Exchange, LyingNode, says, tells_the_truth
from tests.waiting import until
from tron.sandbox.transactions import transaction_parse, txid_of

pytestmark = pytest.mark.slow

BROADCAST = "wallet/broadcasthex"
VALID_S = 120  # TRON_EXPIRATION_S
SOLID_TIME_MS = "SELECT time_ms FROM tron_scancursor"


def claims_success(exchange: Exchange) -> None:
    """Name the right transaction, say yes, and forget it."""
    message = transaction_parse(bytes.fromhex(exchange.question["transaction"]))
    exchange.reply({"result": True, "txid": txid_of(message.raw_data).hex()})


DECEITS: dict[str, Behaviour] = {
    "knows everything already": says(
        {"code": "DUP_TRANSACTION_ERROR", "message": b"Dup transaction.".hex()}
    ),
    "says yes to everything": says({"result": True}),
    "says yes and names it": claims_success,
}


def pass_time(running: Platform, seconds: int) -> None:
    """Let chain time pass, and the scanner see it."""
    before_ms = running.one(SOLID_TIME_MS)
    running.control("step", {"seconds": seconds})
    until(
        "the scanner has seen the time pass",
        lambda: running.one(SOLID_TIME_MS) >= before_ms + seconds * 1000,
    )


@pytest.mark.parametrize("name", DECEITS)
def test_it_signs_again_only_what_is_proven_dead(
    proxied: tuple[Platform, LyingNode], name: str
) -> None:
    running, between = proxied
    between.on(BROADCAST, DECEITS[name])
    path = ask(running)
    until("it was sent", lambda: attempts(running, path) == ["sent"])
    pass_time(running, VALID_S // 2)
    hurry(running)
    assert attempts(running, path) == ["sent"]
    assert status(running, path) == "processing"

    pass_time(running, VALID_S)
    until("it is signed again", lambda: len(attempts(running, path)) == 2)
    assert attempts(running, path)[0] == "dead"
    assert status(running, path) in ("pending", "processing")

    between.on(BROADCAST, tells_the_truth)
    hurry(running)
    until_all_confirmed(running)
    assert attempts(running, path) == ["dead", "succeeded"]
