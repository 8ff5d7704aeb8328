"""All that is sealed, sealed anew with the vault's present key."""

from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Model

from lucidpay import sealing
from lucidpay.sealing import VAULT, VAULTS, DoesNotOpen, VaultClosed, key_of
from wallets.models import Wallet
from wallets.models_deposit import DepositAccount
from wallets.models_keys import KeyRequest
from webhooks.models import Endpoint
from webhooks.secrets import vault as webhook_vault

# Every column of boxes for a vault; a test looks for others. Words of new wallets are not among
# them: they are for a process's own mailbox, and gone in a minute.
BOXES: dict[type[Model], tuple[str, ...]] = {
    Wallet: ("sealed_key",),
    DepositAccount: ("sealed_seed",),
    KeyRequest: ("sealed_password",),
    Endpoint: ("sealed_secret", "sealed_previous", "sealed_headers"),
}


@dataclass
class Rewrapped:
    """What was done, and which boxes neither key opens."""

    sealed_anew: dict[str, int] = field(default_factory=dict)
    present: dict[str, int] = field(default_factory=dict)
    closed: list[str] = field(default_factory=list)


def boxes_rewrap(*, is_dry: bool = False) -> Rewrapped:
    """Seal everything anew that the key before has sealed; return what was done.

    One transaction, all rows locked: either all or nothing. What is in boxes of the present key
    already is left alone, so it can be done again at any time. A box that neither key opens stays
    as it is and is named. Of two vaults, what is in that whose key is here. Raises
    ``VaultClosed`` where there is none.
    """
    done = Rewrapped()
    if not any(map(key_of, VAULTS)):
        raise VaultClosed
    with transaction.atomic():
        for model, columns in BOXES.items():
            if not key_of(_vault_of(model)):
                continue
            for row in model._default_manager.select_for_update(no_key=True).order_by("pk"):
                _rewrap(row, columns, done, is_dry=is_dry)
    return done


def _vault_of(model: type[Model]) -> str:
    return webhook_vault() if model is Endpoint else VAULT


def _rewrap(row: Any, columns: tuple[str, ...], done: Rewrapped, *, is_dry: bool) -> None:
    vault, changed = _vault_of(type(row)), []
    for column in columns:
        box, name = getattr(row, column), f"{row._meta.label}.{column}"
        if not box:
            continue
        try:
            anew = sealing.sealed_anew(box, vault=vault)
        except DoesNotOpen:
            done.closed.append(f"{name} of {row.pk}")
            continue
        count = done.present if anew is None else done.sealed_anew
        count[name] = count.get(name, 0) + 1
        if anew is not None:
            setattr(row, column, anew)
            changed.append(column)
    if changed and not is_dry:
        row.save(update_fields=changed)
