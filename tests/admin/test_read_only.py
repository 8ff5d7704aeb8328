"""Nothing about money is written by a form, not even by a superuser."""

from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse

from access.models import User
from payouts.models import Payout, Router
from tests import builders
from tests.admin import pages
from tests.admin.conftest import Enter
from tests.admin.rows import one_of_each


def model_of(name: str) -> Any:
    """Return the model of ``app_model``."""
    return apps.get_model(*name.split("_"))


@pytest.fixture
def rows(payee_owner: User) -> dict[str, Any]:
    """One row of every model that is only looked at."""
    return one_of_each(payee_owner)


@pytest.mark.parametrize("superuser", [False, True])
def test_no_form_adds_changes_or_deletes(
    enter: Enter, rows: dict[str, Any], superuser: bool
) -> None:
    client = enter("admin", is_superuser=superuser)

    for name in pages.READ_ONLY:
        before = list(model_of(name).objects.order_by("pk").values())
        row = rows[name]
        fields = {"name": "changed", "status": "confirmed", "amount_micro": 1, "wallet": ""}
        add = reverse(f"admin:{name}_add")
        delete = reverse(f"admin:{name}_delete", args=[row.pk])
        assert client.post(add, fields).status_code == 403, name
        assert client.post(pages.detail(row), fields).status_code == 403, name
        assert client.post(delete, {"post": "yes"}).status_code == 403, name
        _bulk_delete(client, name, row)
        assert list(model_of(name).objects.order_by("pk").values()) == before, name


def _bulk_delete(client: Client, name: str, row: Any) -> None:
    body = {"action": "delete_selected", "_selected_action": [str(row.pk)], "post": "yes"}
    assert client.post(pages.listing(name), body).status_code in (200, 302, 403)


@pytest.mark.parametrize("odd", ["abc", "0", "9" * 30, "-1", "%00", "²", "x" * 300])
def test_an_odd_id_is_no_page(enter: Enter, odd: str) -> None:
    """Django sends whom it asks for what does not exist back to the start."""
    client = enter("admin")
    for name in pages.MODELS:
        listing = pages.listing(name)
        assert client.get(f"{listing}{odd}/change/").status_code in (302, 404), name


def test_every_page_of_every_model_can_be_looked_at(enter: Enter, rows: dict[str, Any]) -> None:
    client = enter("auditor")

    for name in pages.READ_ONLY:
        page = client.get(pages.detail(rows[name]))
        assert page.status_code == 200, name
        assert 'name="_save"' not in page.content.decode(), name


def test_the_paying_wallet_of_a_router_is_not_changed_here(enter: Enter, wallet: Any) -> None:
    router = Router.objects.exclude(wallet=None).first()
    assert router is not None

    assert enter("admin").post(pages.detail(router), {"wallet": ""}).status_code == 403
    router.refresh_from_db()
    assert router.wallet == wallet


def test_an_odd_id_leads_back_with_a_word(enter: Enter, payee_owner: User) -> None:
    builders.payout(payee_owner)

    answer = enter().get(f"{pages.LIST}nonsense/change/")

    assert answer.status_code == 302
    assert Payout.objects.count() == 1
