"""Valkey on a unix socket, with an append-only file: a restart loses a second at most."""

import socket
from pathlib import Path
from signal import SIGKILL, SIGTERM

from lucidpay.embedded.binaries import valkey_program
from lucidpay.embedded.places import private_directory
from lucidpay.embedded.processes import program_run
from lucidpay.embedded.server import Server

ANSWER_S = 2.0


class Valkey(Server):
    """Valkey 9."""

    name = "valkey"
    variable = "REDIS_URL"
    program = "valkey-server"
    pid_file_name = "valkey.pid"
    # SIGTERM writes and syncs what is pending (Valkey documentation, "Signal handling").
    stop_steps = ((SIGTERM, 30.0), (SIGKILL, 10.0))

    @property
    def socket(self) -> Path:
        return self.places.sockets / "valkey.sock"

    @property
    def url(self) -> str:
        return f"unix://{self.socket}?db=0"

    def is_ready(self) -> bool:
        return self.process() is not None and self._answers()

    def leftovers(self) -> list[Path]:
        return [self.pid_file, self.socket]

    def make(self, pulse_fd: int) -> None:
        private_directory(self.data, self.places.account)

    def launch(self, pulse_fd: int) -> None:
        options = {
            "daemonize": "yes",
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.data),
            "pidfile": str(self.pid_file),
            "logfile": str(self.log),
            # Room for the tests: a number of its own for each worker of each run.
            "databases": "256",
            "save": "",
            "appendonly": "yes",
            "appendfsync": "everysec",
        }
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        program = valkey_program(self.places.account)
        program_run([program, *words], self.places.account, pass_fds=[pulse_fd])

    def _answers(self) -> bool:
        """Say whether PING is answered; ``-LOADING`` means that it still reads its file."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(ANSWER_S)
            try:
                connection.connect(str(self.socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
            except OSError:
                # Not listening yet. Whoever waits has a deadline, and the log to show.
                return False
