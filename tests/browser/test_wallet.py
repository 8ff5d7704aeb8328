"""An operator's journey: see what a wallet has and had, and let it stake."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections

from access.models import User
from lucidpay.clock import utc_now
from tests import builders
from tests.admin import pages
from tests.browser.conftest import Visit
from tests.browser.test_admin import is_too_wide, log_in, picture
from tests.staking.conftest import chain, node, receiver, sandbox
from tests.staking.world import TRX, Staker, staker_on
from wallets.models import Reconciliation, Wallet
from wallets.models_operation import Operation
from wallets.models_resources import ResourceLook
from wallets.services.alerts import alerts_set

__all__ = ["chain", "node", "receiver", "sandbox"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def staker(chain: Any) -> Staker:
    """A wallet with a week behind it, that has staked and unstaked."""
    # Playwright's loop runs in this thread, so no node can be asked from it.
    with ThreadPoolExecutor(1) as other:
        made = other.submit(_staker, chain).result()
        other.submit(connections.close_all).result()
    return made


def _staker(chain: Any) -> Staker:
    made = staker_on(chain, usdt=120_000)
    for asked in (
        ("stake", {"amount_trx": 20_000, "resource": "ENERGY"}),
        ("unstake", {"amount_trx": 400, "resource": "ENERGY"}),
    ):
        made.done(asked[0], **asked[1])
    _week_behind(made.wallet)
    alerts_set(made.wallet, below={"USDT": 50_000 * TRX})
    ResourceLook.objects.create(
        wallet=made.wallet, energy=130_000, bandwidth=0, free_bandwidth=600, node="node:8090",
        at=utc_now(),
    )  # fmt: skip
    return made


def _week_behind(wallet: Wallet) -> None:
    Reconciliation.objects.bulk_create(
        Reconciliation(
            wallet=wallet, asset=asset, block_number=number, block_id="b" * 64,
            chain_units=units, ledger_units=units, difference_units=0, node="node:8090",
            at=utc_now() - timedelta(hours=6 * (28 - number)),
        )
        for number in range(28)
        for asset, units in (
            ("USDT", (180_000 - number % 9 * 17_000 + number * 500) * TRX),
            ("TRX", (100_000 - number * 731) * TRX),
        )
    )  # fmt: skip


@pytest.fixture
def olivia() -> User:
    """An operator."""
    return builders.user("operator", username="olivia", is_staff=True)


def test_an_operator_reads_a_wallet_and_stakes(visit: Visit, staker: Staker, olivia: User) -> None:
    page = visit.page
    log_in(visit, olivia)
    visit.go("/admin/wallets/wallet/")
    picture(visit, "wallets")
    visit.go(pages.detail(staker.wallet))
    assert page.locator(".lp-chart-line").count() == 2
    page.locator("details summary").first.click()
    picture(visit, "wallet")
    assert not is_too_wide(visit)

    page.click("text=Resources and staking")
    page.wait_for_selector("text=Being unstaked")
    picture(visit, "staking")
    assert not is_too_wide(visit)
    page.click(".lp-actions >> text=Stake…")
    page.fill("#id_amount", "250")
    page.fill("#id_reason", "Payouts of June burn too much")
    picture(visit, "stake")
    page.click("text=Show what will happen…")
    page.wait_for_selector("text=What will happen")
    picture(visit, "stake-preview")
    assert not is_too_wide(visit)
    page.dblclick("button[name=confirm]")
    page.wait_for_selector("text=It is asked for, once")
    assert visit.trouble == []
    picture(visit, "operation")
    assert Operation.objects.filter(kind="stake", amount_micro=250 * TRX).count() == 1
    visit.go("/admin/advice/")
    picture(visit, "advice")
    assert not is_too_wide(visit)
    assert visit.trouble == []
