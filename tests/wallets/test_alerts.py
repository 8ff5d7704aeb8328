"""Low balances: told once a crossing, and again after there was enough."""

from typing import Any

import pytest

from lucidpay.clock import utc_now
from lucidpay.metrics import metrics_page
from tests import builders
from tests.builders import TRX, USDT
from wallets.models import Asset, Wallet
from wallets.services.alerts import alerts_look, alerts_set
from wallets.tasks import alert

pytestmark = pytest.mark.django_db
METRIC = 'tron_wallet_low_balance{{asset="{}",wallet="{}"}} {}.0'


@pytest.fixture
def wallet() -> Wallet:
    """A wallet of 100 USDT and 50 TRX."""
    return builders.hot_wallet(usdt_micro=100 * USDT, trx_sun=50 * TRX)


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return the events since the last look, in order."""
    alert()
    events = [record.msg["event"] for record in caplog.records if isinstance(record.msg, dict)]
    caplog.clear()
    return [event for event in events if event.startswith("wallet_")]


def low(wallet: Wallet, asset: Asset) -> bool:
    page = metrics_page().decode()
    assert (METRIC.format(asset, wallet.name, 1) in page) != (
        METRIC.format(asset, wallet.name, 0) in page
    )
    return METRIC.format(asset, wallet.name, 1) in page


def test_each_crossing_is_told_once(
    wallet: Wallet, caplog: pytest.LogCaptureFixture, settings: Any
) -> None:
    caplog.set_level("INFO")
    alerts_set(wallet, below={Asset.USDT: 100 * USDT, Asset.TRX: 20 * TRX})
    assert told(caplog) == []  # as much as the threshold is not below it
    builders.fund(wallet, usdt_micro=-1)
    assert told(caplog) == ["wallet_low_balance"]
    assert told(caplog) == []
    assert (low(wallet, Asset.USDT), low(wallet, Asset.TRX)) == (True, False)
    builders.fund(wallet, usdt_micro=-50 * USDT)
    assert told(caplog) == []
    builders.fund(wallet, usdt_micro=60 * USDT)
    assert told(caplog) == ["wallet_balance_recovered"]
    assert low(wallet, Asset.USDT) is False
    builders.fund(wallet, usdt_micro=-60 * USDT, trx_sun=-40 * TRX)
    assert told(caplog) == ["wallet_low_balance"] * 2


def test_what_is_told_says_how_much_there_is(
    wallet: Wallet, caplog: pytest.LogCaptureFixture
) -> None:
    alerts_set(wallet, below={Asset.USDT: 250 * USDT})
    alert()
    facts = next(r.msg for r in caplog.records if "wallet_low_balance" in str(r.msg))
    expected = {"wallet": wallet.name, "asset": "USDT", "balance": "100", "below": "250"}
    assert expected.items() <= facts.items()
    assert facts["level"] == "warning"


def test_another_threshold_is_looked_at_anew(wallet: Wallet) -> None:
    alerts_set(wallet, below={Asset.USDT: 250 * USDT})
    assert alerts_look(now=utc_now()) == 1
    alerts_set(wallet, below={Asset.USDT: 250 * USDT})  # the same again is no other
    assert alerts_look(now=utc_now()) == 0
    alerts_set(wallet, below={Asset.USDT: 300 * USDT})
    assert alerts_look(now=utc_now()) == 1
    alerts_set(wallet, below={Asset.USDT: None})
    assert wallet.balancealert_set.count() == 0
