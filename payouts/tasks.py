"""Doorbells."""

from uuid import UUID

import structlog
from celery import shared_task

from lucidpay.clock import utc_now
from lucidpay.doorbell import ring
from lucidpay.errors import InvariantBroken
from lucidpay.sealing import VaultClosed, VaultMisconfigured
from payouts.services.complete import batches_complete
from payouts.services.follow_schedules import schedules_follow
from payouts.services.hold_paid import payouts_hold_paid
from payouts.services.pace import payouts_pace
from payouts.services.review import approvals_expire
from payouts.services.screen import payouts_screen
from payouts.services.settle import payouts_settle
from payouts.services.sign import payouts_sign
from payouts.services.top_up import top_ups_request
from payouts.services.upload_fill import uploads_work
from payouts.services.wait import HALTED, NO_CHAIN, NO_KEY, OUTFLOW_UNJUDGED, wallet_waits
from payouts.services.want_energy import energies_want
from payouts.tallies.fold import tallies_fold
from tron.breaker import note_failure
from tron.errors import NodeError
from tron.halt import Halted
from tron.reference import ChainNotReady
from tron.tasks import broadcast
from wallets.models import Wallet, WalletStatus
from wallets.services.book_flows import OutflowUnjudged
from wallets.vault import KeyDoesNotOpen

log = structlog.get_logger(__name__)

ROUNDS_MAX = 40  # of one ring; the next ring goes on


@shared_task(name="payouts.sign")
def sign() -> None:
    """Screen and sign what is due, wallet by wallet. One's trouble never stops another's payouts.

    All active wallets and not only those that routers name now: a payout keeps the wallet it
    was accepted for.
    """
    approvals_expire(now=utc_now())
    payouts_hold_paid(now=utc_now())
    active = Wallet.objects.filter(status=WalletStatus.ACTIVE)
    for wallet_id in active.values_list("pk", flat=True):
        try:
            _sign_all(wallet_id)
        except Halted as error:
            log.warning("signing_halted", wallet=str(wallet_id), error=str(error))
            wallet_waits(wallet_id=wallet_id, reason=f"{HALTED} {error}", now=utc_now())
        except OutflowUnjudged as error:
            log.warning("signing_waits_for_books", wallet=str(wallet_id), error=str(error))
            wallet_waits(wallet_id=wallet_id, reason=OUTFLOW_UNJUDGED, now=utc_now())
        except (ChainNotReady, NodeError) as error:
            if isinstance(error, NodeError):
                note_failure(error)
            log.warning("signing_waits", wallet=str(wallet_id), error=str(error))
            wallet_waits(wallet_id=wallet_id, reason=NO_CHAIN, now=utc_now())
        except (VaultClosed, VaultMisconfigured, KeyDoesNotOpen, InvariantBroken):
            log.critical("signing_stopped", wallet=str(wallet_id), exc_info=True)
            wallet_waits(wallet_id=wallet_id, reason=NO_KEY, now=utc_now())


def _sign_all(wallet_id: UUID) -> None:
    for _ in range(ROUNDS_MAX):
        # A chunk of each in turn: the first must not wait until the last is screened.
        screened = payouts_screen(wallet_id=wallet_id, now=utc_now())
        paced = payouts_pace(wallet_id=wallet_id, now=utc_now())
        signed = payouts_sign(wallet_id=wallet_id, now=utc_now())
        if signed:
            ring(broadcast)
        if not screened and not paced and not signed:
            return


@shared_task(name="payouts.settle")
def settle() -> None:
    """Act on what became final."""
    for _ in range(ROUNDS_MAX):
        if payouts_settle(now=utc_now()) == 0:
            return


@shared_task(name="payouts.fold_tallies")
def fold_tallies() -> None:
    """Add up what changed since the last time."""
    for _ in range(ROUNDS_MAX):
        if tallies_fold() == 0:
            return


@shared_task(name="payouts.release")
def release() -> None:
    """Take over edited release schedules, and sign what is due."""
    for batch_type in schedules_follow(now=utc_now()):
        log.info("release_schedule_taken_over", batch_type=batch_type)
    ring(sign)


@shared_task(name="payouts.top_up")
def top_up() -> None:
    """Ask for the top-ups that hot wallets need."""
    for looked in top_ups_request(now=utc_now()):
        if looked.payout is not None:
            log.info("top_up_asked_for", payout=looked.payout.public_id)
    ring(sign)


@shared_task(name="uploads.work")
def work_uploads() -> None:
    """Check files that people have uploaded, and store those that they have submitted.

    Keeps house by its queue: a large file must not stand before the signer.
    """
    for _ in range(ROUNDS_MAX):
        if not uploads_work(now=utc_now()):
            return
        ring(sign)


@shared_task(name="payouts.want_energy")
def want_energy() -> None:
    """Tell the stake how much energy payouts need."""
    energies_want(now=utc_now())


@shared_task(name="payouts.complete_batches")
def complete_batches() -> None:
    """Announce batches that have come to their end."""
    for _ in range(ROUNDS_MAX):
        if batches_complete(now=utc_now()) == 0:
            return
