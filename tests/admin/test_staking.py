"""Whose stake may work for whom is set by admins, and seen by those who see wallets."""

from django.db import transaction

from lucidpay.clock import utc_now
from staking.models import DelegationPolicy
from staking.services.want_energy import energy_want
from tests import builders
from tests.admin import pages
from tests.admin.conftest import Enter
from tron.contracts import Order
from tron.kinds import TxKind
from tron.models import ChainTransaction
from tron.reference import Reference
from wallets.hand import own_hand
from wallets.models import Wallet
from wallets.services.operate import Asker, Cost, operation_request
from wallets.services.operate_sign import operations_build

TERMS = {"resource": "ENERGY"}
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


def test_an_operation_is_found_and_leads_to_its_transaction(enter: Enter, wallet: Wallet) -> None:
    made = operation_request(
        wallet_id=wallet.pk,
        order=Order(TxKind.STAKE, str(wallet.address), amount=5_000_000, terms=TERMS),
        cost=Cost(300_000),
        asker=Asker("user 7"),
        now=utc_now(),
    )
    client = enter("auditor")
    listing = pages.listing("wallets_operation")
    for term, count in ((made.public_id, 1), ("stake_" + "0" * 32, 0), ("ab" * 32, 0)):
        assert client.get(listing, {"q": term}).context["cl"].result_count == count
    page = client.get(pages.detail(made)).content.decode()
    for part in ("5.00 TRX", "0.30 TRX", "awaiting signatures", "user 7", made.public_id):
        assert part in page
    reference = Reference(1, "0" * 16 + "ab" * 24, builders.CHAIN_TIME_MS, builders.CHAIN_TIME_MS)
    with transaction.atomic():
        operations_build(wallet.pk, [made.pk], reference, own_hand(wallet), utc_now())
    tx = ChainTransaction.objects.get(subject=made.pk)
    assert pages.detail(tx) in client.get(pages.detail(made)).content.decode()
    assert client.get(listing, {"q": tx.txid}).context["cl"].result_count == 1
    shown = client.get(pages.detail(tx)).content.decode()
    assert pages.detail(made) in shown
    assert "5.00 TRX" in shown
