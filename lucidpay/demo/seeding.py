"""Listening to the process that prepares the database."""

import json
import os
import select
import time
from collections import deque
from typing import Any

from lucidpay.demo.children import Child, Children
from lucidpay.demo.errors import SetUpFailed, TooSlow

POLL_S = 0.2
CHUNK_BYTES = 65_536


class Seeding:
    """The events of ``python -m lucidpay.demo.seed``, in order."""

    def __init__(self, child: Child, children: Children) -> None:
        self._child, self._children = child, children
        self._heard: deque[dict[str, Any]] = deque()
        self._rest = b""

    def wait(self, event: str, *, limit_s: float) -> dict[str, Any]:
        """Return the facts of the next event, which must be this one.

        Raises ``SetUpFailed`` with its reason, ``ChildDied`` when any process ended meanwhile,
        and ``TooSlow``.
        """
        end_s = time.monotonic() + limit_s
        while not self._heard:
            if time.monotonic() > end_s:
                message = f"The set-up did not get to {event!r} in {limit_s:g} s."
                raise TooSlow(f"{message} Its log: {self._child.log}")
            self._children.check()
            self._listen()
        facts = self._heard.popleft()
        if facts["event"] != event:
            raise SetUpFailed(str(facts.get("message", facts["event"])))
        return facts

    def _listen(self) -> None:
        assert self._child.process.stdout is not None  # noqa: S101 (it is one that talks)
        pipe = self._child.process.stdout.fileno()
        readable, _, _ = select.select([pipe], [], [], POLL_S)
        if not readable:
            return
        heard = os.read(pipe, CHUNK_BYTES)
        if not heard:
            self._child.process.wait()
            raise self._child.died()
        *lines, self._rest = (self._rest + heard).split(b"\n")
        self._heard.extend(json.loads(line) for line in lines)
