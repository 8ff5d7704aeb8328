"""What confirming costs: as many statements and questions for many payouts as for one."""

import re
from collections import Counter

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lucidpay.clock import utc_now
from payouts.models import Payout
from payouts.services.settle import payouts_settle
from tests import builders
from tests.payouts.onchain import sign_now, wallet_on
from tests.sandbox.process import SandboxProcess
from tests.tron.chain import SOLID_LAG, scan_all
from tests.tron.lying_node import LyingNode
from tron.broadcast import broadcast_due
from tron.models import WatchedAddress
from wallets.models import Wallet

pytestmark = pytest.mark.django_db
RECEIPTS = "walletsolidity/gettransactioninfobyblocknum"
GENESIS = "wallet/getblockbynum"  # asked once a minute, whatever happens
MANY = 150


def confirmed(
    chain: SandboxProcess, liar: LyingNode, wallet: Wallet, count: int
) -> tuple[list[str], Counter[str]]:
    """Confirm payouts that stand in one block; return the statements and what was asked."""
    batch = builders.batch(builders.user(), count=count)
    assert sign_now(wallet) == count
    broadcast_due(now=utc_now())
    chain.mine(1 + SOLID_LAG)
    liar.heard.clear()
    with CaptureQueriesContext(connection) as captured:
        scan_all(now=utc_now())
        while payouts_settle(now=utc_now()):
            pass
    assert set(Payout.objects.filter(batch=batch).values_list("status", flat=True)) == {"confirmed"}
    asked = Counter(exchange.path for exchange in liar.heard if exchange.path != GENESIS)
    return [_kind(query["sql"]) for query in captured.captured_queries], asked


def _kind(sql: str) -> str:
    """Return what a statement does to which table, without its values."""
    words = re.sub(r'"s\d+_x\d+"', "savepoint", sql).split()
    return " ".join(words[:3])


def test_a_block_costs_the_same_whether_one_payout_in_it_is_ours_or_many(
    chain: SandboxProcess, liar: LyingNode
) -> None:
    wallet = wallet_on(chain, trx=100_000, usdt=10_000)
    WatchedAddress.objects.create(address=str(wallet.address), from_block=0)
    confirmed(chain, liar, wallet, 1)  # the first one opens the accounts of what was paid
    one, asked_for_one = confirmed(chain, liar, wallet, 1)
    many, asked_for_many = confirmed(chain, liar, wallet, MANY)
    assert many == one
    assert asked_for_many == asked_for_one
    assert asked_for_many[RECEIPTS] == 1
    assert many.count('UPDATE "payouts_payout" SET') == 1
