"""``python -m benchmarks [NAME …] [--rounds N] [--seconds S]``: figures beside the floor's."""

import argparse
from functools import partial

from benchmarks.bulk import bench_bulk
from benchmarks.confirm import bench_confirm
from benchmarks.console import bench_console
from benchmarks.mix import bench_mix
from benchmarks.paths import bench_create, bench_get
from benchmarks.pipeline import bench_pipeline
from benchmarks.scale import bench_scale
from benchmarks.stand import stand
from benchmarks.webhooks import bench_webhooks

BENCHES = {
    "create": bench_create,
    "get": bench_get,
    "mix": bench_mix,
    "pipeline": bench_pipeline,
    "confirm": bench_confirm,
    "bulk": bench_bulk,
    "webhooks": partial(bench_webhooks, mode="each"),
}
# Not unless they are named: they take long, and much room.
SCALE, FANOUT, CONSOLE = "scale", "fanout", "console"


def main() -> None:
    """Run what was asked for, one after the other, and print a line each."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    names = ", ".join((*BENCHES, FANOUT, SCALE, CONSOLE))
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {names}")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3.0, help="of each half of a round")
    payouts = f"of {SCALE}, beside a tenth of them; of {CONSOLE}"
    parser.add_argument("--payouts", type=int, default=10_000_000, help=payouts)
    parser.add_argument("--beside", type=int, default=0, help=f"of {SCALE}: beside so many")
    given = parser.parse_args()
    benches = {
        **BENCHES,
        FANOUT: partial(bench_webhooks, mode="all"),
        SCALE: partial(bench_scale, payouts=given.payouts, beside=given.beside),
        CONSOLE: partial(bench_console, payouts=given.payouts),
    }
    if unknown := set(given.names) - set(benches):
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    with stand() as place:
        for name in given.names or BENCHES:
            print(benches[name](place, rounds=given.rounds, seconds=given.seconds), flush=True)


if __name__ == "__main__":
    main()
