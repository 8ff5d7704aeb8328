"""``make soak``: pay, ask and be told for an hour; memory, connections and queues must stay flat.

The exit code is 1 when something grew, when a call failed, or when not everything was paid once.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.chaos.listener import Listener
from tests.platform.checks import IN_STATUS, assert_books_are_right, assert_each_paid_once
from tests.platform.running import Platform, platform
from tests.soak.load import Load
from tests.soak.samples import Sample, sample, verdict
from tests.waiting import until

SAMPLE_S = 30
SETTINGS = {"WEBHOOK_ALLOW_HOSTS": "127.0.0.1", "RECONCILE_INTERVAL_S": "60"}
BLOCK_MS = 1_000
TRX = 2_000_000  # what an hour of transfers burns at most, whole


def main() -> int:
    """Run once and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--payouts", type=float, default=1.0, help="a second")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lucidpay-soak-") as name:
        Path(name).chmod(0o711)  # the servers have an account of their own
        listener = Listener()
        with listener, platform(Path(name), block_ms=BLOCK_MS, **SETTINGS) as whole:
            wrong = _soak(whole, listener, given.minutes * 60, given.payouts)
    _say("\n".join(wrong) if wrong else "flat")
    return 1 if wrong else 0


def _soak(whole: Platform, listener: Listener, seconds: float, rate: float) -> list[str]:
    whole.control("faucet", {"address": whole.hot, "trx": TRX})
    _start(whole)
    listener.register(whole)
    load, samples = Load(whole, rate), list[Sample]()
    with load:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            load.stopped.wait(min(SAMPLE_S, max(0, end - time.monotonic())))
            samples.append(sample(whole))
            _say(samples[-1].line(load.done.total()))
    wrong = [*load.failed, *verdict(samples)]
    until(
        "all payouts are confirmed",
        lambda: whole.one(IN_STATUS, "confirmed") == load.done["create"],
        deadline_s=300,
    )
    assert_each_paid_once(whole, load.done["create"])
    assert_books_are_right(whole)
    told = whole.manage("verify").strip().splitlines()[-1]
    _say(f"calls {dict(load.done)}, webhooks heard {len(listener.receiver.events)}, verify: {told}")
    return wrong if told.endswith("All is well.") else [*wrong, f"verify: {told}"]


def _start(whole: Platform) -> None:
    """Start what production runs, by its own commands."""
    roles: dict[str, Callable[[], None]] = {
        "web": whole.launch_web,
        **{
            role: lambda role=role: whole.start(role, sys.executable, "-m", "lucidpay.run", role)  # type: ignore[misc]
            for role in ("worker", "sender", "beat")
        },
    }
    for start in roles.values():
        start()
    until("the web server answers", whole.web_answers)
    alive = "the workers are at work"
    until(alive, lambda: _workers(whole) == 2)


def _workers(whole: Platform) -> int:
    body = whole.api("GET", "/api/payment/health").body
    return int(body["checks"]["workers"]["alive"] or 0)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
