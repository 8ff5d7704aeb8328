"""Those who come while somebody is at work are served together, and nobody is forgotten."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event, Lock

import pytest

from lucidpay.errors import InvariantBroken
from lucidpay.together import Together
from tests.waiting import until

PATIENCE_S = 20


class Work:
    """Doubles numbers, once it may: the first group, and all after it. A 13 is refused."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.first_may, self.others_may = Event(), Event()
        self._lock = Lock()

    def __call__(self, asked: list[int]) -> list[int]:
        with self._lock:
            self.groups.append(asked)
            may = self.first_may if len(self.groups) == 1 else self.others_may
        assert may.wait(PATIENCE_S)
        if 13 in asked:
            raise ValueError(asked)
        return [2 * one for one in asked]

    def go_on(self) -> None:
        """Let all of them."""
        self.first_may.set()
        self.others_may.set()


@pytest.fixture
def work() -> Work:
    return Work()


@pytest.fixture
def ask(work: Work) -> Callable[..., Future[int]]:
    """Ask from a thread, and return once it waits or is at work; at most three go together."""
    together, threads = Together(work, most=3, patience_s=PATIENCE_S), ThreadPoolExecutor(20)

    def one(number: int, group: str = "a") -> Future[int]:
        begun = len(work.groups)
        waiting = len(together._waiting.get(group, ()))
        future = threads.submit(together.do, group, number)
        until(
            "waits or works",
            lambda: len(work.groups) > begun or len(together._waiting.get(group, ())) > waiting,
            pause_s=0.001,
        )
        return future

    one.together = together  # type: ignore[attr-defined]
    return one


def test_a_lone_one_begins_at_once(work: Work, ask: Callable[..., Future[int]]) -> None:
    work.go_on()
    assert ask(1).result(PATIENCE_S) == 2
    assert ask(2).result(PATIENCE_S) == 4
    assert work.groups == [[1], [2]]


def test_those_who_come_meanwhile_are_done_together_and_in_order(
    work: Work, ask: Callable[..., Future[int]]
) -> None:
    asked = [ask(number) for number in range(6)]
    work.go_on()
    assert [one.result(PATIENCE_S) for one in asked] == [0, 2, 4, 6, 8, 10]
    assert work.groups == [[0], [1, 2, 3], [4, 5]]


def test_what_fails_fails_for_all_of_its_group_and_for_nobody_else(
    work: Work, ask: Callable[..., Future[int]]
) -> None:
    asked = [ask(number) for number in (0, 1, 13, 3, 4)]
    work.go_on()
    for one in asked[1:4]:
        with pytest.raises(ValueError, match="13"):
            one.result(PATIENCE_S)
    assert [asked[0].result(PATIENCE_S), asked[4].result(PATIENCE_S)] == [0, 8]


def test_groups_do_not_wait_for_each_other(work: Work, ask: Callable[..., Future[int]]) -> None:
    first, other = ask(1, "a"), ask(2, "b")
    assert work.groups == [[1], [2]]
    work.go_on()
    assert (first.result(PATIENCE_S), other.result(PATIENCE_S)) == (2, 4)


def test_nothing_is_kept_of_groups_that_are_done(
    work: Work, ask: Callable[..., Future[int]]
) -> None:
    asked = [ask(number, group) for group in "ab" for number in range(3)]
    work.go_on()
    for one in asked:
        one.result(PATIENCE_S)
    together = ask.together  # type: ignore[attr-defined]
    until("all are done", lambda: together._waiting == {}, pause_s=0.001)


def test_work_that_forgets_somebody_is_an_error_to_all(
    work: Work, ask: Callable[..., Future[int]]
) -> None:
    together = Together(lambda asked: asked[1:], most=3, patience_s=PATIENCE_S)
    with pytest.raises(InvariantBroken):
        together.do("a", 1)


def test_who_waits_too_long_for_a_beginning_leaves_and_is_not_done(
    work: Work, ask: Callable[..., Future[int]]
) -> None:
    together = ask.together  # type: ignore[attr-defined]
    first = ask(1)
    together.patience_s = 0.01
    assert together.do("a", 2) is None
    together.patience_s = PATIENCE_S
    third = ask(3)
    work.go_on()
    assert (first.result(PATIENCE_S), third.result(PATIENCE_S)) == (2, 6)
    assert work.groups == [[1], [3]]


def test_who_was_begun_with_cannot_leave(work: Work, ask: Callable[..., Future[int]]) -> None:
    """It may have been done by then, so it must not be done once more."""
    together = ask.together  # type: ignore[attr-defined]
    asked = [ask(number) for number in range(3)]
    waiting = list(together._waiting["a"])
    assert len(waiting) == 2
    work.first_may.set()
    until("the others are begun with", lambda: len(work.groups) == 2, pause_s=0.001)
    assert [together._leaves("a", place) for place in waiting] == [False, False]
    work.go_on()
    assert [one.result(PATIENCE_S) for one in asked] == [0, 2, 4]
