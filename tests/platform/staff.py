"""People with a password and an authenticator; run inside the platform's environment."""

import sys

from lucidpay.clock import utc_now
from tests import builders
from tests.second_factor import phone_of
from webhooks.services.register import endpoint_register


def staff(hooks_url: str) -> None:
    """Print the secrets of an operator's and an approver's authenticators, on the last line.

    What becomes of the operator's payouts is told to ``hooks_url``.
    """
    olivia = builders.user("operator", username="olivia", is_staff=True)
    adam = builders.user("approver", username="adam", is_staff=True)
    endpoint_register(
        owner_id=olivia.pk, url=hooks_url, events=["payout.confirmed"], headers={},
        is_active=True, now=utc_now(),
    )  # fmt: skip
    sys.stdout.write(f"\n{phone_of(olivia).secret.hex()} {phone_of(adam).secret.hex()}\n")
