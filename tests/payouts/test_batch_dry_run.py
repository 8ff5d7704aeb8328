"""What a dry run of a batch learns from a node: the price of each row, one after the other."""

import pytest

from access.caller import caller_of_user
from access.idempotency import hash_of
from lucidpay.clock import utc_now
from payouts.models import Payout
from payouts.services.dry_run_many import BatchDryRun, batch_dry_run
from tests import builders
from tests.payouts.onchain import wallet_on
from tests.sandbox.people import Person
from tests.sandbox.process import SandboxProcess

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
