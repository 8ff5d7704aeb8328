"""Acts that matter want a code of the last minutes; nothing is done without, nothing is lost."""

from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from access.models import ApiKey, User
from access.step_up import FIELD
from gateway.models_back import Dispute
from gateway.models_fees import Rate
from lucidpay.clock import utc_now
from payouts.models import Payout, Review
from payouts.models_limits import BreakerTrip, Limit
from payouts.models_recipients import KycRecord, TrustedRecipient
from payouts.models_review import ApprovalTier, ReviewRule
from payouts.services.limits import limit_breaker_trip
from payouts.services.recipients_approve import recipient_trust
from tests import builders
from tests.admin import pages
from tests.admin.conftest import Enter
from tests.admin.phones import clock, phone, text_of
from tests.admin.rows import one_of_each
from tests.second_factor import CODE, give_code, phone_of
from tron.contracts import Order
from tron.halt import pull
from tron.kinds import TxKind
from tron.models import Halt
from wallets.models_ledger import FundingSource
from wallets.models_operation import Operation
from wallets.services.operate import Asker, Cost, operation_request

__all__ = ["clock"]  # of every test here
KYC = {"kyc_hash": "ab" * 32, "expires_at": "2030-01-31 00:00"}
LABEL = "Code from your authenticator"


@pytest.fixture
def stale(enter: Enter, clock: time_machine.Traveller) -> Callable[[str], Client]:
    """Log somebody in whose last code was given more than five minutes ago."""

    def entered(role: str) -> Client:
        client = enter(role)
        client.phone = phone_of(client.person)  # type: ignore[attr-defined]
        give_code(client, phone(client).code())
        clock.shift(301)
        return client

    return entered


@pytest.fixture
def payout(payee_owner: User) -> Payout:
    """A payout that waits for a person."""
    made = builders.payout(payee_owner)
    Payout.objects.filter(pk=made.pk).update(review=Review.REQUIRED)
    made.refresh_from_db()
    return made


def approve(client: Client, payout: Payout, **fields: str) -> Any:
    """Send the form of the page as it stands."""
    path = reverse("admin:payouts_payout_approve", args=[payout.pk])
    page = text_of(client.get(path))
    seen = page.partition('name="seen_hash" value="')[2].partition('"')[0]
    return client.post(path, {"reason": "known to me", "seen_hash": seen, **fields})


def test_an_approval_wants_a_code_and_keeps_what_was_typed(
    stale: Callable[[str], Client], payout: Payout
) -> None:
    client = stale("approver")
    for given in ({}, {FIELD: phone(client).wrong()}):
        answer = approve(client, payout, **given)
        assert answer.status_code == 200
        assert LABEL in text_of(answer)
        assert "known to me" in text_of(answer)
        payout.refresh_from_db()
        assert payout.review == Review.REQUIRED

    assert approve(client, payout, **{FIELD: phone(client).code()}).status_code == 302
    payout.refresh_from_db()
    assert payout.review == Review.APPROVED


def test_a_code_stands_for_five_minutes(
    stale: Callable[[str], Client], payout: Payout, clock: time_machine.Traveller
) -> None:
    client = stale("approver")
    path = reverse("admin:payouts_payout_reject", args=[payout.pk])
    give_code(client, phone(client).code())
    clock.shift(299)
    assert LABEL not in text_of(client.get(path))
    clock.shift(1)
    assert LABEL in text_of(client.get(path))


def test_a_right_code_is_not_asked_for_again_when_something_else_is_wrong(
    stale: Callable[[str], Client], payout: Payout
) -> None:
    client = stale("approver")
    answer = approve(client, payout, reason="", **{FIELD: phone(client).code()})
    assert "This field is required" in text_of(answer)
    assert "Accepted." in text_of(answer)
    assert approve(client, payout).status_code == 302


def test_a_spent_code_approves_nothing(stale: Callable[[str], Client], payout: Payout) -> None:
    client = stale("approver")
    code = phone(client).code()
    other = Client()
    other.force_login(client.person)  # type: ignore[attr-defined]
    give_code(other, code)
    approve(client, payout, **{FIELD: code})
    payout.refresh_from_db()
    assert payout.review == Review.REQUIRED


def test_guessing_here_is_slowed_as_at_login(
    stale: Callable[[str], Client], payout: Payout
) -> None:
    client = stale("approver")
    for _ in range(5):
        approve(client, payout, **{FIELD: phone(client).wrong()})
    answer = approve(client, payout, **{FIELD: phone(client).code()})
    assert "Too many wrong codes" in text_of(answer)
    payout.refresh_from_db()
    assert payout.review == Review.REQUIRED


def test_who_has_no_second_factor_is_not_asked(enter: Enter, payout: Payout) -> None:
    assert approve(enter("approver"), payout).status_code == 302
    payout.refresh_from_db()
    assert payout.review == Review.APPROVED


def act(row: Any, verb: str) -> str:
    """Return the address of a verb on a row's page."""
    return reverse(f"admin:payouts_{row._meta.model_name}_{verb}", args=[row.pk])


Act = tuple[str, dict[str, Any], Callable[[], object]]


def _acts(owner: User) -> dict[str, Act]:
    """Return pages, what is sent to each, and what would be seen to change."""
    address = builders.address()
    return _on_people(owner) | _on_rules(address) | _on_recipients(address) | _on_money(owner)


def _on_people(owner: User) -> dict[str, Act]:
    key, _ = builders.api_key(owner)
    person = {"username": owner.username, "first_name": "Ann", "is_active": "on"}
    return {
        "make a key": (
            f"{pages.KEYS}add/", {"user": owner.pk, "name": "k"}, ApiKey.objects.count,
        ),
        "rotate a key": (
            reverse("admin:access_apikey_rotate", args=[key.pk]), {"overlap": "1"},
            ApiKey.objects.count,
        ),
        "change a user": (
            pages.detail(owner), person, lambda: User.objects.get(pk=owner.pk).first_name,
        ),
        "add a user": (
            f"{pages.USERS}add/",
            {"username": "new", "password1": builders.PASSWORD, "password2": builders.PASSWORD,
             "usable_password": "true"},
            User.objects.count,
        ),
    }  # fmt: skip


def _on_rules(address: str) -> dict[str, Act]:
    rule = ReviewRule.objects.get(code="duplicate")
    ReviewRule.objects.filter(pk=rule.pk).update(enabled=False)
    return {
        "set a limit": (
            "/admin/payouts/limit/add/", {"kind": "recipient", "subject": address,
                                          "daily_micro": "5"}, Limit.objects.count,
        ),
        "switch a rule": (
            pages.detail(rule), {"parameter": rule.parameter or "", "enabled": "on"},
            lambda: ReviewRule.objects.get(pk=rule.pk).enabled,
        ),
        "add a tier": (
            "/admin/payouts/approvaltier/add/",
            {"from_amount_micro": "5", "approvals_needed": "2"}, ApprovalTier.objects.count,
        ),
    }  # fmt: skip


def _on_recipients(address: str) -> dict[str, Act]:
    trusted = recipient_trust(
        address=address, note="", hourly_micro=None, daily_micro=None, by="o", now=utc_now()
    )
    TrustedRecipient.objects.filter(pk=trusted.pk).update(approved_at=None, approved_by="")
    return {
        "trust an address": (
            act(trusted, "approve"), {},
            lambda: TrustedRecipient.objects.get(pk=trusted.pk).approved_at,
        ),
        "add a kyc record": (
            "/admin/payouts/kycrecord/add/", {"address": address, "level": "1"} | KYC,
            KycRecord.objects.count,
        ),
        "add a source": (
            "/admin/wallets/fundingsource/add/", {"address": address, "note": "the exchange"},
            FundingSource.objects.count,
        ),
    }  # fmt: skip


def _on_money(owner: User) -> dict[str, Act]:
    failed = builders.payout(owner, status="failed")
    trip = limit_breaker_trip(
        router_type="PayoutRouterKYC", reason="drill", by="olga", now=utc_now()
    )
    return {
        "reset the breaker": (
            act(trip, "reset"), {"reason": "over"},
            lambda: BreakerTrip.objects.get(pk=trip.pk).reset_at,
        ),
        "set a rate": (
            "/admin/gateway/rate/add/", {"usdt_per_trx": "0.25", "reason": "the market"},
            Rate.objects.count,
        ),
        "lift the kill switch": (
            reverse("admin:tron_halt_lift"), {"halts": [_halt().pk], "reason": "looked at"},
            Halt.objects.filter(lifted_at=None).count,
        ),
        "clear an operation": (
            reverse("admin:wallets_operation_clear", args=[_doubted().pk]), {"reason": "another"},
            Operation.objects.exclude(cleared_at=None).count,
        ),
        "retry a payout": (
            reverse("admin:payouts_payout_retry", args=[failed.pk]), {"reason": "energy is back"},
            Payout.objects.count,
        ),
    }  # fmt: skip


def _doubted() -> Operation:
    wallet = builders.hot_wallet()
    operation = operation_request(
        wallet_id=wallet.pk,
        order=Order(TxKind.TRANSFER_TRX, str(wallet.address), builders.address(), amount=7),
        cost=Cost(burn_max_sun=1),
        asker=Asker("user 1"),
        now=utc_now(),
    )
    Operation.objects.filter(pk=operation.pk).update(doubted_at=utc_now())
    return operation


def _halt() -> Halt:
    pull(reason="a drill", by="olga", now=utc_now())
    return Halt.objects.get(lifted_at=None)


@pytest.mark.parametrize(
    "name",
    ["make a key", "rotate a key", "change a user", "add a user", "set a limit", "switch a rule",
     "add a tier", "trust an address", "reset the breaker", "add a kyc record", "add a source",
     "set a rate", "lift the kill switch", "clear an operation", "retry a payout"],
)  # fmt: skip
def test_what_gives_rights_or_moves_money_wants_a_code(
    stale: Callable[[str], Client], payee_owner: User, name: str
) -> None:
    path, fields, seen = _acts(payee_owner)[name]
    client = stale("admin")
    before = seen()
    assert LABEL in text_of(client.get(path, follow=True))
    for given in ({}, {FIELD: phone(client).wrong()}):
        answer = client.post(path, fields | given, follow=True)
        assert LABEL in text_of(answer)
        assert seen() == before

    client.post(path, fields | {FIELD: phone(client).code()}, follow=True)

    assert seen() != before


def test_pages_without_a_form_send_to_the_page_that_asks_and_back(
    stale: Callable[[str], Client], payee_owner: User
) -> None:
    client = stale("admin")
    tier = ApprovalTier.objects.create(from_amount_micro=5, approvals_needed=2)
    for path in (
        reverse("admin:auth_user_password_change", args=[payee_owner.pk]),
        reverse("admin:payouts_approvaltier_delete", args=[tier.pk]),
    ):
        assert client.post(path, {"post": "yes"})["Location"].startswith(f"{CODE}?next=")
    assert ApprovalTier.objects.filter(pk=tier.pk).exists()
    give_code(client, phone(client).code())
    client.post(path, {"post": "yes"})
    assert not ApprovalTier.objects.filter(pk=tier.pk).exists()


def test_who_may_only_look_is_not_asked(stale: Callable[[str], Client], payee_owner: User) -> None:
    client = stale("auditor")
    for path in (pages.detail(payee_owner), pages.detail(ReviewRule.objects.first())):
        answer = client.get(path)
        assert answer.status_code == 200
        assert LABEL not in text_of(answer)


def test_batches_and_disputes_want_a_code_to_decide_and_none_to_pause(
    stale: Callable[[str], Client], payee_owner: User
) -> None:
    rows = one_of_each(payee_owner)
    client = stale("approver")
    batch, dispute = rows["payouts_batch"], rows["gateway_dispute"]
    Dispute.objects.filter(pk=dispute.pk).update(closed_at=None, outcome="")
    asked = {
        path: LABEL in text_of(client.get(path))
        for path in (
            reverse("admin:payouts_batch_reject", args=[batch.pk]),
            reverse("admin:gateway_dispute_dismiss", args=[dispute.pk]),
            reverse("admin:payouts_batch_pause", args=[batch.pk]),
        )
    }
    assert list(asked.values()) == [True, True, False]
