"""Who waits for a worker leaves threads to those who pay."""

import threading
from concurrent.futures import ThreadPoolExecutor

from wallets.awaiting import WAITING_MAX, awaited


def test_only_a_few_of_a_process_wait_and_the_others_are_told_what_there_is() -> None:
    """Without the bound the last one would look again and again, until somebody comes."""
    waiting, is_there = threading.Barrier(WAITING_MAX + 1), threading.Event()
    looks: list[bool] = []

    def wait() -> bool:
        first = [True]

        def look() -> bool:
            if first:
                first.clear()
                waiting.wait(60)
            return is_there.is_set()

        return awaited(look, wait_s=60)

    with ThreadPoolExecutor(WAITING_MAX) as pool:
        try:
            found = [pool.submit(wait) for _ in range(WAITING_MAX)]
            waiting.wait(60)

            def look_once() -> bool:
                looks.append(False)
                return len(looks) > 1

            assert awaited(look_once, wait_s=60) is False
        finally:
            is_there.set()
        assert [one.result(60) for one in found] == [True] * WAITING_MAX
    assert looks == [False]
    # Their places are free again.
    assert awaited(look_once, wait_s=60) is True
