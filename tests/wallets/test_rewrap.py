"""Replacing the vault's key: at every step all that was sealed opens, and nothing is lost."""

from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command

from access.models import SecondFactor
from lucidpay import sealing
from lucidpay.clock import utc_now
from lucidpay.sealing import VaultClosed, vault_key_pair
from tests import builders
from tests.deposits import deposit_account_create, deposit_address_next
from wallets import vault
from wallets.models import Wallet
from wallets.models_deposit import DepositAccount
from wallets.models_keys import KeyRequest
from wallets.services.backup import backup_ask, backups_make
from wallets.services.deposits import deposit_signer as signer
from wallets.services.deposits import seeds_make
from wallets.services.open import wallet_import
from wallets.services.rewrap import BOXES, boxes_rewrap
from webhooks.models import Endpoint
from webhooks.secrets import headers_open, secret_open
from webhooks.services.register import endpoint_register

pytestmark = pytest.mark.django_db
KEY = "01" * 32


@pytest.fixture
def sealed() -> list[Any]:
    """One row of each kind that has boxes."""
    now = utc_now()
    wallet = wallet_import(name="payroll", private_key_hex=KEY)
    deposit_account_create(name="shop", now=now)
    seeds_make()
    owner = builders.user("operator").pk
    backup_ask(wallet=wallet, owner_id=owner, password="correct horse", now=now)
    endpoint, secret = endpoint_register(
        owner_id=owner, url="https://93.184.216.34/", events=["batch.created"],
        headers={"X-Shop": "north"}, is_active=True, now=now,
    )  # fmt: skip
    return [wallet, endpoint, secret]


def replace(settings: Any) -> None:
    """Give the worker another key, beside the one before."""
    settings.VAULT_KEY_PREVIOUS = settings.VAULT_KEY
    settings.VAULT_KEY, settings.VAULT_PUBLIC_KEY = vault_key_pair()


def all_opens(wallet: Wallet, endpoint: Endpoint, secret: str) -> None:
    """Open everything, as those who need it do."""
    wallet.refresh_from_db()
    address = str(wallet.address)
    assert vault.open_key(sealed_key=wallet.sealed_key, address=address).address == address
    given = deposit_address_next(account_id=DepositAccount.objects.get().pk, now=utc_now())
    assert signer(given).address == given.address
    endpoint.refresh_from_db()
    assert secret_open(endpoint.sealed_secret, endpoint.pk) == secret
    assert headers_open(endpoint.sealed_headers, endpoint.pk) == {"X-Shop": "north"}


def rotate(*options: str) -> str:
    said = StringIO()
    call_command("rotate_vault_key", *options, stdout=said, stderr=said)
    return said.getvalue()


def test_every_box_that_any_table_has_is_known() -> None:
    """A box that was forgotten would be lost with the key before."""
    columns = {
        (model, field.name)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if field.name.startswith("sealed")
    }
    known = {(model, name) for model, names in BOXES.items() for name in names}
    # The first is forgotten when it was read; the other is sealed under SECRET_KEY.
    assert columns - known == {(KeyRequest, "sealed_words"), (SecondFactor, "sealed_secret")}
    assert known <= columns


def test_at_every_step_everything_opens(
    sealed: list[Any], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wallets.keystore.SCRYPT_N", 2**7)
    wallet, endpoint, secret = sealed
    replace(settings)
    all_opens(wallet, endpoint, secret)  # before it is rotated, by the key before
    wallet_import(name="meanwhile", private_key_hex="02" * 32)
    before = Wallet.objects.get(name="payroll").sealed_key
    assert "1 would be sealed anew, 1 with the present key already" in rotate("--dry-run")
    assert Wallet.objects.get(name="payroll").sealed_key == before
    said = rotate()
    assert "wallets.Wallet.sealed_key: 1 sealed anew, 1 with the present key already" in said
    for name in ("DepositAccount.sealed_seed", "KeyRequest.sealed_password",
                 "Endpoint.sealed_secret", "Endpoint.sealed_headers"):  # fmt: skip
        assert f"{name}: 1 sealed anew" in said
    settings.VAULT_KEY_PREVIOUS = ""
    all_opens(wallet, endpoint, secret)  # afterwards, without it
    assert backups_make() == 1
    assert KeyRequest.objects.get().keystore
    again = boxes_rewrap()
    assert (again.sealed_anew, again.closed) == ({}, [])


def test_what_neither_key_opens_is_named_and_left_and_the_rest_is_done(
    sealed: list[Any], settings: Any
) -> None:
    wallet, endpoint, secret = sealed
    lost = wallet_import(name="lost", private_key_hex="02" * 32)
    strange = sealing.seal_for(vault_key_pair()[1], b"\x02" * 32)
    Wallet.objects.filter(pk=lost.pk).update(sealed_key=strange)
    replace(settings)
    with pytest.raises(CommandError, match="1 boxes are opened by neither"):
        rotate()
    settings.VAULT_KEY_PREVIOUS = ""
    all_opens(wallet, endpoint, secret)
    assert Wallet.objects.get(pk=lost.pk).sealed_key == strange


def test_it_is_all_or_nothing(
    sealed: list[Any], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace(settings)
    before = list(Wallet.objects.values_list("sealed_key", flat=True))

    def broken(*_: Any, **__: Any) -> str:
        raise OSError("the machine stops amid webhooks")

    monkeypatch.setattr(Endpoint, "save", broken)
    with pytest.raises(OSError, match="stops"):
        boxes_rewrap()
    assert list(Wallet.objects.values_list("sealed_key", flat=True)) == before


def test_each_vault_is_rotated_where_its_key_is(sealed: list[Any], settings: Any) -> None:
    """The sender of webhooks has a key of its own, and no worker but it has that."""
    replace(settings)
    settings.WEBHOOK_VAULT_PUBLIC_KEY = vault_key_pair()[1]
    assert "webhooks.Endpoint.sealed_secret" not in boxes_rewrap().sealed_anew
    settings.VAULT_KEY = ""
    with pytest.raises(VaultClosed):
        boxes_rewrap()
    with pytest.raises(CommandError, match="not given the vault's key"):
        rotate()
