"""Nobody waits in a circle, and whoever asks for a payout waits for no signer."""

from collections.abc import Iterator

import pytest
from django.db import connection

from tests import builders
from tests.payouts.rivals import Rival
from tests.payouts.test_sign import sign_all

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def impatient() -> Iterator[None]:
    """Let a statement that would wait for somebody's lock fail instead."""
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '2s'")
    yield
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = 0")


def test_a_payout_is_asked_for_while_the_wallet_is_being_signed_with(impatient: None) -> None:
    """Its commit has the limits locked: it must not wait for who may give back to them."""
    wallet = builders.hot_wallet()
    owner = builders.user()
    builders.payout(owner)
    signer = Rival(lambda: sign_all(wallet))
    try:
        builders.payout(owner)
    finally:
        signer.commit()
