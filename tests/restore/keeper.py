"""Who backs a platform up, loses its database, and follows ``docs/backup.md``."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lucidpay.embedded.binaries import postgres_programs
from lucidpay.embedded.places import Places, places_of, private_directory
from lucidpay.embedded.postgres import Postgres
from tests.platform.running import Platform
from tests.restore.recipe import follow, run
from tests.waiting import until


@dataclass
class Keeper:
    """Backs one platform up, beside its data."""

    running: Platform
    base: str = ""

    @property
    def places(self) -> Places:
        return places_of(self.running.directory / "servers")

    @property
    def backup(self) -> Path:
        return self.places.home / "backup"

    @property
    def data(self) -> Path:
        return Postgres(self.places).data

    def env(self) -> dict[str, str]:
        """Return what the document's reader has set."""
        programs = postgres_programs(self.places.account)
        return {
            "PATH": f"{programs}{os.pathsep}{os.defpath}",
            "PGHOST": str(self.places.sockets),
            "PGUSER": "postgres",
            "PGDATA": str(self.data),
            "BACKUP": str(self.backup),
            "BASE": self.base,
        }

    def follow(self, name: str, **more: str) -> str:
        """Run a block of the document's commands."""
        return follow(name, self.env() | more, self.places.account)

    def begin(self) -> None:
        """Archive from now on."""
        private_directory(self.backup, self.places.account)
        self.follow("archive")
        self.running.restart_server("postgres")

    def back_up(self) -> None:
        """Make a base backup, and forget what is too old: nothing yet."""
        self.follow("base-backup")
        self.follow("forget")
        (made,) = (self.backup / "base").iterdir()
        self.base = str(made)

    def archive_all(self) -> None:
        """Have all that was written in the archive."""
        name = self._ask("SELECT pg_walfile_name(pg_switch_wal())")
        until(f"{name} is archived", lambda: (self.backup / "wal" / name).exists())

    def is_late(self) -> bool:
        """Whether the document's alert would wake somebody."""
        said = self.follow("archive-late").strip()
        assert said in ("t", "f")
        return said == "t"

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """Let the archive take nothing, and a segment wait for ten minutes already."""
        hangs = self.backup / "hangs"
        hangs.touch()
        # As `cp` does while NFS is away: it neither ends nor fails.
        command = f"while test -e {hangs}; do sleep 0.1; done; false"
        self._ask(f"ALTER SYSTEM SET archive_command = '{command}'", "SELECT pg_reload_conf()")
        try:
            name = self._ask("SELECT pg_walfile_name(pg_switch_wal())")
            ready = self.data / "pg_wal" / "archive_status" / f"{name}.ready"
            until(f"{name} waits", ready.exists)
            run(["touch", "-d", "10 minutes ago", str(ready)], self.env(), self.places.account)
            yield
        finally:
            hangs.unlink()

    def _ask(self, *queries: str) -> str:
        words = [word for query in queries for word in ("-c", query)]
        return run(["psql", "-At", *words], self.env(), self.places.account).strip()

    def lose_everything(self) -> None:
        """Kill all but the chain, and destroy what PostgreSQL and Valkey have stored."""
        for name in {"web", "worker", "beat"} & self.running.children.keys():
            self.running.kill(name)
        self.running.kill_server("postgres")
        self.running.wipe_valkey()
        until("PostgreSQL is gone", Postgres(self.places).is_gone)
        shutil.rmtree(self.data)
        private_directory(self.data, self.places.account)

    def restore(self, target: str = "") -> None:
        """Bring the database back as it was at a moment, or at the end."""
        self.follow("restore", TARGET=target)
        self.running.start_servers()
        until("it is brought back", lambda: not self.running.one("SELECT pg_is_in_recovery()"))
        self.follow("restored")
