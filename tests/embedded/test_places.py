"""Directories that a socket path, an account or a URL cannot take as they are."""

import os
import subprocess
from pathlib import Path

import psycopg
import pytest
import redis

from lucidpay.embedded import EmbeddedError, binaries, clean, servers
from lucidpay.embedded.account import Account
from lucidpay.embedded.places import places_of
from tests.embedded.support import launch

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root lends the servers an account")


@pytest.mark.parametrize(
    "name",
    ["a-long-name-" * 12, "with space", "qu'ote", "per%2Fcent", "comma,", "ü"],
)
def test_a_path_that_no_address_can_carry_gets_sockets_elsewhere(place: Path, name: str) -> None:
    directory = place.parent / name
    with servers(directory) as addresses:
        sockets = places_of(directory).sockets
        assert sockets.parent == Path("/tmp")  # noqa: S108
        assert sockets.stat().st_mode & 0o777 == 0o700
        with psycopg.connect(addresses["DATABASE_URL"]) as database:
            assert database.execute("SELECT 1").fetchone() == (1,)
        with redis.Redis.from_url(addresses["REDIS_URL"]) as store:
            assert store.ping()
    clean(directory)
    assert not sockets.exists()


def test_it_refuses_a_name_that_a_shell_would_read(place: Path) -> None:
    said = launch("run", place.parent / "$(reboot)", "--", "true")
    assert said.returncode == 1
    assert "pg_ctl cannot work in a directory with such a name" in said.stderr


def test_it_refuses_a_socket_directory_that_somebody_else_made(place: Path) -> None:
    directory = place.parent / "with space"
    directory.mkdir()
    sockets = places_of(directory).sockets
    sockets.symlink_to(place.parent)
    try:
        with pytest.raises(EmbeddedError, match="remove it"), servers(directory):
            pass
    finally:
        sockets.unlink()


@as_root
def test_root_keeps_the_data_elsewhere_when_the_account_cannot_enter(place: Path) -> None:
    place.parent.chmod(0o700)
    with servers(place) as addresses:
        home = places_of(place).home
        assert home.parent == Path("/var/lib/lucidpay")
        with psycopg.connect(addresses["DATABASE_URL"]) as database:
            assert database.execute("SELECT 1").fetchone() == (1,)
    assert place.parent.stat().st_mode & 0o777 == 0o700
    clean(place)
    assert not home.exists()


@as_root
def test_root_runs_the_servers_as_the_owner_of_their_data(place: Path) -> None:
    with servers(place):
        pass
    for path in (place / "postgres", place / "valkey", place / "run"):
        for inside in (path, *path.rglob("*")):
            os.chown(inside, 4321, 4321)
    with servers(place):
        assert (place / "postgres" / "postmaster.pid").stat().st_uid == 4321


def test_programs_the_account_cannot_reach_are_copied_to_where_it_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(binaries, "SYSTEM_HOME", tmp_path / "lib")
    monkeypatch.setattr(Account, "reaches", lambda _self, _path: False)
    account = Account(os.geteuid(), os.getegid())
    programs = [binaries.postgres_programs(account) / "initdb", binaries.valkey_program(account)]
    for program in programs:
        assert program.is_relative_to(tmp_path)
        subprocess.run([program, "--version"], check=True)
    assert [binaries.valkey_program(account)] == programs[1:], "the copy is used again"
