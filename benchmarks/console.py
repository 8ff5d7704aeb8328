"""What the admin's front page asks of the database, with so many payouts."""

from statistics import median

from benchmarks.scale import CONSOLE, WARM_UP, filled
from benchmarks.stand import Stand

GOAL_MS = 50


def bench_console(place: Stand, *, rounds: int, seconds: float, payouts: int) -> str:  # noqa: ARG001
    """Return how many statements the page makes, and how long they and all of it take.

    The sums have as many lines as a busy month leaves, whatever the number of payouts.
    """
    with filled(place, payouts) as asked:
        told = [asked.ask(CONSOLE) for _ in range(WARM_UP + rounds)][WARM_UP:]
    names = ("sql_ms", "server_ms", "page_ms")
    sql_ms, server_ms, page_ms = (median(one[name] for one in told) for name in names)
    least_ms, most_ms = (pick(one["sql_ms"] for one in told) for pick in (min, max))
    verdict = "reached" if sql_ms < GOAL_MS else "missed"
    slowest = "\n".join(f"  {ms:6.2f} ms  {sql}" for ms, sql in told[-1]["slowest"])
    return (
        f"front page at {payouts:,} payouts: {told[-1]['statements']} statements, "
        f"{sql_ms:.1f} ms of SQL ({least_ms:.1f}–{most_ms:.1f}), "
        f"of which PostgreSQL had a core for {server_ms:.1f} ms, {page_ms:.0f} ms in all; "
        f"goal {GOAL_MS} ms of SQL, {verdict}\n{slowest}"
    )
