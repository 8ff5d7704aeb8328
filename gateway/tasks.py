"""Doorbells."""

from collections.abc import Callable

import redis
import structlog
from celery import shared_task

from gateway.services.batch import payment_batches_complete
from gateway.services.direct import directs_match
from gateway.services.expire import payments_expire
from gateway.services.glance import payments_glance
from gateway.services.late import late_refund
from gateway.services.pay import legs_make
from gateway.services.reconcile import reconciliations_retry
from gateway.services.reconcile_due import payments_reconcile
from gateway.services.refund_pay import refunds_pay
from gateway.services.refund_settle import refunds_settle
from gateway.services.report_write import Clock, report_write_next
from gateway.services.settle import legs_settle
from gateway.services.settle_fees import settlement_make
from gateway.services.settle_fees_end import settlements_follow
from gateway.services.sweep import sweeps_go_on, sweeps_wait
from gateway.services.sweep_settle import sweeps_settle
from gateway.services.sweep_take_back import sweeps_take_back
from gateway.services.sweep_want import sweeps_want
from gateway.services.watch import deposits_take
from gateway.sums import payment_sums_fold
from lucidpay.clock import utc_now
from lucidpay.doorbell import ring
from lucidpay.errors import InvariantBroken
from lucidpay.leaving import is_leaving
from lucidpay.sealing import VaultClosed, VaultMisconfigured
from payouts.services.wait import HALTED, NO_CHAIN
from payouts.tasks import sign
from tron.errors import NodeError
from tron.halt import Halted
from tron.reference import ChainNotReady
from tron.tasks import broadcast
from wallets.services.deposits import payments_account_ask
from wallets.tasks import operate

log = structlog.get_logger(__name__)

ROUNDS_MAX = 40  # of one ring; the next ring goes on


def _all(step: Callable[..., int]) -> int:
    """Take steps until nothing is left or enough was done; return how much was."""
    done = 0
    for _ in range(ROUNDS_MAX):
        count = step(now=utc_now())
        done += count
        if count == 0:
            break
    return done


@shared_task(name="gateway.watch")
def watch() -> None:
    """Act on what came in, on what did not come in time, and on payees whose turn it is."""
    came = _all(deposits_take) + _all(directs_match)
    ended = _all(payments_expire) + _all(late_refund)
    if came + ended + _all(legs_settle):
        ring(refund)
    if legs_make(now=utc_now()):
        ring(sign)
    _all(payment_batches_complete)


@shared_task(name="gateway.refund")
def refund() -> None:
    """Ask for what pays refunds, and act on what became of it."""
    if _all(refunds_pay):
        ring(sign)
        ring(operate)
    _all(refunds_settle)


@shared_task(name="gateway.glance")
def glance() -> None:
    """Tell payers that their money was seen."""
    try:
        payments_glance(now=utc_now())
    except NodeError as error:
        log.warning("payments_not_glanced", error=str(error))


@shared_task(name="gateway.open")
def open_account() -> None:
    """Let there be an account of deposit addresses before the first payment asks for one."""
    payments_account_ask(now=utc_now())


@shared_task(name="gateway.reports")
def reports() -> None:
    """Write the files of reports that were asked for."""
    clock = Clock(now=utc_now, goes_on=_goes_on)
    for _ in range(ROUNDS_MAX):
        if report_write_next(clock) is None:
            return


@shared_task(name="gateway.fold_sums")
def fold_sums() -> None:
    """Add up what changed about payments since the last time."""
    for _ in range(ROUNDS_MAX):
        if payment_sums_fold() == 0:
            return


def _goes_on() -> bool:
    try:
        return not is_leaving()
    except redis.RedisError as error:  # nobody can be told to stop by it, either
        log.warning("leaving_not_asked", error=str(error))
        return True


@shared_task(name="gateway.sweep")
def sweep() -> None:
    """Find deposit addresses that are worth emptying, and go on with emptying them."""
    for _ in range(ROUNDS_MAX):
        if sweeps_want(now=utc_now()) == 0:
            break
    try:
        _sweep_on()
    except Halted as error:
        log.warning("sweeping_halted", error=str(error))
        sweeps_wait(f"{HALTED} {error}", now=utc_now())
    except (ChainNotReady, NodeError) as error:
        log.warning("sweeping_waits", error=str(error))
        sweeps_wait(NO_CHAIN, now=utc_now())
    except (VaultClosed, VaultMisconfigured, InvariantBroken):
        log.critical("sweeping_stopped", exc_info=True)


def _sweep_on() -> None:
    sweeps_take_back(now=utc_now())
    for _ in range(ROUNDS_MAX):
        looked, signed = sweeps_go_on(now=utc_now())
        if signed:
            ring(broadcast)
        if not looked:
            return


@shared_task(name="gateway.settle_sweeps")
def settle_sweeps() -> None:
    """Act on what became final of what was sent from deposit addresses."""
    for _ in range(ROUNDS_MAX):
        if sweeps_settle(now=utc_now()) == 0:
            return


@shared_task(name="gateway.settle_fees")
def settle_fees() -> None:
    """Follow the settlement that is under way, or begin the one that is due."""
    settlements_follow(now=utc_now())
    if settlement_make(now=utc_now()).settlement is not None:
        ring(sign)


@shared_task(name="gateway.reconcile")
def reconcile() -> None:
    """Compare payments with the books and the chain, and go on with what waits."""
    for _ in range(ROUNDS_MAX):
        if payments_reconcile(now=utc_now()) == 0:
            break
    reconciliations_retry(now=utc_now())
