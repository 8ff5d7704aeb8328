"""Several users of one directory: one pair of servers, stopped by the last to leave."""

import signal
from pathlib import Path

from lucidpay.embedded import servers, start, status, stop
from tests.embedded.support import CONNECT, is_dead, launch, pids, python, spawn
from tests.waiting import until

WAIT_FOR_INPUT = ["--", "sh", "-c", "echo ready; read line"]


def test_commands_started_at_the_same_moment_share_one_pair_of_servers(place: Path) -> None:
    code = CONNECT + (
        "print(database.execute('SELECT pg_postmaster_start_time()').fetchone()[0],"
        " store.info('server')['run_id'])"
    )
    launchers = [spawn("run", place, *python(code)) for _ in range(4)]
    said = [launcher.communicate(timeout=60) for launcher in launchers]
    assert [launcher.returncode for launcher in launchers] == [0] * 4, said
    assert len({answer for answer, _ in said}) <= 2, "at most one restart between them"
    assert pids(place) == {}


def test_the_first_to_leave_stops_nothing_and_the_last_stops_all(place: Path) -> None:
    first = spawn("run", place, *WAIT_FOR_INPUT, stdin=-1)
    assert first.stdout is not None
    first.stdout.readline()
    running = pids(place)
    with servers(place):
        assert pids(place) == running
        first.communicate("\n", timeout=60)
        assert pids(place) == running
    assert pids(place) == {}


def test_it_leaves_running_what_was_running_before(place: Path) -> None:
    addresses = start(place)
    running = pids(place)
    assert launch("run", place, "--", "true").returncode == 0
    assert pids(place) == running
    assert [one.url for one in status(place)] == list(addresses.values())
    stop(place)
    assert all(is_dead(pid) for pid in running.values())


def test_it_keeps_the_servers_when_asked(place: Path) -> None:
    assert launch("run", place, "--keep", "--", "true").returncode == 0
    assert set(pids(place)) == {"postgres", "valkey"}
    assert launch("stop", place).returncode == 0
    assert launch("status", place).returncode == 3


def test_the_next_command_takes_over_what_a_killed_launcher_left(place: Path) -> None:
    killed = spawn("run", place, *WAIT_FOR_INPUT, stdin=-1)
    assert killed.stdout is not None
    killed.stdout.readline()
    running = pids(place)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    assert pids(place) == running
    with servers(place):
        assert pids(place) == running
    assert pids(place) == {}


def test_clean_stops_the_servers_and_removes_only_its_own_files(place: Path) -> None:
    start(place)
    running = pids(place)
    (place / "notes.txt").write_text("mine")
    said = launch("clean", place)
    assert said.stdout.splitlines() == [f"removed {place}/postgres", f"removed {place}/valkey"]
    assert [path.name for path in place.iterdir()] == ["notes.txt"]
    until("both are dead", lambda: all(is_dead(pid) for pid in running.values()))


def test_a_user_whose_directory_was_cleaned_leaves_quietly(place: Path) -> None:
    with servers(place):
        assert launch("clean", place).returncode == 0
    assert not place.exists()
