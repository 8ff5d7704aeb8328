"""All is well, unless a test says otherwise."""

import pytest

from access.models import User
from tests import builders
from tests.dashboard.world import all_is_well
from wallets.models import Wallet


@pytest.fixture
def wallet(db: None) -> Wallet:
    """A wallet with 1 000 000 USDT that pays for all routers, beside a platform that works."""
    all_is_well()
    return builders.hot_wallet()


@pytest.fixture
def owner(wallet: Wallet) -> User:
    """Somebody whose program asks for payouts."""
    builders.lift_limits()
    return builders.user(username="acme-payroll")
