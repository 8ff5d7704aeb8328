"""A receiver of webhooks that is not always well, and what it has heard in the end."""

import zlib
from collections import Counter

from tests.platform.running import Platform
from tests.webhooks.receiver import TAKEN, Receiver, Reply, Request, Served

REGISTER = "/api/v1/payments/webhooks/register"
KINDS = (
    *(f"payout.{kind}" for kind in ("created", "processing", "confirmed", "failed", "cancelled")),
    *(f"payment.{kind}" for kind in ("created", "started", "confirmed", "completed", "failed",
                                     "refunded", "disputed")),
)  # fmt: skip
WAITING = (
    "SELECT (SELECT count(*) FROM webhooks_delivery WHERE status = 'pending')"
    " + (SELECT count(*) FROM webhooks_place WHERE sequence IS NULL)"
)


class Listener(Served):
    """Refuses a third of all events once or twice before it takes them; verifies every one."""

    def __init__(self) -> None:
        super().__init__(Receiver(reply=_moody))

    def register(self, platform: Platform) -> None:
        """Ask to be told of every payout and payment."""
        body = {"url": self.receiver.url, "events": list(KINDS)}
        answer = platform.api("POST", REGISTER, body)
        assert answer.status == 201, answer.body
        self.receiver.secret = answer.body["secret"]

    def heard(self, subject: str = "payout") -> Counter[tuple[str, str]]:
        """Return (payout or payment, type) of the events that it has, each once by its id."""
        events = self.receiver.events.values()
        return Counter(
            (event["data"][f"{subject}_id"], event["type"])
            for event in events
            if event["type"].startswith(f"{subject}.")
        )


def _moody(request: Request, earlier: int) -> Reply:
    mood = zlib.crc32(request.event_id.encode()) % 6
    return (500, {}, b"") if earlier < mood - 3 else TAKEN
