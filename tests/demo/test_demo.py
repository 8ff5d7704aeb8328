"""The whole of ``make demo``, as somebody uses it who has just cloned it."""

import fcntl
import os
import pty
import signal
import socket
import stat
from decimal import Decimal

import pytest
from tronpy import Tron
from tronpy.keys import PrivateKey
from tronpy.providers import HTTPProvider

from lucidpay.embedded.locks import lock_take
from lucidpay.run.roles import HOOKS, PAY
from tests.demo.support import LIMIT_S, Demo
from tests.waiting import until

EVERYTHING_RUNS = "Ctrl-C stops everything"
NAMES = {
    "LUCIDPAY_URL", "LUCIDPAY_API_KEY", "LUCIDPAY_STANDARD_API_KEY", "LUCIDPAY_ADMIN_USER",
    "LUCIDPAY_ADMIN_PASSWORD", "TRON_NODE_URL", "USDT_CONTRACT", "HOT_WALLET_ADDRESS",
    "HOT_WALLET_ID", "SANDBOX_CONTROL_URL", "INBOUND_WEBHOOK_SECRET",
}  # fmt: skip


def _usdt_micro(demo: Demo, address: str) -> int:
    client = Tron(provider=HTTPProvider(demo.env["TRON_NODE_URL"]))
    return int(client.get_contract(demo.env["USDT_CONTRACT"]).functions.balanceOf(address))


def _pay(demo: Demo, address: str, amount: str) -> str:
    order = {"recipient_address": address, "amount_usdt": amount, "reason": "a test"}
    return str(demo.call("payouts", order)["payout_id"])


def _await_confirmed(demo: Demo, payout_id: str) -> None:
    def is_final() -> bool:
        return demo.call(f"payouts/{payout_id}")["status"] not in ("pending", "processing")

    until(f"{payout_id} is final", is_final, deadline_s=LIMIT_S)
    assert demo.call(f"payouts/{payout_id}")["status"] == "confirmed"


def _assert_each_worker_has_its_key_alone(demo: Demo) -> None:
    keys = {"VAULT_KEY", "WEBHOOK_VAULT_KEY"}
    for name, own in ((f"{PAY}@%h", {"VAULT_KEY"}), (f"{HOOKS}@%h", {"WEBHOOK_VAULT_KEY"}),
                      ("beat", set()), ("granian", set())):  # fmt: skip
        found = [one.environ() for one in demo.processes() if name in one.cmdline()]
        assert found, name
        assert all(keys & one.keys() == own for one in found), name


def _assert_nothing_is_left(demo: Demo) -> None:
    assert demo.processes() == []
    for name in ("demo.lock", "lock", "users", "postgres.alive", "valkey.alive"):
        descriptor = lock_take(demo.directory / name, fcntl.LOCK_EX)
        assert descriptor is not None, name
        os.close(descriptor)


@pytest.mark.slow
def test_it_pays_on_chain_leaves_nothing_behind_and_remembers_when_started_again(
    demo: Demo,
) -> None:
    demo.start()
    until("its addresses are written", demo.env_file.exists, deadline_s=LIMIT_S)
    first = demo.env
    assert set(first) == NAMES
    assert stat.S_IMODE(demo.env_file.stat().st_mode) == 0o600
    recipient = PrivateKey.random().public_key.to_base58check_address()
    before_micro = _usdt_micro(demo, recipient)
    payout_id = _pay(demo, recipient, "12.34")
    _await_confirmed(demo, payout_id)
    assert _usdt_micro(demo, recipient) - before_micro == 12_340_000
    demo.await_said(EVERYTHING_RUNS)
    assert demo.said.count("  confirmed  ") >= 4
    assert "a customer paid 100.00 USDT, and the shop got 99.85" in demo.said
    assert "\x1b" not in demo.said
    assert first["LUCIDPAY_ADMIN_PASSWORD"] not in demo.said
    assert first["LUCIDPAY_API_KEY"] not in demo.said
    assert len(demo.processes()) > 5
    _assert_each_worker_has_its_key_alone(demo)

    # Killed, which is all a power cut is: its processes follow, but for the servers.
    assert demo.end(signal.SIGKILL) == -signal.SIGKILL
    servers = {"postgres", "valkey-server"}
    until(
        "only servers are left",
        lambda: {process.info["name"] for process in demo.processes()} <= servers,
        deadline_s=LIMIT_S,
    )

    # Again, with the same keys and payouts; the servers that were left are stopped with the rest.
    demo.start()
    demo.await_said(payout_id)
    assert demo.env == first
    assert Decimal(str(demo.call(f"payouts/{payout_id}")["amount_usdt"])) == Decimal("12.34")
    assert demo.end(signal.SIGINT) == 0
    _assert_nothing_is_left(demo)


def test_ctrl_c_while_it_starts_leaves_nothing_behind(demo: Demo) -> None:
    demo.start()
    demo.await_said("ok PostgreSQL and Valkey")
    assert demo.end(signal.SIGINT) == 128 + signal.SIGINT
    _assert_nothing_is_left(demo)
    assert "Traceback" not in demo.said


def test_it_stops_everything_when_its_terminal_is_closed(demo: Demo) -> None:
    master, slave = pty.openpty()
    demo.start(terminal=slave, TERM="xterm")
    os.close(slave)
    log = demo.directory / "logs" / "setup.log"
    until("its database is set up", log.exists, deadline_s=LIMIT_S)
    # From here on every line it writes is an error.
    os.close(master)
    assert demo.end(signal.SIGHUP) == 128 + signal.SIGHUP
    _assert_nothing_is_left(demo)


def test_a_port_in_use_is_named_with_the_way_out_and_nothing_is_started(demo: Demo) -> None:
    with socket.create_server(("127.0.0.1", demo.node_port)):
        demo.start()
        assert demo.end(signal.SIGCONT) == 1
    assert f"Port {demo.node_port} cannot be used: address already in use" in demo.said
    assert "make demo NODE_PORT=" in demo.said
    assert "Traceback" not in demo.said
    assert demo.processes() == []
    assert not demo.env_file.exists()


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("PORT", "eighty", "PORT=eighty is not a number"),
        ("NODE_PORT", "70000", "NODE_PORT=70000 is not a number"),
        ("WEB_WORKERS", "0", "WEB_WORKERS=0 is not a number"),
    ],
)
def test_a_setting_that_makes_no_sense_is_named(
    demo: Demo, variable: str, value: str, words: str
) -> None:
    demo.start(**{variable: value})
    assert demo.end(signal.SIGCONT) == 1
    assert words in demo.said
    assert "Traceback" not in demo.said
