"""Giving back in two steps of one settlement, while others ask for both windows at once."""

from datetime import timedelta
from typing import Any

import pytest

from lucidpay.clock import utc_now
from payouts.models import Payout, RouterType
from payouts.models_limits import LimitWindow
from payouts.policy.limits import claim_for, store_within_limits
from payouts.services import settle
from payouts.services.recipients import kyc_add
from payouts.services.recipients_approve import kyc_approve
from payouts.states import Status
from tests import builders
from tests.builders import USDT
from tests.payouts.rivals import Waiter
from tron.models import TxStatus

pytestmark = pytest.mark.django_db(transaction=True)


def with_kyc() -> str:
    """Return the address of somebody whose identity was checked."""
    now = utc_now()
    record = kyc_add(
        address=builders.address(), kyc_hash="ab" * 32, level=1,
        expires_at=now + timedelta(days=1), by="kim", now=now,
    )  # fmt: skip
    return kyc_approve(record_id=record.pk, by="kim", now=now).address


def test_failures_and_deaths_of_one_chunk_never_wait_in_a_circle(
    settings: Any, monkeypatch: Any
) -> None:
    settings.PAYOUT_TRIES_MAX = 1
    builders.hot_wallet()
    owner = builders.user()
    failed = builders.payout(owner, amount_usdt=20 * USDT)
    dead = builders.payout(owner, amount_usdt=30 * USDT, recipient_address=with_kyc())
    assert [failed.router_type, dead.router_type] == [RouterType.V0, RouterType.KYC]
    for payout, end in ((failed, TxStatus.FAILED), (dead, TxStatus.DEAD)):
        builders.signed(payout)
        builders.chain_says(payout, end)
    rivals: list[Waiter] = []
    second_step = settle._try_again

    def between_the_steps(*args: Any) -> None:
        rivals.append(Waiter(ask_of_both))
        rivals[0].until_it_waits()
        second_step(*args)

    def ask_of_both() -> bool:
        """Take from KYC's windows and then from V0's, in one statement."""
        now = utc_now()
        drafts = [
            Payout(
                owner_id=owner.pk, recipient_address=builders.address(), amount_micro=USDT,
                router_type=router, wallet_id=failed.wallet_id, created_at=now,
            )
            for router in (RouterType.V0, RouterType.KYC)
        ]  # fmt: skip
        store_within_limits(claim_for(drafts, now=now), lambda: None)
        return True

    monkeypatch.setattr(settle, "_try_again", between_the_steps)
    assert settle.payouts_settle(now=utc_now()) == 2
    assert rivals[0].end() is True
    assert set(Payout.objects.values_list("status", flat=True)) == {Status.FAILED}
    days = LimitWindow.objects.filter(kind="router", period="day")
    assert set(days.values_list("subject", "used_micro")) == {
        ("PayoutRouterV0", USDT), ("PayoutRouterKYC", USDT),
    }  # fmt: skip
