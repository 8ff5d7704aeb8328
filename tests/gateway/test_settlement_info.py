"""`GET settlement/info`: the contract's fields, and nobody else's sums."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from gateway.services.settle_fees import settlement_make
from gateway.services.settle_fees_end import settlements_follow
from payouts.models import Payout
from payouts.states import Status
from tests import builders
from tests.api.client import Api, caller, refused
from tests.gateway.earned import completed

pytestmark = pytest.mark.django_db
INFO = "/api/v1/payments/settlement/info"
NOW = datetime(2026, 3, 4, 12, 20, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _terms(settings: Any) -> Iterator[None]:
    settings.SETTLEMENT_ADDRESS = builders.address()
    builders.hot_wallet()
    with time_machine.travel(NOW, tick=False):
        yield


def info(api: Api, path: str = INFO) -> dict[str, Any]:
    answer = api.get(path)
    assert answer.status == 200, answer
    return dict(answer.body)


@pytest.mark.contract("C-AFTER-2")
def test_it_has_the_fields_of_the_contract(merchant: Api) -> None:
    assert info(merchant) == info(merchant, f"{INFO}/")
    assert info(merchant) == {
        "settlement_frequency": "daily", "settlement_time_utc": "23:00",
        "next_settlement": "2026-03-04T23:00:00Z", "pending_settlement_amount": 0,
        "last_settlement": None, "settlement_threshold": 100_000,
    }  # fmt: skip


@pytest.mark.contract("C-AFTER-2")
def test_an_owner_sees_their_own_sums_and_an_operator_all(merchant: Api) -> None:
    other, operator = caller("merchant", scopes=None), caller("operator", scopes=None)
    assert merchant.user is not None
    assert other.user is not None
    completed(merchant.user, fee_micro=1_500_000)
    completed(other.user, fee_micro=7)
    sums = [info(api)["pending_settlement_amount"] for api in (merchant, other, operator)]
    assert sums == [Decimal("1.5"), Decimal("0.000007"), Decimal("1.500007")]
    settled = settlement_make(now=NOW + timedelta(seconds=1), only_if_due=False).settlement
    assert settled is not None
    stranger = caller("merchant", scopes=None)
    apis = (merchant, other, operator, stranger)
    assert {info(api)["pending_settlement_amount"] for api in apis} == {0}
    told = {"timestamp": "2026-03-04T12:20:31Z", "status": "initiated"}
    assert [info(api)["last_settlement"] for api in apis] == [
        {"amount": Decimal("1.5"), **told}, {"amount": Decimal("0.000007"), **told},
        {"amount": Decimal("1.500007"), **told}, None,
    ]  # fmt: skip
    builders.end(Payout.objects.get(), Status.CANCELLED)
    settlements_follow(now=NOW + timedelta(minutes=1))
    assert info(operator)["last_settlement"]["status"] == "failed"
    assert info(merchant)["pending_settlement_amount"] == Decimal("1.5")


def test_without_an_address_no_settlement_comes(merchant: Api, settings: Any) -> None:
    settings.SETTLEMENT_ADDRESS = ""
    assert info(merchant)["next_settlement"] is None


def test_every_hour_has_no_time_of_day(merchant: Api, settings: Any) -> None:
    settings.SETTLEMENT_FREQUENCY = "hourly"
    told = info(merchant)
    assert (told["settlement_time_utc"], told["next_settlement"]) == (None, "2026-03-04T13:00:00Z")


def test_who_may_not_read_payments_is_refused(merchant: Api) -> None:
    refused(caller("end_user").get(INFO), 403, "LUCID_ERR_2010")
    refused(Api().get(INFO), 401, "LUCID_ERR_1002")
    refused(merchant.get(f"{INFO}?a=1"), 400, "LUCID_ERR_1001")
