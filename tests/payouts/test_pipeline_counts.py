"""What a chunk costs from due to broadcast, in statements and node calls: counts, never times."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lucidpay.clock import utc_now
from payouts.models import Payout
from payouts.services.screen import payouts_screen
from payouts.services.sign import payouts_sign
from tests import builders
from tests.payouts.onchain import wallet_on
from tests.sandbox.process import SandboxProcess
from tests.tron.lying_node import LyingNode
from tron.broadcast import broadcast_due
from tron.models import ChainTransaction
from wallets.models import Wallet

pytestmark = pytest.mark.django_db(transaction=True)
CHUNK = 20
FEW, MANY = 100, 5_000
# Of the payouts of one chunk, each to somebody else.
SCREEN_CALLS, SIGN_CALLS, SEND_CALLS = 3, 0, 1
# Transactions are marked by these, and nodes' states written by the clock and not by the chunk.
NOT_COUNTED = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")


@pytest.fixture
def wallet(chain: SandboxProcess, settings: Any) -> Wallet:
    settings.PAYOUT_CHUNK = CHUNK
    return wallet_on(chain, trx=100_000)


def open_payouts(count: int) -> None:
    """Let so many payouts be open, each to somebody else, that nobody has screened."""
    if not Payout.objects.exists():
        builders.payout(builders.user(), amount_usdt=10_000)
        Payout.objects.update(screened_at=None)
    pending = Payout.objects.filter(status="pending", screened_at=None)
    names = [field.attname for field in Payout._meta.concrete_fields]
    same = {name: getattr(pending[0], name) for name in names}
    Payout.objects.bulk_create(
        Payout(**{**same, "id": uuid4(), "recipient_address": builders.address()})
        for _ in range(count - pending.count())
    )


def steps(wallet: Wallet) -> dict[str, Callable[[], int]]:
    """Return what takes a chunk from asked for to sent, in order."""
    return {
        "screen": lambda: payouts_screen(wallet_id=wallet.pk, now=utc_now()),
        "sign": lambda: payouts_sign(wallet_id=wallet.pk, now=utc_now()),
        "send": lambda: broadcast_due(now=utc_now()),
    }


def never_again() -> None:
    """Let nothing that was sent be due a second time, however slow this machine is."""
    ChainTransaction.objects.update(next_send_at=None)


def statements_of(work: Callable[[], int]) -> int:
    """Do a chunk and return how many statements it took."""
    with CaptureQueriesContext(connection) as caught:
        assert work() == CHUNK
    told = [one["sql"] for one in caught.captured_queries]
    return sum(not sql.startswith(NOT_COUNTED) and "tron_nodestate" not in sql for sql in told)


def test_a_chunk_takes_as_many_statements_with_five_thousand_open_as_with_a_hundred(
    wallet: Wallet,
) -> None:
    open_payouts(FEW)
    with_few = {name: statements_of(work) for name, work in steps(wallet).items()}
    never_again()
    open_payouts(MANY)
    with_many = {name: statements_of(work) for name, work in steps(wallet).items()}
    assert with_many == with_few == {"screen": 5, "sign": 25, "send": 5}


@pytest.mark.parametrize(
    ("step", "calls"), [("screen", SCREEN_CALLS), ("sign", SIGN_CALLS), ("send", SEND_CALLS)]
)
def test_a_payout_costs_the_same_node_calls_whatever_its_chunk(
    wallet: Wallet, liar: LyingNode, settings: Any, step: str, calls: int
) -> None:
    open_payouts(FEW)
    heard = {}
    for chunk in (CHUNK, 2 * CHUNK):
        settings.PAYOUT_CHUNK = chunk
        for name, work in steps(wallet).items():
            before = len(liar.heard)
            assert work() == chunk
            heard[name, chunk] = len(liar.heard) - before
        never_again()
    assert heard[step, 2 * CHUNK] - heard[step, CHUNK] == CHUNK * calls
