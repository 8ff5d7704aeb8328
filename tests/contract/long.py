"""``make contract``: send generated requests to the whole platform for minutes.

The web server has workers, beat and a chain behind it, and what it accepts is paid. The seed is
printed first. The exit code is 1 when an answer was not as documented, or when a promise about the
payouts that were made is broken; logs and data are kept then.
"""

import argparse
import secrets
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

from tests.contract.fuzzing import LIFTED, Found, fuzz
from tests.platform.running import Platform, platform

# Of each operation; the time is what ends the run.
CASES_MAX = 100_000
PREPARE = """
from access.models import User
from access.services.keys import api_key_create
from django.contrib.auth.models import Group
from lucidpay.clock import utc_now
from payouts.services.limits import limit_set
boss = User.objects.create_user(username="boss")
boss.groups.set([Group.objects.get(name="admin")])
# Else the first minute would use the day up, and the rest would be refusals.
limit_set(kind="router", subject="PayoutRouterV0", hourly_micro=None, daily_micro=None,
          by="make contract", now=utc_now())
print(api_key_create(user=boss, name="make contract", rate_limits={"*": 1_000_000})[1])
"""
LETS_GO_EVERY_S = 5
SWITCH = "/tron/kill-switch"


def main() -> int:
    """Run once and return the exit code."""
    arguments = _parser().parse_args()
    seed = secrets.randbelow(1_000_000) if arguments.seed is None else arguments.seed
    _say(f"seed {seed}")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    directory = Path(tempfile.mkdtemp(prefix="lucidpay-contract-"))
    directory.chmod(0o711)  # the servers have an account of their own
    found = _run(directory, seed, arguments.minutes)
    _say(found.said)
    if found.status:
        _say(f"logs and data are kept in {directory}")
        return 1
    shutil.rmtree(directory)
    return 0


def _run(directory: Path, seed: int, minutes: float) -> Found:
    with platform(directory, **LIFTED, UNDERFUNDED_PAYOUTS="wait") as running:
        running.token = running.manage("shell", "-v", "0", "-c", PREPARE).strip()
        running.start_web()
        running.start_worker()
        running.start_beat()
        options = ("-n", str(CASES_MAX), "--max-time", str(int(minutes * 60)))
        url = f"http://127.0.0.1:{running.web_port}"
        with _let_go_again(running):
            found = fuzz(
                url=url, token=running.token, directory=directory, seed=seed, options=options
            )
        _say(_counts(running))
        _say(running.manage("verify"))
    return found


@contextmanager
def _let_go_again(running: Platform) -> Iterator[None]:
    """Let go of the kill switch whenever it was pulled: nothing would be paid after that."""
    over = Event()

    def work() -> None:
        while not over.wait(LETS_GO_EVERY_S):
            _let_go(running)

    thread = Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _let_go(running: Platform) -> None:
    halts = [halt["id"] for halt in running.api("GET", SWITCH).body["halts"]]
    if halts:
        body = {"on": False, "reason": "that was a generated request", "halts": halts}
        status = running.api("POST", SWITCH, body).status
        assert status in (200, 409), status  # 409: a generated request has let go meanwhile


def _counts(running: Platform) -> str:
    rows = running.rows("SELECT status, count(*) FROM payouts_payout GROUP BY 1 ORDER BY 1")
    return "payouts: " + ", ".join(f"{count} {status}" for status, count in rows)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.contract.long", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, help="sends the same data again")
    return parser


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
