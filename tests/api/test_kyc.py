"""`/tron/kyc/records` and `/tron/trusted-recipients`: told by programs, agreed to by people."""

from datetime import timedelta
from typing import Any

import pytest

from lucidpay.clock import iso, utc_now
from payouts.models_limits import Limit
from payouts.models_recipients import KycRecord, TrustedRecipient
from payouts.services.limits import limit_set
from payouts.services.recipients_approve import kyc_approve, recipient_approve
from tests import builders
from tests.api.client import Api, caller, nothing_written, refused

RECORDS, LIST = "/tron/kyc/records", "/tron/trusted-recipients"
HASH = "ab" * 32


@pytest.fixture
def boss(wallet: object) -> Api:
    """An admin's key."""
    return caller("admin")


def record(**fields: Any) -> dict[str, Any]:
    """A body that is accepted."""
    expires_at = iso(utc_now() + timedelta(days=1))
    given = {"address": builders.address(), "kyc_hash": HASH, "level": 2, "expires_at": expires_at}
    return {name: value for name, value in {**given, **fields}.items() if value is not ...}


@pytest.mark.contract("C-KYC-1", "C-KYC-2")
def test_a_record_counts_once_a_person_has_approved_it(boss: Api, alice: Api) -> None:
    body = record()
    made = boss.post(f"{RECORDS}/", body)
    assert made.status == 201
    assert {name: made.body[name] for name in body} == body
    assert (made.body["status"], made.body["valid"]) == ("pending", False)
    assert boss.user is not None
    assert made.body["added_by"] == f"{boss.user.username} (API)"
    place = made.headers["Location"]
    assert place == f"{RECORDS}/{body['address']}"
    pay = {"recipient_address": body["address"]}
    refused(alice.pay("/tron/payouts/kyc", **pay), 400, "LUCID_ERR_2004")
    kyc_approve(record_id=made.body["record_id"], by="lee", now=utc_now())
    shown = boss.get(f"{place}/").body
    assert (shown["status"], shown["valid"], shown["approved_by"]) == ("approved", True, "lee")
    assert alice.pay("/tron/payouts/kyc", **pay).status == 201
    # What counts is shown first, whatever waits besides.
    newer = boss.post(RECORDS, record(address=body["address"], kyc_hash="cd" * 32))
    shown = boss.get(place).body
    assert (shown["record_id"], shown["status"]) == (made.body["record_id"], "approved")
    assert [one["status"] for one in shown["history"]] == ["pending", "approved"]
    assert shown["history"][0]["record_id"] == newer.body["record_id"]


@pytest.mark.contract("C-KYC-3")
def test_revoked_nothing_of_it_counts_any_more(boss: Api, alice: Api) -> None:
    address = builders.kyc()
    boss.post(RECORDS, record(address=address))
    path = f"{RECORDS}/{address}/revoke"
    gone = boss.post(path, {"reason": "left"})
    assert (gone.status, gone.body["status"], gone.body["revoked_reason"]) == (
        200, "revoked", "left",
    )  # fmt: skip
    assert {one["status"] for one in gone.body["history"]} == {"revoked"}
    pending = KycRecord.objects.get(address=address, approved_at=None)
    with pytest.raises(Exception, match="looked at before"):
        kyc_approve(record_id=pending.pk, by="lee", now=utc_now())
    refused(alice.pay("/tron/payouts/kyc", recipient_address=address), 400, "LUCID_ERR_2004")
    assert refused(boss.post(path), 409, "LUCID_ERR_1005") == {"status": "revoked"}
    refused(boss.post(f"{RECORDS}/{builders.address()}/revoke"), 404, "LUCID_ERR_1003")
    refused(boss.get(f"{RECORDS}/{builders.address()}"), 404, "LUCID_ERR_1003")


@pytest.mark.contract("C-KYC-1")
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kyc_hash": "AB" * 32}, "kyc_hash"), ({"kyc_hash": "ab"}, "kyc_hash"),
        ({"kyc_hash": 7}, "kyc_hash"), ({"kyc_hash": HASH + "\n"}, "kyc_hash"),
        ({"level": 0}, "level"), ({"level": 11}, "level"), ({"level": "2"}, "level"),
        ({"level": True}, "level"), ({"level": ...}, "level"),
        ({"expires_at": "2020-01-01"}, "expires_at"), ({"expires_at": "soon"}, "expires_at"),
        ({"status": "approved"}, "status"), ({"address": "T", "level": 0}, "address"),
    ],
)  # fmt: skip
def test_a_bad_record_is_named(boss: Api, change: dict[str, Any], field: str) -> None:
    with nothing_written():
        assert field in refused(boss.post(RECORDS, record(**change)), 400, "LUCID_ERR_1001")


@pytest.mark.contract("C-KYC-1", "C-TRUST-1")
def test_a_bad_address_has_its_own_code(boss: Api) -> None:
    with nothing_written():
        refused(boss.post(RECORDS, record(address="T")), 400, "LUCID_ERR_2001")
        refused(boss.get(f"{RECORDS}/Tx"), 400, "LUCID_ERR_2001")
        refused(boss.post(f"{RECORDS}/Tx/revoke"), 400, "LUCID_ERR_2001")
        refused(boss.post(LIST, {"address": "T"}), 400, "LUCID_ERR_2001")
        refused(boss.call("DELETE", f"{LIST}/Tx"), 400, "LUCID_ERR_2001")
        refused(boss.post(f"{RECORDS}/{builders.address()}/revoke", {"why": 1}), 400,
                "LUCID_ERR_1001")  # fmt: skip
        refused(boss.get(f"{RECORDS}/{builders.address()}?x=1"), 400, "LUCID_ERR_1001")


@pytest.mark.contract("C-KYC-4", "C-TRUST-3")
@pytest.mark.parametrize("role", ["end_user", "node_operator", "merchant", "operator", "approver",
                                  "auditor"])  # fmt: skip
def test_only_those_who_manage_it_write(wallet: object, role: str) -> None:
    one, friend = caller(role), builders.trusted()
    known = builders.kyc()
    sees = role in ("operator", "approver", "auditor")
    with nothing_written():
        refused(one.post(RECORDS, record()), 403, "LUCID_ERR_2010")
        refused(one.get(f"{RECORDS}/{known}"), 403, "LUCID_ERR_2010")
        refused(one.post(f"{RECORDS}/{known}/revoke"), 403, "LUCID_ERR_2010")
        refused(one.post(LIST, {"address": builders.address()}), 403, "LUCID_ERR_2010")
        refused(one.call("DELETE", f"{LIST}/{friend}"), 403, "LUCID_ERR_2010")
        listed = one.get(LIST)
    if sees:
        assert [row["address"] for row in listed.body["trusted_recipients"]] == [friend]
    else:
        refused(listed, 403, "LUCID_ERR_2010")


@pytest.mark.contract("C-TRUST-1", "C-TRUST-2")
def test_an_address_is_trusted_once_a_person_has_approved_it(boss: Api, alice: Api) -> None:
    address = builders.address()
    # Limits that somebody set before hold until a person agrees to others.
    limit_set(kind="trusted", subject=address, hourly_micro=1, daily_micro=2, by="t", now=utc_now())
    made = boss.post(f"{LIST}/", {"address": address, "note": "exchange",
                                  "hourly_limit_usdt": "20", "daily_limit_usdt": 30})  # fmt: skip
    assert made.status == 201
    assert (made.body["status"], made.body["hourly_limit_usdt"]) == ("pending", 20)
    assert Limit.objects.get(kind="trusted", subject=address).daily_micro == 2
    pay = {"recipient_address": address, "amount_usdt": 15}
    refused(alice.pay("/tron/payouts/direct", **pay), 400, "LUCID_ERR_2004")
    refused(boss.post(LIST, {"address": address}), 409, "LUCID_ERR_1005")
    row = TrustedRecipient.objects.get()
    recipient_approve(recipient_id=row.pk, by="lee", now=utc_now())
    [shown] = boss.get(f"{LIST}?status=trusted").body["trusted_recipients"]
    assert (shown["approved_by"], shown["daily_limit_usdt"], shown["note"]) == (
        "lee", 30, "exchange",
    )  # fmt: skip
    assert boss.get(f"{LIST}?status=pending").body["trusted_recipients"] == []
    assert alice.pay("/tron/payouts/direct", **pay).status == 201
    refused(alice.pay("/tron/payouts/direct", **pay), 400, "LUCID_ERR_2002")
    gone = boss.call("DELETE", f"{LIST}/{address}")
    assert (gone.status, gone.text) == (204, "")
    refused(boss.call("DELETE", f"{LIST}/{address}/"), 404, "LUCID_ERR_1003")
    refused(alice.pay("/tron/payouts/direct", **pay), 400, "LUCID_ERR_2004")
    with pytest.raises(Exception, match="not trusted"):
        recipient_approve(recipient_id=row.pk, by="lee", now=utc_now())


@pytest.mark.contract("C-TRUST-1")
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"hourly_limit_usdt": -1}, "hourly_limit_usdt"), ({"note": "n" * 201}, "note"),
        ({"daily_limit_usdt": "0.0000001"}, "daily_limit_usdt"), ({"note": 1}, "note"),
        ({"approved_by": "me"}, "approved_by"),
    ],
)  # fmt: skip
def test_a_bad_wish_is_named(boss: Api, change: dict[str, Any], field: str) -> None:
    with nothing_written():
        answer = boss.post(LIST, {"address": builders.address(), **change})
        assert field in refused(answer, 400, "LUCID_ERR_1001")


@pytest.mark.contract("C-TRUST-4")
def test_the_list_is_paged_newest_first(boss: Api) -> None:
    friends = [builders.trusted() for _ in range(5)]
    first = boss.get(f"{LIST}?limit=2").body
    assert [one["address"] for one in first["trusted_recipients"]] == friends[:2:-1]
    assert (first["pagination"]["total"], first["filters"]) == (5, {})
    cursor = first["pagination"]["next_cursor"]
    rest = boss.get(f"{LIST}?cursor={cursor}").body
    assert [one["address"] for one in rest["trusted_recipients"]] == friends[2::-1]
    assert rest["pagination"]["next_cursor"] is None
    one = boss.get(f"{LIST}?address={friends[3]}").body
    assert [row["address"] for row in one["trusted_recipients"]] == [friends[3]]
    assert one["filters"] == {"address": friends[3]}
    for odd in ("?cursor=x", "?status=x", "?limit=0", "?note=x"):
        refused(boss.get(f"{LIST}{odd}"), 400, "LUCID_ERR_1001")
