"""People who enter the admin, and a wallet that pays."""

from collections.abc import Callable

import pytest
from django.test import Client

from access.models import User
from tests import builders
from wallets.models import Wallet

Enter = Callable[..., Client]


@pytest.fixture
def wallet(db: None) -> Wallet:
    """A wallet with 1 000 000 USDT that pays for all routers."""
    return builders.hot_wallet()


@pytest.fixture
def payee_owner(wallet: Wallet) -> User:
    """Somebody whose program asks for payouts."""
    return builders.user(username="acme-payroll")


@pytest.fixture
def enter(db: None) -> Enter:
    """Log a new member of staff with this role in, and return their browser."""

    def entered(role: str | None = "operator", **fields: object) -> Client:
        member = builders.user(role, **{"is_staff": True, **fields})
        client = Client()
        client.force_login(member)
        client.person = member  # type: ignore[attr-defined]
        return client

    return entered
