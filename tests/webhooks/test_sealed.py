"""Secrets and headers of owners: sealed at rest, used by who may open them, shown to nobody."""

import json
from datetime import timedelta
from typing import Any

import pytest

from access.models import User
from lucidpay.clock import utc_now
from lucidpay.sealing import VaultClosed, vault_key_pair
from tests.webhooks import making
from tests.webhooks.making import DELIVERED, EXHAUSTED, PENDING, only, register
from tests.webhooks.receiver import Receiver
from webhooks.delivery import deliveries_send
from webhooks.models import Attempt, Delivery, Endpoint
from webhooks.secrets import secret_make, secret_seal


def test_an_owner_s_headers_are_sent_and_never_shown(operator: User, receiver: Receiver) -> None:
    wanted = {"Authorization": "Bearer of-the-owner", "X-Team": "blue"}
    register(operator, receiver, headers=wanted)
    making.events(operator)
    making.send()
    headers = receiver.requests[0].headers
    assert (headers["authorization"], headers["x-team"]) == ("Bearer of-the-owner", "blue")
    shown = Attempt.objects.get().request_headers
    assert (shown["Authorization"], shown["X-Team"]) == ("********", "********")
    assert shown["webhook-id"] == headers["webhook-id"]
    assert "of-the-owner" not in json.dumps([str(vars(Endpoint.objects.get())), shown])


@pytest.mark.parametrize(
    "name", ["webhook-id", "Webhook-Signature", "CONTENT-TYPE", "x-webhook-signature", "User-Agent"]
)
@pytest.mark.contract("C-HOOK-14")
def test_an_owner_s_header_never_takes_the_place_of_ours(
    operator: User, receiver: Receiver, name: str
) -> None:
    register(operator, receiver, headers={name: "theirs"})
    making.events(operator)
    making.send()
    assert "theirs" not in receiver.requests[0].headers[name.lower()]
    assert receiver.refused == []
    assert only().status == DELIVERED


@pytest.mark.contract("C-HOOK-14")
def test_while_a_secret_is_replaced_both_sign(operator: User, receiver: Receiver) -> None:
    now = utc_now()
    endpoint = register(operator, receiver)
    old, new = receiver.secret, secret_make()
    endpoint.sealed_previous = endpoint.sealed_secret
    endpoint.sealed_secret = secret_seal(new, endpoint.pk)
    endpoint.previous_until = now + timedelta(hours=1)
    endpoint.save()
    for secret, at, taken in (
        (old, now, True),
        (new, now, True),
        (old, now + timedelta(hours=2), False),
        (new, now + timedelta(hours=2), True),
    ):
        receiver.secret = secret
        receiver.events.clear()
        making.events(operator)
        making.send(at)
        Delivery.objects.filter(status=PENDING).update(status=EXHAUSTED)
        assert bool(receiver.events) is taken


def test_a_secret_of_another_vault_sends_nothing_and_blames_nobody(
    operator: User, receiver: Receiver, settings: Any
) -> None:
    endpoint = register(operator, receiver)
    making.events(operator)
    making.place()
    settings.VAULT_KEY, settings.VAULT_PUBLIC_KEY = vault_key_pair()
    assert making.send() == 1
    assert receiver.requests == []
    endpoint.refresh_from_db()
    assert (only().status, endpoint.failures) == (PENDING, 0)
    assert Attempt.objects.get().outcome == "unsigned"


def test_webhooks_may_have_a_vault_of_their_own(
    operator: User, receiver: Receiver, settings: Any
) -> None:
    pair = vault_key_pair()
    settings.WEBHOOK_VAULT_KEY, settings.WEBHOOK_VAULT_PUBLIC_KEY = pair
    register(operator, receiver)
    making.events(operator)
    settings.VAULT_KEY = ""  # who sends needs no key of wallets
    assert making.send() == 1
    assert len(receiver.events) == 1
    settings.WEBHOOK_VAULT_KEY = ""
    with pytest.raises(VaultClosed):
        making.send()


def test_a_box_that_was_copied_to_another_endpoint_signs_nothing(
    operator: User, receiver: Receiver
) -> None:
    other, _ = making.endpoint(operator, receiver.url, is_active=False)
    endpoint = register(operator, receiver)
    Endpoint.objects.filter(pk=endpoint.pk).update(sealed_secret=other.sealed_secret)
    making.events(operator)
    making.send()
    assert receiver.requests == []
    assert Attempt.objects.get().outcome == "unsigned"


def test_a_process_without_the_vault_s_key_claims_nothing(
    operator: User, receiver: Receiver, settings: Any
) -> None:
    register(operator, receiver)
    making.events(operator)
    making.place()
    due_at = only().due_at
    settings.VAULT_KEY = ""
    with pytest.raises(VaultClosed):
        deliveries_send(clock=utc_now)
    assert only().due_at == due_at
