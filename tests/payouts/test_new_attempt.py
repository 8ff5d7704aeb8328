"""After a receipt that proves that nothing was paid: one more attempt, or the truth."""

from typing import Any

import pytest
from django.db.models import Sum

from lucidpay.clock import utc_now
from payouts.models import Payout
from payouts.services.cancel import payout_cancel
from payouts.services.settle import payouts_settle
from payouts.services.wait import USDT_PAUSED
from tests import builders
from tests.payouts.onchain import (
    CONSTANT,
    due_again,
    fresh,
    pay,
    sign_now,
    solidify,
    switched_on,
    tx_of,
    wallet_on,
)
from tests.sandbox.process import SandboxProcess
from tests.tron.chain import usdt_received
from tests.tron.lying_node import LyingNode, changes, tells_the_truth
from tron.broadcast import broadcast_due
from tron.models import ChainTransaction
from wallets.models import Account, Asset, Entry, Hold
from webhooks.models import Event

pytestmark = pytest.mark.django_db
LIMIT_SUN = 16_937_050  # 130,285 energy at 100 sun and 30 %


def underestimated(answer: Any) -> Any:
    """Answer as a node before the price of energy rose: half of what it will take."""
    if answer["energy_used"] > 10_000:
        answer["energy_used"] //= 2
    return answer


def out_of_energy(chain: SandboxProcess, liar: LyingNode, wallet: Any, payout: Payout) -> None:
    """Let an attempt end OUT_OF_ENERGY, and the node tell the truth from then on."""
    liar.on(CONSTANT, changes(underestimated))
    assert pay(chain, wallet) == 1
    liar.on(CONSTANT, tells_the_truth)


def reverted(chain: SandboxProcess, wallet: Any, payout: Payout) -> None:
    """Let an attempt end REVERT: its sender is blacklisted between signing and execution."""
    assert sign_now(wallet) == 1
    chain.post("/sandbox/usdt", blacklist=[wallet.address])
    broadcast_due(now=utc_now())
    solidify(chain)
    payouts_settle(now=utc_now())


def attempts(payout: Payout) -> list[tuple[str, str]]:
    """Return (status, result) of each transaction, the oldest first."""
    rows = ChainTransaction.objects.filter(subject=payout.pk).order_by("pk")
    return list(rows.values_list("status", "result"))


def burned_sun() -> int:
    """Return all fees in the books."""
    rows = Entry.objects.filter(account__kind=Account.Kind.FEES, asset=Asset.TRX)
    return rows.aggregate(sum=Sum("units"))["sum"] or 0


def test_out_of_energy_is_tried_once_more_and_paid_once(
    chain: SandboxProcess, liar: LyingNode
) -> None:
    wallet = wallet_on(chain)
    payout = builders.payout(builders.user())
    out_of_energy(chain, liar, wallet, payout)
    row = fresh(payout)
    assert (row.status, row.failures, row.error_code) == ("pending", 1, "")
    assert pay(chain, wallet) == 1
    assert attempts(payout) == [("failed", "OUT_OF_ENERGY"), ("succeeded", "SUCCESS")]
    assert fresh(payout).status == "confirmed"
    assert usdt_received(chain, payout.recipient_address) == payout.amount_micro
    txs = ChainTransaction.objects.filter(subject=payout.pk)
    assert burned_sun() == sum(tx.fee_sun or 0 for tx in txs) > 0
    assert not Hold.objects.filter(status="open").exists()


def test_its_event_says_why_another_attempt_is_safe(chain: SandboxProcess, liar: LyingNode) -> None:
    wallet = wallet_on(chain)
    payout = builders.payout(builders.user())
    out_of_energy(chain, liar, wallet, payout)
    event = payout.events.latest("pk")
    assert (event.from_status, event.to_status) == ("processing", "pending")
    assert "nothing was paid, so another attempt is safe" in event.note
    assert event.details["result"] == "OUT_OF_ENERGY"
    assert event.details["txid"] == tx_of(payout).txid
    assert event.details["block"] == tx_of(payout).block_number
    told = Event.objects.filter(subject=payout.pk).values_list("type", flat=True)
    assert "payout.failed" not in told


def test_its_story_tells_what_was_asked_of_the_chain_before_it_was_signed(
    chain: SandboxProcess, liar: LyingNode
) -> None:
    wallet = wallet_on(chain)
    payout = builders.payout(builders.user())
    sign_now(wallet)
    told = payout.events.latest("pk").details
    tx = tx_of(payout)
    assert (told["txid"], told["energy"], told["fee_limit_sun"]) == (
        tx.txid,
        tx.energy_estimate,
        tx.fee_limit_sun,
    )
    assert set(told["checks"]) == {"token", "sender", "recipient", "transfer"}
    held = Hold.objects.get(subject=payout.pk, account__asset=Asset.TRX)
    assert told["held_sun"] == held.units


def test_the_new_attempt_has_a_fresh_estimate_and_more_room(
    chain: SandboxProcess, liar: LyingNode
) -> None:
    wallet = wallet_on(chain)
    payout = builders.payout(builders.user())
    out_of_energy(chain, liar, wallet, payout)
    first = tx_of(payout)
    sign_now(wallet)
    second = tx_of(payout)
    assert (first.energy_estimate, second.energy_estimate) == (65_142, 130_285)
    assert second.fee_limit_sun == -(-LIMIT_SUN * 150 // 100)
    assert second.txid != first.txid


def test_a_second_failing_receipt_is_the_end(chain: SandboxProcess, liar: LyingNode) -> None:
    wallet = wallet_on(chain)
    payout = builders.payout(builders.user())
    out_of_energy(chain, liar, wallet, payout)
    builders.signed(fresh(payout))
    builders.chain_says(payout, "failed")
    payouts_settle(now=utc_now())
    row = fresh(payout)
    assert (row.status, row.failures, row.tries) == ("failed", 2, 2)
    assert "Nothing was paid; 13.5 TRX burned" in row.error_message
    assert sign_now(wallet) == 0


@pytest.mark.parametrize(("allowed", "tries"), [(0, 1), (1, 2), (3, 4)])
def test_there_are_as_many_new_attempts_as_the_setting_says(
    settings: Any, allowed: int, tries: int
) -> None:
    settings.PAYOUT_NEW_ATTEMPTS = allowed
    builders.hot_wallet()
    payout = builders.payout(builders.user())
    while fresh(payout).status == "pending":
        builders.signed(fresh(payout))
        builders.chain_says(payout, "failed")
        payouts_settle(now=utc_now())
    row = fresh(payout)
    assert (row.status, row.tries, row.failures) == ("failed", tries, tries)


def test_used_up_tries_end_it_whatever_the_setting_says(settings: Any) -> None:
    settings.PAYOUT_NEW_ATTEMPTS, settings.PAYOUT_TRIES_MAX = 3, 1
    builders.hot_wallet()
    payout = builders.payout(builders.user(), status="processing")
    builders.chain_says(payout, "failed")
    payouts_settle(now=utc_now())
    assert fresh(payout).status == "failed"


def test_a_death_does_not_count_as_a_failing_receipt(settings: Any) -> None:
    builders.hot_wallet()
    payout = builders.payout(builders.user())
    for end in ("dead", "failed", "dead"):
        builders.signed(fresh(payout))
        builders.chain_says(payout, end)
        payouts_settle(now=utc_now())
        assert fresh(payout).status == "pending"
    assert (fresh(payout).failures, fresh(payout).tries) == (1, 3)


def test_after_a_revert_it_is_signed_again_when_the_transfer_would_pass(
    chain: SandboxProcess,
) -> None:
    wallet = wallet_on(chain)
    payout = builders.payout(builders.user())
    reverted(chain, wallet, payout)
    assert fresh(payout).status == "pending"
    chain.post("/sandbox/usdt", unblacklist=[wallet.address])
    assert pay(chain, wallet) == 1
    assert attempts(payout) == [("failed", "REVERT"), ("succeeded", "SUCCESS")]


def test_after_a_revert_with_the_sender_blacklisted_it_ends_and_the_wallet_waits(
    chain: SandboxProcess,
) -> None:
    wallet = wallet_on(chain)
    payout = builders.payout(builders.user())
    reverted(chain, wallet, payout)
    other = builders.payout(builders.user())
    assert sign_now(wallet) == 0
    row = fresh(payout)
    assert (row.status, row.error_code) == ("failed", "LUCID_ERR_2008")
    assert "the USDT contract refused the transfer (REVERT)" in row.error_message
    assert "has blacklisted the paying wallet" in row.error_message
    assert attempts(payout) == [("failed", "REVERT")]
    assert fresh(other).status == "pending"
    assert "blacklisted the paying wallet" in fresh(other).wait_reason
    event = payout.events.latest("pk")
    assert (event.from_status, event.to_status) == ("pending", "failed")


def test_after_a_revert_it_ends_when_the_token_is_paused(
    chain: SandboxProcess, liar: LyingNode
) -> None:
    wallet = wallet_on(chain)
    payout = builders.payout(builders.user())
    reverted(chain, wallet, payout)
    liar.on(CONSTANT, switched_on("paused"))
    assert sign_now(wallet) == 0
    assert fresh(payout).status == "failed"


def test_after_out_of_energy_it_waits_while_the_token_is_paused(
    chain: SandboxProcess, liar: LyingNode
) -> None:
    wallet = wallet_on(chain)
    payout = builders.payout(builders.user())
    out_of_energy(chain, liar, wallet, payout)
    liar.on(CONSTANT, switched_on("paused"))
    assert sign_now(wallet) == 0
    assert (fresh(payout).status, fresh(payout).wait_reason) == ("pending", USDT_PAUSED)
    liar.on(CONSTANT, tells_the_truth)
    due_again(payout)
    assert pay(chain, wallet) == 1
    assert fresh(payout).status == "confirmed"


def test_after_a_revert_a_node_that_says_nothing_ends_nobody(
    chain: SandboxProcess, liar: LyingNode
) -> None:
    wallet = wallet_on(chain)
    payout = builders.payout(builders.user())
    reverted(chain, wallet, payout)
    chain.post("/sandbox/usdt", unblacklist=[wallet.address])

    def mute_about_transfers(answer: Any) -> Any:
        return {} if answer["energy_used"] > 10_000 else answer

    liar.on(CONSTANT, changes(mute_about_transfers))
    assert sign_now(wallet) == 0
    assert fresh(payout).status == "pending"


def test_one_that_is_pending_again_can_be_cancelled_and_its_fee_stays_booked(
    chain: SandboxProcess, liar: LyingNode
) -> None:
    wallet = wallet_on(chain)
    payout = builders.payout(builders.user())
    out_of_energy(chain, liar, wallet, payout)
    burned = burned_sun()
    cancelled = payout_cancel(payout_id=payout.pk, by="x", reason="too late", now=utc_now())
    assert cancelled.status == "cancelled"
    assert pay(chain, wallet) == 0
    assert burned_sun() == burned == tx_of(payout).fee_sun
    assert usdt_received(chain, payout.recipient_address) == 0
    assert not Hold.objects.filter(status="open").exists()


def test_two_payouts_to_one_address_with_the_same_amount_are_two_transfers(
    chain: SandboxProcess,
) -> None:
    wallet = wallet_on(chain)
    owner, recipient = builders.user(), builders.address()
    twins = [builders.payout(owner, recipient_address=recipient) for _ in range(2)]
    assert pay(chain, wallet) == 2
    first, second = (tx_of(twin) for twin in twins)
    assert first.txid != second.txid
    assert (first.subject, second.subject) == (twins[0].pk, twins[1].pk)
    assert [fresh(twin).status for twin in twins] == ["confirmed", "confirmed"]
    assert usdt_received(chain, recipient) == 2 * twins[0].amount_micro
    rows = chain.get(f"/sandbox/transfers?from={wallet.address}")["transfers"]
    assert sorted(row["txid"] for row in rows) == sorted([first.txid, second.txid])
