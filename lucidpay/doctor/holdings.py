"""What must not be lost or stopped unseen: backups of keys, open halts, room on the disk."""

import shutil
import tempfile
from collections.abc import Iterator

from django.db import Error

from lucidpay.doctor.line import OK, WARNING, WRONG, Line
from tron.halt import open_halts
from wallets.models import Wallet, WalletStatus

WALLETS, HALTS, DISK = "wallets", "kill switch", "disk"
MIB = 1024**2
# The largest report by default, 200,000 payments as a workbook, wants three to four hundred MiB
# while it is written. An upload is refused above twice UPLOAD_BYTES_MAX: 32 MiB, or 128 at most.
FREE_MIN_BYTES = 400 * MIB
NAMES_MAX = 5


def wallet_lines() -> Iterator[Line]:
    """Yield which keys that are here nobody has a copy of; nothing without the database."""
    ours = Wallet.objects.exclude(sealed_key="").exclude(status=WalletStatus.ARCHIVED)
    try:
        names = list(ours.filter(backed_up_at=None).order_by("name").values_list("name", flat=True))
        count = ours.count()
    except Error:
        return  # said where the database is looked at
    if names:
        more = f" and {len(names) - NAMES_MAX} more" if len(names) > NAMES_MAX else ""
        what = f"no backup was made of the key of {', '.join(names[:NAMES_MAX])}{more}"
        yield Line(WALLETS, WARNING, what, "manage.py wallet backup NAME > NAME.json, kept offline")
    else:
        yield Line(WALLETS, OK, f"keys that are here: {count}; each was backed up")


def halt_lines() -> Iterator[Line]:
    """Yield what stops all payouts; nothing without the database."""
    try:
        halts = open_halts()
    except Error:
        return  # said where the database is looked at
    for one in halts:
        what = f"halt {one.pk} ({one.cause}) is open: nothing is signed or sent"
        yield Line(HALTS, WRONG, what, "docs/operations.md, The kill switch is on")
    if not halts:
        yield Line(HALTS, OK, "nothing stops payouts")


def disk_lines() -> Iterator[Line]:
    """Yield whether reports and uploads have room: they pass through temporary files."""
    place = tempfile.gettempdir()
    free = shutil.disk_usage(place).free
    what = f"{free // MIB:,} MiB free in {place}"
    if free < FREE_MIN_BYTES:
        yield Line(DISK, WRONG, what, "make room, or set TMPDIR: reports and uploads need it")
    else:
        yield Line(DISK, OK, what)
