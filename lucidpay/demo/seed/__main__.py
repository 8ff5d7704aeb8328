"""``python -m lucidpay.demo.seed``: migrate, make users and keys, and fill the hot wallet.

Reads LUCIDPAY_DEMO_PASSWORD, LUCIDPAY_DEMO_KEYS (tokens of an earlier run, by space) and
LUCIDPAY_DEMO_CONTROL_URL (the sandbox's faucet; empty: there is none).
"""

import json
import os
import sys
from typing import Any

import django
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import DatabaseError

from access.commands import by_command


def main() -> int:
    """Seed, and return the exit code."""
    try:
        django.setup()
        call_command("migrate", interactive=False, stdout=sys.stderr)
        tell("migrated")
        with by_command(["demo"]):
            _seed()
    except (ImproperlyConfigured, CommandError, DatabaseError) as error:
        tell("failed", message=" ".join(str(error).split()))
        return 1
    return 0


def tell(event: str, **facts: Any) -> None:
    """Write one line of JSON."""
    print(json.dumps({"event": event, **facts}), flush=True)


def _seed() -> None:
    # Models can be imported once Django is set up.
    from lucidpay.demo.seed.hot import hot_wallet, wallet_await_address, wallet_fund
    from lucidpay.demo.seed.people import keys_make, people_make
    from tron.networks import network

    control_url = os.environ["LUCIDPAY_DEMO_CONTROL_URL"]
    people = people_make(os.environ["LUCIDPAY_DEMO_PASSWORD"])
    tokens = keys_make(people, known=os.environ["LUCIDPAY_DEMO_KEYS"].split())
    wallet = hot_wallet()
    tell("seeded", tokens=tokens, usdt_contract=network().usdt_contract)
    address = wallet_await_address(wallet)
    tell("wallet", address=address, id=wallet.public_id)
    if control_url:
        usdt, trx = wallet_fund(wallet, control_url)
        tell("funded", usdt=str(usdt), trx=str(trx))


if __name__ == "__main__":
    sys.exit(main())
