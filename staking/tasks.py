"""Doorbells."""

import structlog
from celery import shared_task

from lucidpay.clock import utc_now
from lucidpay.doorbell import ring
from staking.services.rebalance import energy_rebalance
from tron.halt import Halted, refuse_halted
from wallets.tasks import operate

log = structlog.get_logger(__name__)


@shared_task(name="staking.rebalance")
def rebalance() -> None:
    """Lend energy where payouts need it, and take back what stands idle."""
    try:
        refuse_halted()
    except Halted as error:
        log.warning("rebalancing_halted", error=str(error))
        return
    if energy_rebalance(now=utc_now()):
        ring(operate)
