"""Makes blocks by itself while the interval is more than 0."""

import asyncio
import logging

from tron.sandbox.network import Network

log = logging.getLogger(__name__)


class Producer:
    """One task that mines at every interval; ``wake`` tells it that the interval changed."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._changed = asyncio.Event()

    def wake(self) -> None:
        """Look at the interval again at once."""
        self._changed.set()

    async def run(self) -> None:
        """Mine for ever."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            block_ms = self._network.chain.clock.block_ms
            # A late block moves the schedule: blocks are never made up for.
            due = max(due + block_ms / 1000, loop.time())
            if await self._interrupted(due - loop.time() if block_ms else None):
                due = loop.time()
            elif self._network.chain.clock.automatic:  # it may have been stopped meanwhile
                self._network.mine()

    async def _interrupted(self, timeout_s: float | None) -> bool:
        """Wait; return True if ``wake`` was called before the time was over."""
        try:
            await asyncio.wait_for(self._changed.wait(), timeout_s)
        except TimeoutError:
            return False
        self._changed.clear()
        return True
