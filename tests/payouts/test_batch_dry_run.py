"""What a dry run of a batch learns from a node: the price of each row, one after the other."""

import pytest

from access.caller import caller_of_user
from access.idempotency import hash_of
from lucidpay.clock import utc_now
from payouts.files.price import prices_told
from payouts.models import Payout
from payouts.services.dry_run_many import BatchDryRun, batch_dry_run
from tests import builders
from tests.payouts.onchain import RESOURCES, staked, wallet_on
from tests.sandbox.people import Person
from tests.sandbox.process import SandboxProcess
from tests.tron.lying_node import LyingNode

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _on_chain(chain: SandboxProcess) -> None:
    wallet_on(chain)


def dry(*recipients: str) -> BatchDryRun:
    order = {
        "payouts": [builders.order(recipient_address=one) for one in recipients],
        "batch_type": "IMMEDIATE",
    }
    return batch_dry_run(
        caller=caller_of_user(builders.user()), order=order, body_hash=hash_of(order),
        now=utc_now(),
    )  # fmt: skip


def test_each_row_is_priced_for_its_recipient_and_paid_from_what_is_left(alice: Person) -> None:
    found = dry(alice.address, builders.address())
    holder, stranger = (row.forecast for row in found.rows)
    assert stranger.energy > 1.9 * holder.energy  # type: ignore[operator]
    assert holder.trx_after_sun == 1_000 * builders.TRX - holder.fee_sun  # type: ignore[operator]
    assert stranger.trx_after_sun == holder.trx_after_sun - stranger.fee_sun  # type: ignore[operator]
    [wallet] = found.wallets
    assert wallet.trx_after_sun == stranger.trx_after_sun
    assert wallet.usdt_after_micro == found.rows[1].usdt_after_micro == 975_000_000
    assert Payout.objects.count() == 0


def test_a_row_without_a_price_leaves_the_sum_open(chain: SandboxProcess, alice: Person) -> None:
    barred = builders.address()
    chain.post("/sandbox/usdt", blacklist=[barred])
    found = dry(barred, alice.address)
    assert [row.forecast.is_blacklisted for row in found.rows] == [True, False]
    assert found.wallets[0].trx_after_sun is None


def test_staked_energy_is_used_before_trx_and_given_to_no_two_rows(liar: LyingNode) -> None:
    """Also not what is promised to transfers that are under way, at worst."""
    liar.on(RESOURCES, staked(energy=300_000 + 130_285 + 100_000, bandwidth=2 * 345))
    builders.payout(builders.user(), status="processing")  # with a fee limit of 30 TRX
    found = dry(builders.address(), builders.address())
    burned = [row.forecast.fee_sun for row in found.rows]
    assert burned == [0, 30_285 * 100 + 345_000]
    drafts = [row.payout for row in found.rows if row.payout]
    [told] = prices_told(drafts, rows=2)
    assert "they use 260570 energy and burn 3.3735 TRX" in told
