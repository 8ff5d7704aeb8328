"""Whose stake may work for whom is set by admins, and seen by those who see wallets."""

from lucidpay.clock import utc_now
from staking.models import DelegationPolicy
from staking.services.want_energy import energy_want
from tests import builders
from tests.admin import pages
from tests.admin.conftest import Enter
from wallets.models import Wallet

LIST = "/admin/staking/delegationpolicy/"


def test_a_policy_is_set_by_admins_and_seen_by_others(enter: Enter, wallet: Wallet) -> None:
    cold = builders.hot_wallet()
    fields = {
        "staking_wallet": str(cold.pk), "hot_wallet": str(wallet.pk), "enabled": "on",
        "most_trx": "5000", "least_trx": "100",
    }  # fmt: skip
    assert enter("operator").post(f"{LIST}add/", fields).status_code == 403
    admin = enter("admin")
    for wrong in ({"most_trx": "99"}, {"least_trx": "0"}, {"hot_wallet": str(cold.pk)}):
        assert admin.post(f"{LIST}add/", fields | wrong).status_code == 200
    assert not DelegationPolicy.objects.exists()
    assert admin.post(f"{LIST}add/", fields).status_code == 302
    policy = DelegationPolicy.objects.get()
    assert (policy.most_trx, policy.enabled) == (5_000, True)

    energy_want(wallet_id=wallet.pk, energy=130_285, now=utc_now())
    operator = enter("operator")
    assert "130,285 at" in operator.get(LIST).content.decode()
    shown = operator.get(pages.detail(policy)).content.decode()
    assert wallet.name in shown
    assert wallet.sealed_key not in admin.get(pages.detail(policy)).content.decode()
    assert operator.post(pages.detail(policy), fields).status_code == 403
    changed = {**fields, "enabled": ""}
    assert admin.post(pages.detail(policy), changed).status_code == 302
    policy.refresh_from_db()
    assert not policy.enabled
