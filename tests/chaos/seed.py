"""A merchant with a balance, a rate of TRX, and people who decide; run inside the platform."""

import sys

from django.contrib.auth.models import Group

from access.models import User
from access.services.keys import api_key_create
from gateway.services.credit import merchant_credit
from gateway.services.rates import rate_set
from lucidpay.clock import utc_now
from tests.chaos.purchases import RATE_MICRO
from wallets.services.deposits import payments_account_ask, seeds_make

MERCHANT, APPROVER = "merchant", "approver"


def seed(credit_micro: int) -> None:
    """Print the token of the merchant's key, on the last line."""
    merchant = _user(MERCHANT, "merchant")
    _user(APPROVER, "approver", is_staff=True)
    now = utc_now()
    _, token = api_key_create(user=merchant, name="tests", rate_limits={"*": 1_000_000})
    merchant_credit(
        owner_id=merchant.pk, amount_micro=credit_micro, by="tests", note="theirs", now=now
    )
    rate_set(micro_per_trx=RATE_MICRO, by="tests", reason="it is so here", now=now)
    payments_account_ask(now=now)
    seeds_make()
    sys.stdout.write(f"\n{token}\n")


def _user(name: str, role: str, **fields: bool) -> User:
    made = User.objects.create_user(name, **fields)
    made.groups.add(Group.objects.get(name=role))
    return made
