"""`/api/v1/payments/health`: whether payments can be taken."""

from typing import Any

import pytest

from lucidpay.clock import utc_now
from payouts.models import Router
from tests.api.client import Api
from tests.gateway.world import PAYMENTS, Shop
from tron.halt import halt
from tron.models import HaltCause
from wallets.models_deposit import DepositAccount

pytestmark = pytest.mark.django_db
HEALTH = f"{PAYMENTS}/health"


@pytest.mark.contract("C-PAY-16")
def test_it_tells_without_credentials(shop: Shop) -> None:
    answer = Api().get(HEALTH)
    assert answer.status == 200
    assert answer.body["service"] == "payment-gateway"
    assert answer.body["gateway_status"] == "open"
    checks = answer.body["checks"]
    assert (checks["deposits"], checks["wallet"]) == ("healthy", "healthy")


def test_it_waits_for_a_key_and_for_a_wallet(shop: Shop) -> None:
    Router.objects.update(wallet=None)
    body = Api().get(HEALTH).body
    assert (body["gateway_status"], body["checks"]["wallet"]) == ("waiting", "degraded")


def test_before_a_worker_has_made_the_key_it_waits(db: None) -> None:
    assert not DepositAccount.objects.exists()
    body = Api().get(HEALTH).body
    assert (body["gateway_status"], body["checks"]["deposits"]) == ("waiting", "degraded")


def test_the_kill_switch_is_told(shop: Shop) -> None:
    halt(cause=HaltCause.OPERATOR, subject="x", reason="drill", by="tests", now=utc_now())
    assert Api().get(HEALTH).body["gateway_status"] == "halted"


def test_without_redis_it_is_unhealthy(shop: Shop, settings: Any) -> None:
    from lucidpay.api.throttling import redis_client

    redis_client.cache_clear()
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    try:
        answer = Api().get(HEALTH)
        assert (answer.status, answer.body["status"]) == (503, "unhealthy")
    finally:
        redis_client.cache_clear()
