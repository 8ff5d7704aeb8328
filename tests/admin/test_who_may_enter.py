"""Roles decide what is seen; nobody needs Django's permissions."""

import pytest
from django.contrib import admin
from django.test import Client

from access.models import User
from tests import builders
from tests.admin import pages
from tests.admin.conftest import Enter

CONSOLE_ROLES = ("operator", "approver", "auditor", "admin")
OTHER_ROLES = ("end_user", "node_operator", "merchant", None)


@pytest.mark.parametrize("model", pages.MODELS)
def test_a_stranger_is_sent_to_the_login_page(db: None, model: str) -> None:
    answer = Client().get(pages.listing(model))

    assert answer.status_code == 302
    assert answer["Location"].startswith("/admin/login/")


def test_who_is_not_staff_sees_nothing_even_as_an_operator(payee_owner: User, enter: Enter) -> None:
    payout = builders.payout(payee_owner)
    client = enter("operator", is_staff=False)

    for address in (pages.LIST, pages.detail(payout), pages.cancel(payout)):
        answer = client.get(address)
        assert answer.status_code == 302
        assert payout.recipient_address not in answer.content.decode()


@pytest.mark.parametrize("role", OTHER_ROLES)
def test_staff_without_a_role_of_the_console_sees_nothing(
    payee_owner: User, enter: Enter, role: str | None
) -> None:
    payout = builders.payout(payee_owner)
    client = enter(role)

    assert client.get("/admin/").status_code == 200
    for address in (*map(pages.listing, pages.MODELS), pages.detail(payout), pages.cancel(payout)):
        assert client.get(address).status_code == 403, address


@pytest.mark.parametrize("role", CONSOLE_ROLES)
def test_a_role_of_the_console_sees_payouts_chain_and_books(
    payee_owner: User, enter: Enter, role: str
) -> None:
    payout = builders.payout(payee_owner, status="confirmed")
    client = enter(role)

    for model in pages.READ_ONLY:
        assert client.get(pages.listing(model)).status_code == 200, model
    answer = client.get(pages.detail(payout))
    assert payout.recipient_address in answer.content.decode()


def test_a_superuser_without_groups_sees_all(payee_owner: User, enter: Enter) -> None:
    client = enter(None, is_superuser=True)

    for model in pages.MODELS:
        assert client.get(pages.listing(model)).status_code == 200, model


@pytest.mark.parametrize(
    ("role", "status"), [("operator", 403), ("approver", 403), ("auditor", 200), ("admin", 200)]
)
def test_users_and_keys_are_for_those_who_manage_or_audit_them(
    enter: Enter, role: str, status: int
) -> None:
    client = enter(role)

    assert client.get(pages.USERS).status_code == status
    assert client.get(pages.KEYS).status_code == status


def test_a_role_that_is_taken_away_is_gone_at_the_next_click(
    payee_owner: User, enter: Enter
) -> None:
    client = enter("operator")
    assert client.get(pages.LIST).status_code == 200

    client.person.groups.clear()  # type: ignore[attr-defined]

    assert client.get(pages.LIST).status_code == 403


def test_only_these_models_have_pages() -> None:
    found = {f"{model._meta.app_label}_{model._meta.model_name}" for model in admin.site._registry}

    assert found == set(pages.MODELS)
