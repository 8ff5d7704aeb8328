"""Chain time: what the next block's timestamp is.

Automatic blocks follow the wall clock plus an offset; blocks on demand follow the block before.
"""

import time
from dataclasses import dataclass
from typing import Any

from tron.sandbox.parameters import SLOT_MS


def wall_ms() -> int:
    """Return this machine's time."""
    return time.time_ns() // 1_000_000


@dataclass(slots=True)
class ChainClock:
    """``block_ms`` 0 means blocks on demand."""

    block_ms: int
    offset_ms: int = 0
    stepped_ms: int = 0  # to be added to the next block made on demand
    maintenance_ms: int = 0  # between two maintenance times, 0 for none

    @property
    def automatic(self) -> bool:
        """Whether blocks come by themselves."""
        return self.block_ms > 0

    @property
    def slot_ms(self) -> int:
        """The distance to the next block slot, for the rule on expirations."""
        return self.block_ms or SLOT_MS

    def now_ms(self, head_ms: int) -> int:
        """Return chain time now."""
        if self.automatic:
            return max(head_ms, wall_ms() + self.offset_ms)
        return head_ms + self.stepped_ms

    def next_block_ms(self, head_ms: int, interval_ms: int | None = None, missed: int = 0) -> int:
        """Return the timestamp of the block after the head, always later than the head's.

        ``missed`` slots pass without a block.
        """
        if self.automatic and interval_ms is None:
            return max(head_ms + 1, wall_ms() + self.offset_ms) + missed * self.slot_ms
        return head_ms + self.stepped_ms + (interval_ms or SLOT_MS) * (1 + missed)

    def block_made(self, timestamp_ms: int) -> None:
        """Take note of a block: what was stepped is used, and time must not run backwards."""
        self.stepped_ms = 0
        if self.automatic:
            self.offset_ms = max(self.offset_ms, timestamp_ms - wall_ms())

    def step(self, step_ms: int) -> None:
        """Let chain time jump forward; the next block shows it."""
        if self.automatic:
            self.offset_ms += step_ms
        else:
            self.stepped_ms += step_ms

    def switch(self, block_ms: int, head_ms: int) -> None:
        """Change the block interval, or between automatic (> 0) and on demand (0)."""
        now_ms = self.now_ms(head_ms)
        self.block_ms = block_ms
        self.stepped_ms = 0
        self.offset_ms = max(0, now_ms - wall_ms())
        if not self.automatic:
            self.stepped_ms = max(0, now_ms - head_ms)

    def dump(self) -> dict[str, Any]:
        """Return what must survive a restart."""
        return {"offset_ms": self.offset_ms, "stepped_ms": self.stepped_ms}
