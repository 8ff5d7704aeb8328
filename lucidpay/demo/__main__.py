"""``python -m lucidpay.demo``: what ``make demo`` runs."""

import os
import sys

from lucidpay.demo.signals import Desk, Stopped

SIGNALLED = 128  # what shells add (POSIX, "Exit Status for Commands")


def main() -> int:
    """Run the demo and return the exit code: 0 when it ran and was then stopped by somebody."""
    desk = Desk()
    try:
        desk.open()
        return _run(desk)
    except Stopped as stopped:
        return SIGNALLED + stopped.number


def _run(desk: Desk) -> int:
    # Imported late: a Ctrl-C in the half second this takes has to find the desk open.
    from lucidpay.demo.errors import DemoError
    from lucidpay.demo.plan import plan_of
    from lucidpay.demo.run import demo_run
    from lucidpay.demo.screen import Screen
    from lucidpay.embedded import EmbeddedError

    screen = Screen()
    code = 0
    try:
        demo_run(plan_of(os.environ), screen, desk)
    except Stopped as stopped:
        code = SIGNALLED + stopped.number
    except DemoError as error:
        screen.error(str(error), error.details)
        return 1
    except EmbeddedError as error:
        sentence, _, details = str(error).partition("\n")
        screen.error(sentence, details)
        return 1
    except OSError as error:
        screen.error(f"{error.filename or 'The system'}: {error.strerror or error}")
        return 1
    finally:
        desk.close()
    screen.say("Everything has stopped.", "dim")
    return code


if __name__ == "__main__":
    sys.exit(main())
