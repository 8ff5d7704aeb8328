"""Two minutes in which every request reaches the node and no answer comes back, in real time.

``python -m tests.outage [--seconds 120] [--everything]``: payouts are asked for all the time; with
``--everything`` the answers to reads are lost as well, from the tenth second on. Afterwards each
was paid once, or this fails.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.outage.steps import ask, assert_signed_once, total, until_all_confirmed
from tests.platform.running import platform
from tests.tron.lying_node import drops_after_acting, lying_node, tells_the_truth

BROADCAST = "wallet/broadcasthex"
READS_LOST_AFTER_S = 10


def main() -> None:
    """Run it and print what was so."""
    parser = argparse.ArgumentParser(prog="python -m tests.outage", description=__doc__)
    parser.add_argument("--seconds", type=int, default=120)
    parser.add_argument("--everything", action="store_true", help="lose the answers to reads too")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lucidpay-outage-") as name:
        directory = Path(name)
        directory.chmod(0o711)  # the servers have an account of their own
        _run(directory, arguments.seconds, everything=arguments.everything)


def _run(directory: Path, seconds: int, *, everything: bool) -> None:
    with platform(directory) as whole, lying_node(whole.node_url) as between:
        whole.env["TRON_NODES"] = between.url
        whole.start_web()
        whole.start_beat()
        whole.start_worker()
        between.on(BROADCAST, drops_after_acting)
        start_s = time.monotonic()
        while (passed_s := time.monotonic() - start_s) < seconds:
            ask(whole)
            if everything and passed_s > READS_LOST_AFTER_S:
                between.otherwise = drops_after_acting
            time.sleep(1)
        lost = len(between.heard)
        between.on(BROADCAST, tells_the_truth)
        between.otherwise = tells_the_truth
        until_all_confirmed(whole)
        assert_signed_once(whole)
        sendings = len(between.questions(BROADCAST))
        sys.stdout.write(
            f"{total(whole)} payouts, {lost} requests unanswered, {sendings} sendings; "
            f"{len(whole.transfers())} transfers on the chain, no second signature\n"
        )


if __name__ == "__main__":
    main()
