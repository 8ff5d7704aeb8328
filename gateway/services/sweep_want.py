"""Finding deposit addresses with enough to move, and keeping what is wanted up to date."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from gateway.models_sweep import Sweep
from gateway.policy.sweeping import lying_at
from gateway.states import SweepStatus
from lucidpay.ids import new_id
from payouts.models import Router, RouterType
from wallets.models import Wallet, WalletStatus
from wallets.models_deposit import Deposit, DepositAddress

CHUNK = 500
OPEN = (SweepStatus.WANTED, SweepStatus.SIGNED)
REASON_MAX = 200


def wallet_swept_to() -> Wallet | None:
    """Return the active wallet that pays for the gateway, ``None`` while there is none."""
    routers = Router.objects.select_related("wallet").defer("wallet__sealed_key")
    router = routers.filter(type=RouterType.GATEWAY).first()
    wallet = router.wallet if router else None
    return wallet if wallet is not None and wallet.status == WalletStatus.ACTIVE else None


def sweeps_want(*, now: datetime) -> int:
    """Weigh the next deposits that nobody has weighed, and return how many were.

    Each is weighed once, together with all that lies at its address. What is too little stays
    until more comes there, or until a person lets all be weighed anew.
    """
    wallet = wallet_swept_to()
    if wallet is None:
        return 0
    with transaction.atomic():
        rows = Deposit.objects.select_for_update(skip_locked=True, no_key=True)
        due = list(rows.filter(weighed_at=None, is_ours=False).order_by("pk")[:CHUNK])
        if due:
            sweeps_open({one.address_id for one in due}, wallet, look_at=now, now=now)
            Deposit.objects.filter(pk__in=[one.pk for one in due]).update(weighed_at=now)
    return len(due)


def deposits_forget_weight() -> int:
    """Let all deposits be weighed anew, and return how many: the settings may have changed."""
    weighed = Deposit.objects.filter(weighed_at__isnull=False, is_ours=False)
    return weighed.update(weighed_at=None)


def sweeps_open(
    address_ids: Iterable[int], wallet: Wallet, *, look_at: datetime, now: datetime
) -> list[Sweep]:
    """Want the sweep of each of these addresses with enough to move and none under way.

    In the caller's transaction. One that is under way is waited for until whoever has it commits:
    either its end sees what came meanwhile, or this sees its end.
    """
    keys = sorted(set(address_ids))
    open_ones = Sweep.objects.select_for_update(no_key=True).order_by("pk")
    busy = {one.address_id for one in open_ones.filter(address__in=keys, status__in=OPEN)}
    addresses = list(DepositAddress.objects.filter(pk__in=set(keys) - busy).order_by("pk"))
    lying = lying_at(addresses)
    wanted = [(one, move) for one in addresses if (move := lying[one.pk].wanted()) is not None]
    rows = [
        Sweep(
            id=new_id(now), address=address, asset=asset, units=units, wallet=wallet,
            look_at=look_at, created_at=now,
        )
        for address, (asset, units) in wanted
    ]  # fmt: skip
    # Two that see the same address at once: the database takes one.
    return Sweep.objects.bulk_create(rows, ignore_conflicts=True)


def sweep_locked(sweep: Sweep) -> Sweep | None:
    """Lock a sweep that is as it was when the chain was asked, ``None`` when it is not any more.

    One whose funding has changed since would be given the same again.
    """
    rows = Sweep.objects.select_for_update(no_key=True, of=("self",))
    same = rows.filter(pk=sweep.pk, status=SweepStatus.WANTED, funding=sweep.funding_id)
    return same.select_related("address").first()


def sweep_renew(sweep: Sweep, wallet: Wallet, why: str, *, now: datetime) -> bool:
    """End a sweep of which nothing is signed, and want what lies there now instead.

    What it was lent goes over to the next one. Returns whether it was this sweep still.
    """
    with transaction.atomic():
        row = sweep_locked(sweep)
        if row is None:
            return False
        lender_id, row.lender = row.lender_id, None
        row.status, row.ended_at, row.wait_reason = SweepStatus.FAILED, now, why[:REASON_MAX]
        row.save(update_fields=["status", "ended_at", "wait_reason", "lender"])
        sweeps_open([row.address_id], wallet, look_at=now, now=now)
        heirs = Sweep.objects.filter(address=row.address_id, status=SweepStatus.WANTED)
        if lender_id and not heirs.update(lender=lender_id):
            row.lender_id = lender_id
            row.save(update_fields=["lender"])
    return True
