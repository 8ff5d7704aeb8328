"""One caller without limits, a wallet that could pay for years; prints the caller's token."""

import sys

import django

django.setup()

from access.models import User  # noqa: E402
from access.services.keys import api_key_create  # noqa: E402
from tests import builders  # noqa: E402

USDT_MICRO = 10**15


def main() -> None:
    """Make what is not there yet; a new key each time, as a token is shown once only."""
    caller = User.objects.filter(username="bench").first()
    if caller is None:
        caller = builders.user("operator", username="bench")
        builders.hot_wallet(usdt_micro=USDT_MICRO)
        builders.lift_limits()
    _, token = api_key_create(user=caller, name="bench", rate_limits={"*": 100_000_000})
    sys.stdout.write(f"{token}\n")


if __name__ == "__main__":
    main()
