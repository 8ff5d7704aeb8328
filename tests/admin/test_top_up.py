"""Rules of top-ups, limits of transfers, and addresses that programs want trusted."""

from typing import Any

import pytest

from lucidpay.clock import utc_now
from payouts.models_limits import Limit
from payouts.models_recipients import TrustedRecipient
from payouts.models_top_up import TopUpRule
from payouts.services.recipients import recipient_propose
from tests import builders
from tests.admin import pages
from tests.admin.conftest import Enter
from tests.admin.test_limits import act, add
from tests.builders import USDT
from wallets.models import Wallet, WalletKind


@pytest.mark.contract("C-TOPUP-2")
def test_an_admin_sets_a_rule_under_their_name(enter: Enter, wallet: Wallet) -> None:
    cold = builders.wallet_of(WalletKind.COLD)
    watched = builders.wallet_of(WalletKind.WATCH)
    client = enter("admin")
    page = client.get(add("topuprule")).content.decode()
    assert cold.name in page
    assert watched.name not in page
    fields = {
        "wallet": wallet.pk, "source": cold.pk, "below_micro": "100", "up_to_micro": "5000.5",
        "enabled": "on",
    }  # fmt: skip
    for name, wrong in (
        ("source", wallet.pk), ("source", watched.pk), ("wallet", cold.pk), ("below_micro", ""),
        ("below_micro", "0"), ("up_to_micro", "100"), ("up_to_micro", "x"),
    ):  # fmt: skip
        assert client.post(add("topuprule"), {**fields, name: wrong}).status_code == 200, name
    assert not TopUpRule.objects.exists()
    assert client.post(add("topuprule"), fields).status_code == 302
    rule = TopUpRule.objects.get()
    person: Any = client.person  # type: ignore[attr-defined]
    assert (rule.author, rule.below_micro, rule.up_to_micro) == (
        person, 100 * USDT, 5_000_500_000,
    )  # fmt: skip
    # Whoever changes it is the one who asks from then on.
    other = enter("admin")
    assert other.post(pages.detail(rule), {**fields, "below_micro": "200"}).status_code == 302
    rule.refresh_from_db()
    assert (rule.author, rule.below_micro) == (other.person, 200 * USDT)  # type: ignore[attr-defined]
    assert wallet.name in other.get(pages.listing("payouts_topuprule")).content.decode()


@pytest.mark.parametrize("role", ["operator", "approver", "auditor"])
def test_others_only_look_at_rules(enter: Enter, wallet: Wallet, role: str) -> None:
    rule = TopUpRule.objects.create(
        wallet=wallet, source=builders.wallet_of(WalletKind.COLD), below_micro=1, up_to_micro=2,
        author=builders.user(), changed_at=utc_now(),
    )  # fmt: skip
    client = enter(role)
    assert client.get(pages.detail(rule)).status_code == 200
    assert client.post(pages.detail(rule), {"below_micro": "5"}).status_code == 403
    assert client.get(add("topuprule")).status_code == 403


@pytest.mark.contract("C-TRANSFER-3")
def test_limits_of_transfers_are_set_in_general_and_for_a_wallet(
    enter: Enter, wallet: Wallet
) -> None:
    client = enter("admin")
    general = Limit.objects.get(kind="transfer", subject="")
    assert (general.hourly_micro, general.daily_micro) == (10_000 * USDT, 50_000 * USDT)
    assert client.post(pages.detail(general), {"hourly_micro": "7"}).status_code == 302
    general.refresh_from_db()
    assert (general.hourly_micro, general.daily_micro) == (7 * USDT, None)
    for subject in ("x", "0" * 32, "wallet_1"):
        fields = {"kind": "transfer", "subject": subject, "hourly_micro": "1"}
        assert client.post(add("limit"), fields).status_code == 200, subject
    fields = {"kind": "transfer", "subject": wallet.public_id, "hourly_micro": "1"}
    assert client.post(add("limit"), fields).status_code == 302
    assert Limit.objects.filter(kind="transfer", subject=wallet.pk.hex).exists()
    with pytest.raises(Exception, match="Cannot delete"):
        general.delete()


@pytest.mark.contract("C-TRUST-2")
def test_a_person_approves_an_address_that_a_program_wants_trusted(
    enter: Enter, wallet: Wallet
) -> None:
    row = recipient_propose(
        address=builders.address(), note="exchange", hourly_micro=5 * USDT, daily_micro=None,
        by="kim (API)", now=utc_now(),
    )  # fmt: skip
    for role in ("operator", "approver", "auditor"):
        assert enter(role).post(act(row, "approve")).status_code == 403, role
    client = enter("admin")
    page = client.get(act(row, "approve")).content.decode()
    for told in (row.address, "exchange", "kim (API)", "5.00 USDT an hour", "any amount a day"):
        assert told in page
    assert client.post(act(row, "approve")).status_code == 302
    row.refresh_from_db()
    assert row.approved_by == client.person.username  # type: ignore[attr-defined]
    assert Limit.objects.get(kind="trusted", subject=row.address).hourly_micro == 5 * USDT
    assert client.post(act(row, "approve")).status_code == 403
    added = client.post(add("trustedrecipient"), {"address": builders.address(), "note": "mine"})
    assert added.status_code == 302
    assert TrustedRecipient.objects.exclude(pk=row.pk).get().approved_at is not None
