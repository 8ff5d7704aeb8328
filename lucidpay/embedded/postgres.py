"""PostgreSQL on a unix socket: durable, UTF-8, one role ``lucidpay`` that owns one database."""

import shlex
import shutil
from pathlib import Path
from signal import SIGINT, SIGQUIT
from urllib.parse import quote

from lucidpay.embedded.binaries import postgres_programs
from lucidpay.embedded.errors import NotOurs
from lucidpay.embedded.places import private_directory
from lucidpay.embedded.processes import program_run
from lucidpay.embedded.server import Server

# The role is no superuser, as in production: a migration that needs one fails here first.
BOOTSTRAP_SQL = """\
CREATE ROLE lucidpay LOGIN CREATEDB;
CREATE DATABASE lucidpay OWNER lucidpay;
"""
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "fsync": "on",
    # Three test processes share it, and one test alone calls from two hundred threads.
    "max_connections": "500",
}
# Line 8 of postmaster.pid: LOCK_FILE_LINE_PM_STATUS in PostgreSQL's pidfile.h.
STATUS_LINE = 7


class Postgres(Server):
    """PostgreSQL 18."""

    name = "postgres"
    variable = "DATABASE_URL"
    program = "postgres"
    pid_file_name = "postmaster.pid"
    # Fast, then immediate shutdown (PostgreSQL documentation, "Shutting Down the Server").
    stop_steps = ((SIGINT, 40.0), (SIGQUIT, 15.0))

    @property
    def url(self) -> str:
        # The percent-encoded directory as host: libpq and django-environ both read it.
        return f"postgres://lucidpay@{quote(str(self.places.sockets), safe='')}/lucidpay"

    def is_ready(self) -> bool:
        status = self.pid_lines()[STATUS_LINE:]
        return bool(status) and status[0].strip() == "ready" and self.process() is not None

    def leftovers(self) -> list[Path]:
        socket = self.places.sockets / ".s.PGSQL.5432"
        return [self.pid_file, socket, socket.with_name(socket.name + ".lock")]

    def make(self, pulse_fd: int) -> None:
        # pg_ctl hands the name to a shell, in double quotes.
        if any(sign in str(self.data) for sign in '"$`\\\n'):
            raise NotOurs(f"pg_ctl cannot work in a directory with such a name: {self.data}")
        if self.data.exists():
            return
        if self.unfinished.exists():
            shutil.rmtree(self.unfinished)
        account, programs = self.places.account, postgres_programs(self.places.account)
        private_directory(self.unfinished, account)
        initdb = f"{programs}/initdb --username=postgres --encoding=UTF8 --locale=C"
        # The order of C, and yet upper() and ILIKE that know every alphabet.
        initdb += " --locale-provider=builtin --builtin-locale=C.UTF-8"
        initdb += " --auth-local=trust --auth-host=reject --no-instructions"
        program_run([*initdb.split(), "-D", self.unfinished], account, pass_fds=[pulse_fd])
        single: list[str | Path] = [programs / "postgres", "--single", "-c", "exit_on_error=on"]
        single += ["-D", self.unfinished, "postgres"]
        program_run(single, account, text=BOOTSTRAP_SQL, pass_fds=[pulse_fd])
        # Only a finished cluster gets the name, so a killed initdb is simply done again.
        self.unfinished.rename(self.data)

    def launch(self, pulse_fd: int) -> None:
        settings = {**SETTINGS, "unix_socket_directories": str(self.places.sockets)}
        options = shlex.join(
            word for name, value in settings.items() for word in ("-c", f"{name}={value}")
        )
        program = postgres_programs(self.places.account) / "pg_ctl"
        command: list[str | Path] = [program, "start", "--no-wait"]
        command += ["-D", self.data, "-l", self.log, "-o", options]
        program_run(command, self.places.account, pass_fds=[pulse_fd])
