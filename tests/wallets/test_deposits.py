"""Deposit addresses: each handed out once, none left out, derived where nothing can be opened."""

import threading
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from lucidpay.clock import utc_now
from lucidpay.errors import InvariantBroken
from lucidpay.sealing import VaultClosed
from tests.deposits import deposit_account_create, deposit_address_next
from tests.wallets.test_hd import bip_utils
from tron.models import WatchedAddress
from wallets import vault
from wallets.models import WalletKind
from wallets.models_deposit import DepositAccount, DepositAddress
from wallets.services.deposits import (
    DepositsNotReady,
    deposit_addresses_next,
    deposit_signer,
    payments_account,
    seeds_make,
)
from wallets.services.funding import SourceIsDeposit, funding_source_add
from wallets.services.take_over import wallet_import, wallet_know
from wallets.services.taken import AddressHandedOut
from wallets.tasks import open_wallets


def account(number: int = 0) -> DepositAccount:
    """Return an account whose seed a worker has made."""
    made = deposit_account_create(name=f"shop {number}", account=number, now=utc_now())
    seeds_make()
    made.refresh_from_db()
    return made


def next_of(made: DepositAccount) -> DepositAddress:
    return deposit_address_next(account_id=made.pk, now=utc_now())


@pytest.mark.django_db
def test_the_web_hands_out_what_a_worker_can_sign_for(settings: Any) -> None:
    made = account(3)
    vault_key, settings.VAULT_KEY = settings.VAULT_KEY, ""
    given = [next_of(made) for _ in range(5)]
    with pytest.raises(VaultClosed):
        deposit_signer(given[0])
    settings.VAULT_KEY = vault_key
    assert [one.index for one in given] == [0, 1, 2, 3, 4]
    # Another library grows the same addresses from the public key.
    theirs = bip_utils.Bip44.FromExtendedKey(made.public_key, bip_utils.Bip44Coins.TRON)
    change = theirs.Change(bip_utils.Bip44Changes.CHAIN_EXT)
    for one in given:
        assert change.AddressIndex(one.index).PublicKey().ToAddress() == one.address
        assert deposit_signer(one).address == one.address
    assert seeds_make() == 0


@pytest.mark.django_db
def test_a_thousand_in_one_go_are_watched_and_go_on_where_the_last_ended() -> None:
    made = account()
    first = next_of(made)
    given = deposit_addresses_next(account_id=made.pk, count=1000, now=utc_now())
    assert [one.index for one in given] == list(range(1, 1001))
    assert next_of(made).index == 1001
    watched = WatchedAddress.objects.filter(from_block=0).values_list("address", flat=True)
    assert set(watched) > {first.address, *(one.address for one in given)}
    for one in (given[0], given[-1]):
        stored = DepositAddress.objects.get(pk=one.pk)
        assert deposit_signer(stored).address == stored.address == one.address
    costs = []
    for count in (1, 50):
        with CaptureQueriesContext(connection) as queries:
            deposit_addresses_next(account_id=made.pk, count=count, now=utc_now())
        costs.append(len(queries))
    assert costs[0] == costs[1]


@pytest.mark.django_db
@pytest.mark.parametrize("count", [0, 1001])
def test_it_refuses_none_and_too_many(count: int) -> None:
    with pytest.raises(InvariantBroken):
        deposit_addresses_next(account_id=account().pk, count=count, now=utc_now())


@pytest.mark.django_db
def test_one_that_was_only_watched_before_can_be_handed_out() -> None:
    made = account()
    known = vault.child_addresses(made.public_key, range(1))[0]
    WatchedAddress.objects.create(address=known, from_block=7)
    assert next_of(made).address == known
    assert WatchedAddress.objects.get(address=known).from_block == 7


@pytest.mark.django_db
def test_the_gateway_s_account_is_asked_for_once_and_used_when_it_has_its_key() -> None:
    for _ in range(2):
        with pytest.raises(DepositsNotReady):
            payments_account(now=utc_now())
    assert seeds_make() == 1
    assert payments_account(now=utc_now()).name == "payments"


@pytest.mark.django_db
def test_workers_ask_for_the_gateway_s_account_by_themselves() -> None:
    """What a refused request has asked for is undone with it."""
    with transaction.atomic():
        with pytest.raises(DepositsNotReady):
            payments_account(now=utc_now())
        transaction.set_rollback(True)
    open_wallets()
    assert next_of(payments_account(now=utc_now())).index == 0


@pytest.mark.django_db
def test_before_a_worker_came_there_is_none() -> None:
    made = deposit_account_create(name="shop", now=utc_now())
    with pytest.raises(DepositsNotReady):
        next_of(made)


@pytest.mark.django_db
def test_what_was_not_stored_leaves_no_gap() -> None:
    made = account()
    next_of(made)
    with transaction.atomic():
        assert next_of(made).index == 1
        transaction.set_rollback(True)  # the payment it was for was refused
    assert next_of(made).index == 1


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_get_twenty_in_a_row() -> None:
    made, start = account(), threading.Barrier(4)

    def take() -> None:
        start.wait()
        for _ in range(5):
            next_of(made)
        connection.close()

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rows = DepositAddress.objects.order_by("index")
    assert [row.index for row in rows] == list(range(20))
    assert len({row.address for row in rows}) == 20


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE wallets_depositaccount SET public_key = 'xpub'",
        "UPDATE wallets_depositaccount SET account = 9",
        "DELETE FROM wallets_depositaccount",
        "UPDATE wallets_depositaddress SET address = 'T'",
        "DELETE FROM wallets_depositaddress",
    ],
)
def test_the_database_keeps_what_addresses_have_grown_from(statement: str) -> None:
    next_of(account())
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db
def test_a_seed_of_another_account_signs_nothing() -> None:
    made, other = account(0), account(1)
    given = next_of(made)
    DepositAccount.objects.filter(pk=made.pk).update(sealed_seed=other.sealed_seed)
    with pytest.raises(vault.KeyDoesNotOpen):
        deposit_signer(DepositAddress.objects.select_related("account").get(pk=given.pk))


@pytest.mark.django_db
def test_an_address_that_was_handed_out_is_no_wallet_and_no_source() -> None:
    """Its money would be booked twice, or a wallet never open."""
    given = next_of(account())
    with pytest.raises(AddressHandedOut):
        wallet_know(name="it", kind=WalletKind.WATCH, address=given.address)
    key = deposit_signer(given)._key.to_hex()
    with pytest.raises(AddressHandedOut):
        wallet_import(name="it", private_key_hex=key)
    with pytest.raises(SourceIsDeposit):
        funding_source_add(address=given.address, note="", by="tests", now=utc_now())
