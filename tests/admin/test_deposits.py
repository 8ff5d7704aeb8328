"""Where a deposit address and what came to it are found."""

import pytest
from django.test import Client

from lucidpay.clock import utc_now
from tests import builders
from tests.admin import pages
from tests.admin.conftest import Enter
from tests.deposits import deposit_address_next
from wallets.models_deposit import Deposit, DepositAddress
from wallets.services.deposits import payments_account_ask, seeds_make

pytestmark = pytest.mark.django_db


def address() -> DepositAddress:
    """Return an address that was just handed out."""
    account = payments_account_ask(now=utc_now())
    seeds_make()
    return deposit_address_next(account_id=account.pk, now=utc_now())


def deposit(to: DepositAddress, txid: str, **fields: bool) -> Deposit:
    """Return 7 USDT that came to an address."""
    given = {"is_ours": False, **fields}
    return Deposit.objects.create(
        address=to, txid=txid, log_index=0, asset="USDT", units=7_000_000,
        sender=builders.address(), block_number=9, block_time_ms=1, created_at=utc_now(), **given,
    )  # fmt: skip


def found(client: Client, model: str, **query: str) -> str:
    """Return the list of a model as text."""
    return client.get(pages.listing(model), query).content.decode()


def test_an_address_and_its_deposits_are_found_by_the_address(enter: Enter) -> None:
    client, first, second = enter("operator"), address(), address()
    came, other = deposit(first, "a" * 64), deposit(second, "b" * 64)
    assert pages.detail(first) in found(client, "wallets_depositaddress", q=first.address)
    assert pages.detail(second) not in found(client, "wallets_depositaddress", q=first.address)
    for term in (first.address, came.txid):
        listing = found(client, "wallets_deposit", q=term)
        assert pages.detail(came) in listing
        assert pages.detail(other) not in listing
    page = client.get(pages.detail(first)).content.decode()
    assert "7.00 USDT" in page
    assert came.txid in page


def test_our_own_are_told_from_payers(enter: Enter) -> None:
    client, to = enter("auditor"), address()
    theirs, ours = deposit(to, "a" * 64), deposit(to, "b" * 64, is_ours=True)
    listing = found(client, "wallets_deposit", whose="ours")
    assert pages.detail(ours) in listing
    assert pages.detail(theirs) not in listing
