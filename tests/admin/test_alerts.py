"""Thresholds of low balances: set in the admin by those who manage wallets."""

from django.urls import reverse

from lucidpay.clock import utc_now
from tests import builders
from tests.admin import pages
from tests.admin.conftest import Enter
from tests.builders import USDT
from wallets.models import Wallet
from wallets.services.alerts import alerts_look
from wallets.services.take_over import wallet_know


def page_of(wallet: Wallet) -> str:
    return reverse("admin:wallets_wallet_alerts", args=[wallet.pk])


def test_they_are_set_shown_and_taken_off(enter: Enter) -> None:
    client = enter("operator")
    wallet = builders.hot_wallet(usdt_micro=100 * USDT)
    assert b"Alerts of" in client.get(page_of(wallet)).content
    client.post(page_of(wallet), {"USDT": "250.5", "TRX": ""})
    [alert] = wallet.balancealert_set.all()
    assert (alert.asset, alert.below_units) == ("USDT", 250_500_000)
    alerts_look(now=utc_now())
    shown = client.get(pages.detail(wallet)).content.decode()
    assert "<dt>told when below</dt><dd>250.50 USDT</dd>" in shown
    assert "<dt>below since</dt>" in shown
    assert "USDT since" in client.get(pages.listing("wallets_wallet")).content.decode()
    assert "here, sealed" in shown
    for wrong in ("-1", "0", "x", "1.0000001", "9" * 20):
        assert client.post(page_of(wallet), {"USDT": wrong}).status_code == 200
        assert wallet.balancealert_set.get().below_units == 250_500_000
    client.post(page_of(wallet), {"USDT": "", "TRX": ""})
    assert not wallet.balancealert_set.exists()


def test_who_only_looks_sets_none_and_a_watched_wallet_has_none(enter: Enter) -> None:
    wallet = builders.hot_wallet()
    watched = wallet_know(name="theirs", kind="watch", address=builders.address())
    auditor = enter("auditor")
    assert auditor.get(pages.detail(wallet)).status_code == 200
    assert auditor.post(page_of(wallet), {"USDT": "5"}).status_code == 403
    assert enter("operator").post(page_of(watched), {"USDT": "5"}).status_code == 403
    assert not wallet.balancealert_set.exists()
