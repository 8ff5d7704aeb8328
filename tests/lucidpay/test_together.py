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
    """Doubles numbers, and waits before it does so until it may; a 13 is refused."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.may_go_on = Event()
        self._lock = Lock()

    def __call__(self, asked: list[int]) -> list[int]:
        with self._lock:
            self.groups.append(asked)
        assert self.may_go_on.wait(PATIENCE_S)
        if 13 in asked:
            raise ValueError(asked)
        return [2 * one for one in asked]


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
    work.may_go_on.set()
    assert ask(1).result(PATIENCE_S) == 2
    assert ask(2).result(PATIENCE_S) == 4
    assert work.groups == [[1], [2]]


def test_those_who_come_meanwhile_are_done_together_and_in_order(
    work: Work, ask: Callable[..., Future[int]]
) -> None:
    asked = [ask(number) for number in range(6)]
    work.may_go_on.set()
    assert [one.result(PATIENCE_S) for one in asked] == [0, 2, 4, 6, 8, 10]
    assert work.groups == [[0], [1, 2, 3], [4, 5]]


def test_what_fails_fails_for_all_of_its_group_and_for_nobody_else(
    work: Work, ask: Callable[..., Future[int]]
) -> None:
    asked = [ask(number) for number in (0, 1, 13, 3, 4)]
    work.may_go_on.set()
    for one in asked[1:4]:
        with pytest.raises(ValueError, match="13"):
            one.result(PATIENCE_S)
    assert [asked[0].result(PATIENCE_S), asked[4].result(PATIENCE_S)] == [0, 8]


def test_groups_do_not_wait_for_each_other(work: Work, ask: Callable[..., Future[int]]) -> None:
    first, other = ask(1, "a"), ask(2, "b")
    assert work.groups == [[1], [2]]
    work.may_go_on.set()
    assert (first.result(PATIENCE_S), other.result(PATIENCE_S)) == (2, 4)


def test_nothing_is_kept_of_groups_that_are_done(
    work: Work, ask: Callable[..., Future[int]]
) -> None:
    asked = [ask(number, group) for group in "ab" for number in range(3)]
    work.may_go_on.set()
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
    work.may_go_on.set()
    assert (first.result(PATIENCE_S), third.result(PATIENCE_S)) == (2, 6)
    assert work.groups == [[1], [3]]


def test_who_was_begun_with_waits_to_the_end(work: Work, ask: Callable[..., Future[int]]) -> None:
    """It may have been done by then, so it must not be done once more."""
    together = ask.together  # type: ignore[attr-defined]
    first_may_end, begun = Event(), Event()

    def slow(asked: list[int]) -> list[int]:
        work.groups.append(asked)
        if asked == [1]:
            assert first_may_end.wait(PATIENCE_S)
        else:
            begun.set()
            assert work.may_go_on.wait(PATIENCE_S)
        return asked

    together._work, together.patience_s = slow, 0.2
    asked = [ask(1), ask(2), ask(3)]
    first_may_end.set()
    assert begun.wait(PATIENCE_S)
    with pytest.raises(TimeoutError):
        asked[2].result(3 * together.patience_s)
    work.may_go_on.set()
    assert [one.result(PATIENCE_S) for one in asked] == [1, 2, 3]
