"""A database that is lost comes back as docs/backup.md says, and nobody is paid twice.

That a wallet without its vault's key comes back from its keystore is shown by
``tests/wallets/test_command.py`` and ``tests/wallets/api/test_backup.py``; that no deposit address
is handed out again, by
``tests/wallets/test_deposits_read_again.py``.
"""

import re
import shutil
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.outage.steps import PAYOUTS, ask, status, total, until_all_confirmed
from tests.platform.checks import assert_books_are_right
from tests.platform.people import somebody
from tests.platform.running import Platform, platform
from tests.restore.keeper import Keeper
from tests.waiting import until

pytestmark = pytest.mark.slow

LOST_BLOCKS = 70  # of 3 s: longer than any transaction lives
WHY = ("--reason", "restored")
OUTFLOWS = "SELECT subject FROM tron_halt WHERE cause = 'outflow' AND lifted_at IS NULL"
# Whose payouts nobody reviews and nobody screens.
EXEMPT = (
    "INSERT INTO payouts_reviewexemption (user_id, note)"
    " SELECT id, 'a test' FROM access_user WHERE username = 'operator'"
)


@pytest.fixture(scope="module")
def keeper(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keeper]:
    """Give a platform whose database is archived, with a base backup and payouts before and after.

    The key of its vault is where the document wants it: elsewhere.
    """
    with platform(tmp_path_factory.mktemp("restore")) as running:
        keeper = Keeper(running)
        keeper.begin()
        start(running)
        ask(running)
        keeper.back_up()
        ask(running)
        until_all_confirmed(running)
        yield keeper
        shutil.rmtree(keeper.backup)


def start(running: Platform) -> None:
    """Start beat, worker and web."""
    running.start_beat()
    running.start_worker()
    running.start_web()


def on_chain(running: Platform) -> Counter[tuple[str, str]]:
    """Return who was paid how much, and how often, by the chain alone."""
    return Counter((one["to"], one["amount"]) for one in running.transfers())


def test_what_was_paid_after_the_moment_is_not_paid_again(keeper: Keeper) -> None:
    """One payout was signed before the moment, one was asked for; two and a transfer of TRX are
    forgotten.
    """
    running = keeper.running
    running.kill("worker")
    running.start_worker(killed_at="after store")
    signed = ask(running)
    running.died("worker")
    pending = ask(running)
    there, target = total(running), running.one("SELECT clock_timestamp()::text")
    asked = {"recipient_address": somebody(), "reference_id": "asked after the moment"}
    unseen, trx = {"recipient_address": somebody()}, {"to_address": somebody(), "amount_trx": 7}
    ask(running, **asked)
    ask(running, **unseen)
    sent = send_trx(running, trx)
    running.start_worker()
    until("TRX is sent", lambda: running.api("GET", sent).body["status"] == "confirmed")
    until_all_confirmed(running)
    paid = on_chain(running)
    keeper.archive_all()
    key = running.env.pop("VAULT_KEY")
    keeper.lose_everything()

    keeper.restore(target)
    assert total(running) == there
    running.manage("verify", "--no-chain")  # as in a drill
    running.env["VAULT_KEY"] = key  # from its copy offline
    running.manage("kill_switch", "on", *WHY)
    running.manage("breaker", "trip", *WHY)
    start(running)
    running.control("mine", {"blocks": LOST_BLOCKS})
    until("what was paid meanwhile is met", lambda: len(running.rows(OUTFLOWS)) == 4)
    held = lambda: running.api("GET", pending).body["review"] == "required"  # noqa: E731
    until("nobody pays it unasked", held)
    assert status(running, pending) == "pending"
    refused = repeated(running, asked)
    assert refused.body["error"]["code"] == "LUCID_ERR_2003", "its caller would be paid again"
    explain_outflows(running, pending)
    running.manage("verify")
    let_go(running)
    until("what was signed has ended", lambda: status(running, signed) == "confirmed")

    ask_again(running, paid, asked, unseen, trx)
    until(
        "it is booked",
        lambda: running.one("SELECT count(*) FROM wallets_hold WHERE status = 'open'") == 0,
    )
    assert_books_are_right(running)
    running.manage("verify")


def ask_again(running: Platform, paid: Counter[Any], *asked: dict[str, Any]) -> None:
    """Repeat what is forgotten, once as a caller whom nobody reviews: nothing is paid unseen."""
    payout, unseen, trx = asked
    again, sent = f"{PAYOUTS}/{repeated(running, payout).body['payout_id']}", send_trx(running, trx)
    running.execute(EXEMPT)
    exempt = ask(running, **unseen)
    ask(running)
    until("a new one is paid", lambda: on_chain(running).total() == paid.total() + 1)
    for one in (again, exempt):
        assert running.api("GET", one).body["review"] == "required"
        assert running.api("POST", f"{one}/cancel", {"reason": "it was paid"}).status == 200
    doubted = lambda: running.api("GET", sent).body["waiting_for"]  # noqa: E731
    until("TRX waits for a person", lambda: str(doubted()).startswith("May be paid"))
    assert running.api("POST", f"{sent}/cancel").status == 200
    assert paid <= on_chain(running)


def send_trx(running: Platform, trx: dict[str, Any]) -> str:
    """Ask for a transfer of TRX and return its path."""
    key = running.one("SELECT id FROM wallets_wallet WHERE name = 'hot'")
    asked = running.api("POST", f"/tron/wallets/wallet_{key.hex}/transfer-trx", trx)
    assert asked.status == 202, asked.body
    return f"/tron/operations/{asked.body['operation_id']}"


def repeated(running: Platform, asked: dict[str, Any]) -> Any:
    """Ask once more for what the database has forgotten, as a program does by itself."""
    return running.api("POST", PAYOUTS, {"amount_usdt": 1, "reason": "outage"} | asked)


def explain_outflows(running: Platform, pending: str) -> None:
    """Do what docs/operations.md says of payments that the database does not know."""
    told = [running.manage("explain", txid) for (txid,) in running.rows(OUTFLOWS)]
    assert [pending.rpartition("/")[2] in one for one in told].count(True) == 1, told
    assert ["no operation that is open here" in one for one in told].count(True) == 1, told
    cancelled = running.api("POST", f"{pending}/cancel", {"reason": "paid before the restore"})
    assert cancelled.status == 200, cancelled.body
    for line in running.manage("wallet", "suspense").splitlines():
        running.manage("wallet", "assign", line.split()[0], *WHY)


def let_go(running: Platform) -> None:
    """Lift every halt, and let payouts be asked for again."""
    halts = re.findall(r"^(\d+)  ", running.manage("kill_switch"), re.M)
    running.manage("kill_switch", "off", "--halts", ",".join(halts), *WHY)
    running.manage("breaker", "reset", *WHY)


def test_nothing_is_lost_when_the_archive_is_whole(keeper: Keeper) -> None:
    """From a base backup that is older than the last restore, too."""
    running = keeper.running
    there, paid = total(running), on_chain(running)
    keeper.archive_all()
    keeper.lose_everything()
    keeper.restore()
    assert total(running) == there
    running.start_beat()
    running.start_worker()
    running.manage("verify")
    assert on_chain(running) == paid


def test_an_archive_that_stands_still_is_told_though_nothing_failed(keeper: Keeper) -> None:
    keeper.archive_all()
    assert not keeper.is_late()
    with keeper.standing_still():
        assert keeper.is_late()
