"""Doorbells. The database knows what is due; these only make somebody look."""

import structlog
from celery import shared_task

from lucidpay.clock import utc_now
from tron.agree import blocks_agree
from tron.breaker import note_answer, note_failure
from tron.broadcast import broadcast_due
from tron.errors import NodeError, WrongChain
from tron.halt import Halted
from tron.look import look_at_nodes
from tron.scan import scan_solid
from tron.trc20 import MalformedCall

log = structlog.get_logger(__name__)

ROUNDS_MAX = 40  # of one ring; the next ring goes on


@shared_task(name="tron.broadcast")
def broadcast() -> None:
    """Send what is due."""
    try:
        for _ in range(ROUNDS_MAX):
            if broadcast_due(now=utc_now()) == 0:
                return
    except Halted as error:
        log.warning("nothing_is_sent", reason=str(error))
    except WrongChain:
        log.critical("nothing_is_sent_to_this_network", exc_info=True)


@shared_task(name="tron.scan")
def scan() -> None:
    """Read the solid blocks since the last time. A node that is away is met again next time."""
    try:
        for _ in range(ROUNDS_MAX):
            unread = scan_solid(now=utc_now())
            note_answer()
            if not blocks_agree(now=utc_now()) and not unread:
                return
    except (WrongChain, MalformedCall):
        # Signing stops by itself: it needs a fresh look at the chain, and there will be none.
        log.critical("chain_contradicts_itself", exc_info=True)
    except NodeError as error:
        note_failure(error)
        log.warning("scan_waits_for_node", error=str(error), code=error.code)


@shared_task(name="tron.look")
def look() -> None:
    """See how the nodes are."""
    look_at_nodes()
