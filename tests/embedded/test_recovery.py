"""After kill -9 of everything, a power cut included, the next start works and kills no stranger."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from lucidpay.embedded import servers, start, stop
from lucidpay.embedded.launcher import KINDS
from lucidpay.embedded.places import places_of
from tests.embedded.support import is_dead, launch, pids
from tests.waiting import until


@pytest.fixture
def stranger(place: Path) -> Iterator[psutil.Popen]:
    """A process of the servers' own account and name that is no server of this directory."""
    place.mkdir(mode=0o711)
    account = places_of(place).account
    program = place.parent / "postgres"
    shutil.copy(shutil.which("sleep") or "", program)
    process = psutil.Popen([program, "300"], **account.options())
    yield process
    process.kill()
    process.wait()


def kill_all(place: Path) -> None:
    """Kill -9 every process of both servers, as the end of a machine would."""
    for pid in pids(place).values():
        process = psutil.Process(pid)
        for victim in (*process.children(recursive=True), process):
            # A child leaves by itself when it sees the others die.
            with suppress(psutil.NoSuchProcess):
                victim.kill()
    until("both are gone", lambda: all(kind(places_of(place)).is_gone() for kind in KINDS))


def test_nothing_committed_is_lost_when_everything_is_killed(place: Path) -> None:
    addresses = start(place)
    with psycopg.connect(addresses["DATABASE_URL"], autocommit=True) as database:
        database.execute("CREATE TABLE paid AS SELECT 42 AS amount")
    with redis.Redis.from_url(addresses["REDIS_URL"]) as store:
        store.set("task", "waiting")
    kill_all(place)
    assert (place / "postgres" / "postmaster.pid").exists()
    assert (place / "run" / "valkey.sock").exists()

    with servers(place) as addresses:
        with psycopg.connect(addresses["DATABASE_URL"]) as database:
            assert database.execute("SELECT amount FROM paid").fetchone() == (42,)
        with redis.Redis.from_url(addresses["REDIS_URL"]) as store:
            assert store.get("task") == b"waiting"


def test_a_wish_to_keep_a_server_ends_with_that_server(place: Path) -> None:
    start(place)
    kill_all(place)
    with servers(place):
        pass
    assert pids(place) == {}


def test_a_stranger_with_a_recycled_process_id_is_neither_taken_nor_harmed(
    place: Path, stranger: psutil.Popen
) -> None:
    start(place)
    kill_all(place)
    for path in (
        place / "postgres" / "postmaster.pid",
        place / "run" / ".s.PGSQL.5432.lock",
    ):
        lines = path.read_text().splitlines()
        path.write_text("\n".join([str(stranger.pid), *lines[1:], ""]))
    (place / "valkey" / "valkey.pid").write_text(f"{stranger.pid}\n")

    assert pids(place) == {}
    assert launch("stop", place).returncode == 0
    with servers(place):
        assert stranger.pid not in pids(place).values()
        assert set(pids(place)) == {"postgres", "valkey"}
    assert not is_dead(stranger.pid)


def test_it_waits_for_the_children_of_a_killed_server(place: Path) -> None:
    start(place)
    postmaster = psutil.Process(pids(place)["postgres"])
    child = postmaster.children()[0]
    child.suspend()
    postmaster.kill()
    until("it is dead", lambda: is_dead(postmaster.pid))
    postgres = KINDS[0](places_of(place))
    assert postgres.process() is None
    assert not postgres.is_gone(), "two servers would write to the same files"
    child.kill()
    with servers(place):
        assert set(pids(place)) == {"postgres", "valkey"}
    stop(place)


def test_a_half_made_database_is_made_again(place: Path) -> None:
    place.mkdir(mode=0o711)
    account = places_of(place).account
    half = place / "postgres.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18")
    os.chown(half, account.uid, account.gid)
    with servers(place):
        assert set(pids(place)) == {"postgres", "valkey"}
    assert not half.exists()


def test_a_cut_append_only_file_does_not_stop_valkey(place: Path) -> None:
    with servers(place) as addresses, redis.Redis.from_url(addresses["REDIS_URL"]) as store:
        store.set("first", "1")
    journal = next((place / "valkey" / "appendonlydir").glob("*.incr.aof"))
    with journal.open("ab") as file:
        file.write(b"*3\r\n$3\r\nSET\r\n$6\r\nsec")
    with servers(place) as addresses, redis.Redis.from_url(addresses["REDIS_URL"]) as store:
        assert store.get("first") == b"1"


def test_a_server_that_cannot_start_shows_its_log(place: Path) -> None:
    with servers(place):
        pass
    (place / "postgres" / "postgresql.conf").write_text("no_such_setting = on\n")
    said = launch("run", place, "--", "true")
    assert said.returncode == 1
    assert "no_such_setting" in said.stderr
    assert pids(place) == {}


def test_a_launcher_killed_in_the_middle_of_a_start_harms_nothing(place: Path) -> None:
    code = "from pathlib import Path; from lucidpay.embedded import start; "
    code += f"start(Path({str(place)!r}))"
    killed = subprocess.Popen([sys.executable, "-c", code])
    until("it makes a database", (place / "postgres.new").exists, pause_s=0.02)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    with servers(place):
        assert set(pids(place)) == {"postgres", "valkey"}
    assert pids(place) == {}
