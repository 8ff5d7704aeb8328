"""What of the TRON API concerns payouts, from the call to the chain."""

from datetime import timedelta
from typing import Any

import pytest

from lucidpay.clock import iso, utc_now
from payouts.models_recipients import TrustedRecipient
from payouts.services.recipients_approve import kyc_approve, recipient_approve
from tests import builders
from tests.api.client import Api, caller, order
from tests.payouts.onchain import pay, sign_now, wallet_on
from tests.sandbox.process import SandboxProcess
from tests.tron.chain import usdt_received
from tests.wallets.books import booked
from tron.halt import Halted
from wallets.models import Account, Asset

pytestmark = pytest.mark.django_db
PAYOUTS, RECORDS, TRUSTED = "/tron/payouts", "/tron/kyc/records", "/tron/trusted-recipients"
SWITCH = "/tron/kill-switch"
MICRO = 1_000_000


@pytest.fixture
def boss(db: None) -> Api:
    """An admin's key: it may do everything but agree."""
    return caller("admin")


def known_to_kyc(boss: Api) -> str:
    """Return an address whose identity was told by the API and agreed to by a person."""
    address, tomorrow = builders.address(), iso(utc_now() + timedelta(days=1))
    body = {"address": address, "kyc_hash": "ab" * 32, "level": 2, "expires_at": tomorrow}
    record = boss.post(RECORDS, body).body["record_id"]
    kyc_approve(record_id=record, by="lee", now=utc_now())
    assert boss.get(f"{RECORDS}/{address}").body["valid"] is True
    return address


def trusted(boss: Api) -> str:
    """Return an address that was proposed by the API and agreed to by a person."""
    address = builders.address()
    made = boss.post(TRUSTED, {"address": address, "note": "exchange"})
    assert made.status == 201, made
    row = TrustedRecipient.objects.get(address=address)
    recipient_approve(recipient_id=row.pk, by="lee", now=utc_now())
    (shown,) = boss.get(f"{TRUSTED}?status=trusted").body["trusted_recipients"]
    assert shown["address"] == address
    return address


@pytest.mark.call(
    "POST /tron/payouts/v0",
    "POST /tron/payouts/kyc",
    "POST /tron/payouts/direct",
    "POST /tron/usdt/transfer",
    "GET /tron/payouts/{payout_id}",
    "GET /tron/payouts/history",
    "GET /tron/payouts/analytics",
    "POST /tron/kyc/records",
    "GET /tron/kyc/records/{address}",
    "POST /tron/kyc/records/{address}/revoke",
    "GET /tron/trusted-recipients",
    "POST /tron/trusted-recipients",
    "DELETE /tron/trusted-recipients/{address}",
)
def test_each_road_leads_to_the_chain_and_is_closed_again(chain: SandboxProcess, boss: Api) -> None:
    wallet = wallet_on(chain)
    roads = {"v0": builders.address(), "kyc": known_to_kyc(boss), "direct": trusted(boss)}
    asked = [boss.post(f"{PAYOUTS}/{road}", paid_to(address)) for road, address in roads.items()]
    other = builders.address()
    given = {"from_wallet_id": wallet.public_id, "to_address": other, "amount": 12.5}
    asked.append(boss.post("/tron/usdt/transfer", given))
    assert [one.status for one in asked] == [201] * 4
    assert pay(chain, wallet) == 4
    for one in asked:
        assert boss.get(one.headers["Location"]).body["status"] == "confirmed"
    for address in (*roads.values(), other):
        assert usdt_received(chain, address) == 12_500_000
    listed = boss.get(f"{PAYOUTS}/history?status=confirmed").body["payouts"]
    assert {one["payout_id"] for one in listed} == {one.body["payout_id"] for one in asked}
    sums = boss.get(f"{PAYOUTS}/analytics").body
    assert sums["confirmed_amount_usdt"] == 50
    assert boss.post(f"{RECORDS}/{roads['kyc']}/revoke", {"reason": "left"}).status == 200
    assert boss.call("DELETE", f"{TRUSTED}/{roads['direct']}").status == 204
    for road in ("kyc", "direct"):
        assert boss.post(f"{PAYOUTS}/{road}", paid_to(roads[road])).status == 400


@pytest.mark.call(
    "GET /tron/kill-switch", "POST /tron/kill-switch", "POST /tron/payouts/{payout_id}/cancel"
)
def test_what_is_cancelled_while_the_kill_switch_is_on_is_never_paid(
    chain: SandboxProcess, boss: Api
) -> None:
    wallet = wallet_on(chain)
    kept, dropped = (boss.post(f"{PAYOUTS}/v0", paid_to(builders.address())) for _ in range(2))
    boss.post(SWITCH, {"on": True, "reason": "something smells"})
    (halt,) = boss.get(SWITCH).body["halts"]
    with pytest.raises(Halted):
        sign_now(wallet)
    assert boss.post(f"{dropped.headers['Location']}/cancel").body["status"] == "cancelled"
    lifted = boss.post(SWITCH, {"on": False, "reason": "it does not", "halts": [halt["id"]]})
    assert lifted.body["on"] is False
    assert pay(chain, wallet) == 1
    assert usdt_received(chain, kept.body["recipient_address"]) == 12_500_000
    assert usdt_received(chain, dropped.body["recipient_address"]) == 0
    assert booked(Account.Kind.PAYOUTS, Asset.USDT) == 12_500_000


def paid_to(address: str) -> dict[str, Any]:
    """Return a body that asks for 12.5 USDT for somebody."""
    return order(recipient_address=address, amount_usdt=12.5)
