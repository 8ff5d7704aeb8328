"""``make chaos``: break everything that can break, for minutes, and prove what was paid.

The seed is printed first and draws the same plan again. The exit code is 1 when a promise was
broken; logs and data are kept then. Ctrl-C ends it and leaves nothing behind.
"""

import argparse
import secrets
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from tests.chaos.plan import RATES, plan_draw
from tests.chaos.report import report
from tests.chaos.run import chaos_run


def main() -> int:
    """Run once and return the exit code."""
    arguments = _parser().parse_args()
    seed = secrets.randbelow(1_000_000) if arguments.seed is None else arguments.seed
    _say(f"seed {seed}")
    plan = plan_draw(seed, arguments.minutes * 60, without=frozenset(arguments.without))
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    directory = Path(tempfile.mkdtemp(prefix="lucidpay-chaos-"))
    directory.chmod(0o711)  # the servers have an account of their own
    is_well = False
    try:
        outcome = chaos_run(plan, directory, _say, is_wide=arguments.wide)
        _say(report(outcome))
        is_well = not outcome.wrong
    except KeyboardInterrupt:
        _say("interrupted")
        is_well = True  # there is nothing to look at
        return 130
    finally:
        if is_well:
            shutil.rmtree(directory)
        else:
            _say(f"logs and data are kept in {directory}")
    return 0 if is_well else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, help="draws the same plan again")
    parser.add_argument(
        "--without", action="append", default=[], choices=sorted(RATES),
        help="leave out a kind of act, to close in on a bug",
    )  # fmt: skip
    parser.add_argument(
        "--wide", action="store_true",
        help="two web servers, three workers, two beats, PgBouncer in transaction mode",
    )  # fmt: skip
    return parser


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
