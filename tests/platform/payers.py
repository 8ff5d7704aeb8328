"""People with keys of their own who pay on a platform's chain, with care: each payment once."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from http.client import HTTPException
from threading import Event
from typing import Any

from coincurve import PrivateKey

from tests.platform.running import Platform
from tests.sandbox.people import Draft, Person, call_draft, trx_draft
from tests.sandbox.process import Face
from tron.address import address_parse
from tron.trc20 import transfer_data

TRX, USDT = "TRX", "USDT"
EXPIRATION_MS = 12 * 3_600_000  # however far chain time is stepped
PAUSE_S = 0.7
# A receipt that says that nothing was moved is followed by another transaction.
MOVED = ("SUCCESS", "DEFAULT")
TROUBLE = (OSError, HTTPException, ValueError, KeyError, TypeError, AssertionError)


@dataclass(frozen=True)
class Payers:
    """Everybody who pays; ``stopped`` lets all of them give up."""

    platform: Platform
    stopped: Event

    def pay(self, key: PrivateKey, to: str, units: int, asset: str = USDT) -> str:
        """Send this, and return its txid when a solid block holds it; nothing when stopped.

        The same transaction is sent again until it stands there, so that it is paid once, whatever
        the node forgets.
        """
        while not self.stopped.is_set():
            made = self._signed(Person(key), to, units, asset)
            if made and self._until(partial(self._sent, made)) in MOVED:
                return made.txid
        return ""

    def _signed(self, payer: Person, to: str, units: int, asset: str) -> Draft | None:
        node = self._faces()[0]

        def draft() -> Draft:
            if asset == TRX:
                made = trx_draft(node, payer, address_parse(to), units)
            else:
                made = call_draft(node, payer, transfer_data(to, units))
            made.message.raw_data.expiration += EXPIRATION_MS
            return made.sign(payer)

        return self._until(draft)

    def _sent(self, made: Draft) -> str:
        """Send it to every face and return what a solid block says of it, if one holds it."""
        for face in self._faces():
            with suppress(*TROUBLE):
                if info := face.info(made.txid, "walletsolidity"):
                    return str(info["receipt"].get("result", "DEFAULT"))  # absent means so
            with suppress(*TROUBLE):
                face.post("/wallet/broadcasthex", transaction=made.hex)
        return ""

    def _until(self, found: Callable[[], Any]) -> Any:
        """Return the first answer, or nothing when stopped; a node that is away is asked again."""
        while not self.stopped.is_set():
            with suppress(*TROUBLE):
                if answer := found():
                    return answer
            self.stopped.wait(PAUSE_S)
        return None

    def _faces(self) -> list[Face]:
        return [Face(port) for port in self.platform.node_ports]

    def until_chain_time(self, ms: int) -> None:
        """Wait until the chain's head is from after this moment."""
        self._until(lambda: self._faces()[0].state()["head_time_ms"] > ms)
