"""What can go wrong with a demo. The docstring is the default message, for people to read.

DemoError
├── BadSetting       an environment variable makes no sense
├── AlreadyRunning   another demo uses the directory
├── PortTaken        a port cannot be opened
├── ChildDied        one of the demo's processes ended by itself
├── SetUpFailed      the database could not be prepared
└── TooSlow          something did not happen in time
"""


class DemoError(Exception):
    """The demo failed."""

    def __init__(self, message: str = "", *, details: str = "") -> None:
        """``details`` are lines to show below the sentence, such as the end of a log."""
        super().__init__(message or str(self.__doc__).partition("\n")[0])
        self.details = details


class BadSetting(DemoError):
    """An environment variable makes no sense."""


class AlreadyRunning(DemoError):
    """A demo is running here already."""


class PortTaken(DemoError):
    """A port is in use."""


class ChildDied(DemoError):
    """A process of the demo ended by itself."""


class SetUpFailed(DemoError):
    """The database could not be prepared."""


class TooSlow(DemoError):
    """Something did not happen in time."""
