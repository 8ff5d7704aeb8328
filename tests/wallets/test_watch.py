"""A wallet that is only watched: its flows are known, and nothing it does stops anybody."""

import pytest

from lucidpay.clock import utc_now
from lucidpay.verification import chain as chain_checks
from lucidpay.verification import money
from lucidpay.verification.findings import BEGINNING, Scope
from tests.sandbox.people import Person, settle, trx_draft, usdt_draft
from tests.sandbox.process import SandboxProcess
from tests.wallets.books import (
    balances,
    catch_up,
    faucet,
    faucet_is_known,
    hot,
    read,
    solidify,
    suspense,
)
from tron.halt import open_halts
from tron.models import ChainFlow, WatchedAddress
from wallets.models import Account, Asset, Wallet
from wallets.services.funding import funding_source_add
from wallets.services.reconcile import reconcile
from wallets.services.take_over import wallet_know
from wallets.tasks import open_wallets

pytestmark = pytest.mark.django_db


def test_what_leaves_it_halts_nothing_and_what_it_gives_a_wallet_is_explained(
    node: SandboxProcess,
) -> None:
    owner = Person()
    faucet(node, owner.address, usdt=500, trx=500)
    solidify(node)
    read()
    watched = wallet_know(name="treasury", kind="watch", address=owner.address)
    open_wallets()
    watched.refresh_from_db()
    assert watched.status == "active"
    assert WatchedAddress.objects.get().address == owner.address
    assert not Account.objects.filter(wallet=watched).exists()
    faucet_is_known(node)
    mine, hot_owner = hot(node)
    # Our own treasury, which may fill our wallets although it is one of them.
    funding_source_add(address=owner.address, note="treasury", by="tests", now=utc_now())
    settle(node, usdt_draft(node, owner, Person(), 7_000_000), owner)
    settle(node, trx_draft(node, owner, Person(), 1_000_000), owner)
    before = balances(mine)
    settle(node, usdt_draft(node, owner, hot_owner, 5_000_000), owner)
    catch_up(node)
    flows = ChainFlow.objects.filter(sender=owner.address)
    assert flows.filter(asset="USDT").count() == 2
    assert not flows.filter(booked_at=None).exists()
    assert open_halts() == []
    assert [suspense(asset) for asset in Asset] == [0, 0]
    assert balances(mine)[0] - before[0] == 5_000_000
    scope = Scope(now=utc_now(), since=BEGINNING)
    assert [*money.UNORDERED(scope), *money.UNBOOKED_FLOW(scope)] == []
    for _ in range(2):
        reconcile(now=utc_now())
    assert [wallet for wallet, _ in chain_checks.balances_now()] == [mine]
    assert Wallet.objects.count() == 2
