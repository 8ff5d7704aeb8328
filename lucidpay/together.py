"""Doing at once what several threads ask for at the same time.

Who finds nobody at work begins at once, so a lone request waits for nothing. Who comes meanwhile
waits until that is done, and then one of those who wait does the work of all of them. So groups
grow with the load, and no clock has to say how large they are. Where somebody's work stands still,
those who came after them go their own ways.
"""

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from lucidpay.errors import ensure

Asked = TypeVar("Asked")
Done = TypeVar("Done")


@dataclass(eq=False)
class _Place(Generic[Asked, Done]):
    """Somebody who waits, until what they asked for is done, has failed, or is theirs to do."""

    asked: Asked
    # Taken until this place is called: a bare lock costs a third of an Event.
    called: threading.Lock = field(default_factory=threading.Lock)
    to_do: list["_Place[Asked, Done]"] | None = None
    done: list[Done] = field(default_factory=list)
    error: BaseException | None = None


class Together(Generic[Asked, Done]):
    """Groups what threads of this process ask for.

    ``work`` is given one or more, in the order in which they came and at most ``most``, and
    returns what each gets. What it raises, everybody in the group raises: of a commit that was
    not heard of, nobody may believe that nothing was done. Nobody waits longer than ``patience_s``
    for the work of others to begin.
    """

    def __init__(
        self, work: Callable[[list[Asked]], list[Done]], *, most: int, patience_s: float
    ) -> None:
        self._work, self._most, self.patience_s = work, most, patience_s
        self._lock = threading.Lock()
        self._waiting: dict[Hashable, list[_Place[Asked, Done]]] = {}  # where somebody is at work

    def do(self, group: Hashable, asked: Asked) -> Done | None:
        """Have this done, perhaps with others of the same group; return what it came to.

        ``None``: it took too long until somebody began with it, and nobody will any more.
        """
        mine: _Place[Asked, Done] = _Place(asked)
        with self._lock:
            if group in self._waiting:
                mine.called.acquire()
                self._waiting[group].append(mine)
            else:
                self._waiting[group] = []
                mine.to_do = [mine]
        if mine.to_do is None and not mine.called.acquire(timeout=self.patience_s):
            if self._leaves(group, mine):
                return None
            mine.called.acquire()
        if mine.to_do is not None:
            self._do(group, mine.to_do)
        if mine.error is not None:
            raise mine.error
        return mine.done[0]

    def _leaves(self, group: Hashable, mine: _Place[Asked, Done]) -> bool:
        """Take somebody out of those who wait, unless somebody has begun with what they asked."""
        with self._lock:
            waiting = self._waiting.get(group, [])
            if mine not in waiting:
                return False
            waiting.remove(mine)
            return True

    def _do(self, group: Hashable, places: list[_Place[Asked, Done]]) -> None:
        try:
            done = self._work([place.asked for place in places])
            ensure(len(done) == len(places), "work for several that does not answer each")
            for place, one in zip(places, done, strict=True):
                place.done.append(one)
        except BaseException as error:  # also what ends this thread: nobody waits for ever
            for place in places:
                place.error = error
        finally:
            self._call_next(group)
            for place in places[1:]:
                place.called.release()

    def _call_next(self, group: Hashable) -> None:
        """Let the first of those who wait do the work of all; nobody is at work otherwise."""
        with self._lock:
            waiting = self._waiting[group]
            if not waiting:
                del self._waiting[group]
                return
            self._waiting[group] = waiting[self._most :]
        waiting[0].to_do = waiting[: self._most]
        waiting[0].called.release()
