"""No page gives away what would open something, and none asks another machine for a file."""

import re
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from access.models import User
from tests import builders
from tests.admin import pages
from tests.admin.conftest import Enter
from tests.admin.rows import one_of_each
from tron.models import ChainTransaction
from wallets.models import Wallet


@pytest.fixture
def everything(payee_owner: User) -> dict[str, Any]:
    """One row of every model."""
    key, _ = builders.api_key(payee_owner)
    return one_of_each(payee_owner) | {"access_user": payee_owner, "access_apikey": key}


def all_pages(rows: dict[str, Any]) -> list[str]:
    """Return the addresses of every kind of page."""
    lists = [pages.listing(name) for name in pages.MODELS]
    details = [pages.detail(row) for row in rows.values()]
    return [
        "/admin/", "/admin/audit/", "/admin/roles/", *lists, *details, f"{pages.KEYS}add/",
        f"{pages.USERS}add/", reverse("admin:tron_halt_lift"),
        *(
            reverse(f"admin:{page}", args=[rows["wallets_wallet"].pk])
            for page in ("wallets_wallet_send-trx", "staking_wallet_stake")
        ),
        reverse("admin:wallets_operation_cancel", args=[rows["wallets_operation"].pk]),
        reverse("admin:wallets_operation_clear", args=[rows["wallets_operation"].pk]),
        reverse("admin:access_apikey_revoke", args=[rows["access_apikey"].pk]),
        reverse("admin:access_apikey_rotate", args=[rows["access_apikey"].pk]),
        reverse("admin:access_user_logins_end", args=[rows["access_user"].pk]),
        reverse("admin:auth_user_password_change", args=[rows["access_user"].pk]),
    ]  # fmt: skip


def test_no_page_holds_a_secret(enter: Enter, everything: dict[str, Any]) -> None:
    client = enter("admin", is_superuser=True)
    hashes = User.objects.values_list("password", flat=True)
    secrets = [
        Wallet.objects.get().sealed_key,
        ChainTransaction.objects.get().signed_hex,
        everything["access_apikey"].digest,
        everything["wallets_depositaccount"].sealed_seed,
        everything["webhooks_endpoint"].sealed_secret,
        everything["webhooks_endpoint"].sealed_headers,
        settings.VAULT_KEY,
        settings.VAULT_PUBLIC_KEY,
        settings.SECRET_KEY,
        *(value.rpartition("$")[2][:6] for value in hashes),
    ]

    for address in all_pages(everything):
        answer = client.get(address)
        assert answer.status_code == 200, address
        for secret in secrets:
            assert secret not in answer.content.decode(), (address, secret)


def test_no_page_loads_anything_from_another_machine(
    enter: Enter, everything: dict[str, Any]
) -> None:
    client = enter("admin", is_superuser=True)

    login = Client().get("/admin/login/").content.decode()
    for page in (login, *(client.get(a).content.decode() for a in all_pages(everything))):
        loaded = re.findall(r"<(?:script|link|img|iframe)[^>]*(?:src|href)=\"([^\"]+)\"", page)
        assert loaded
        assert [one for one in loaded if not one.startswith("/")] == []


def test_no_list_can_be_filtered_by_what_it_does_not_show(enter: Enter, wallet: Wallet) -> None:
    client = enter("admin", is_superuser=True)

    for model, lookup in (
        ("wallets_wallet", "sealed_key__startswith"),
        ("tron_chaintransaction", "signed_hex__startswith"),
        ("payouts_payout", "wallet__sealed_key__startswith"),
        ("payouts_payout", "owner__password__startswith"),
        ("access_user", "password__startswith"),
        ("access_user", "groups__user__password__startswith"),
        ("access_apikey", "digest__startswith"),
        ("access_apikey", "user__password__startswith"),
        ("webhooks_endpoint", "sealed_secret__startswith"),
        ("webhooks_delivery", "endpoint__sealed_secret__startswith"),
    ):
        answer = client.get(pages.listing(model), {lookup: "a"})
        assert answer.status_code == 400, (model, lookup)
