"""Endpoints, and events for them: ``PORT ENDPOINTS SLOW EVENTS each|all``.

``each``: every endpoint has an owner of its own, and events are dealt out among them. ``all``:
every endpoint hears of every event.
"""

import sys

import django

django.setup()

from django.contrib.auth.models import Group  # noqa: E402
from django.db import transaction  # noqa: E402

from access.models import User  # noqa: E402
from lucidpay.clock import utc_now  # noqa: E402
from lucidpay.ids import new_id  # noqa: E402
from webhooks import outbox  # noqa: E402
from webhooks.models import Delivery, Endpoint  # noqa: E402
from webhooks.outbox import Fact  # noqa: E402
from webhooks.secrets import secret_make, secret_seal  # noqa: E402

KIND, CHUNK = "payout.confirmed", 1000
DATA = {"payout_id": "payout_" + "0" * 32, "status": "confirmed", "filler": "x" * 900}


def main(port: int, endpoints: int, slow: int, events: int, mode: str) -> None:
    """Make them; what an earlier round has left is not sent any more."""
    Delivery.objects.filter(status="pending").update(status="cancelled")
    Endpoint.objects.update(is_active=False)
    owners = [_endpoint(port, number, number < slow, mode).owner_id for number in range(endpoints)]
    for start in range(0, events, CHUNK):
        numbers = range(start, min(start + CHUNK, events))
        with transaction.atomic():
            facts = [Fact(new_id(), owners[one % len(owners)], DATA) for one in numbers]
            outbox.record(KIND, facts, at=utc_now())


def _endpoint(port: int, number: int, is_slow: bool, mode: str) -> Endpoint:
    role = "operator" if mode == "all" else "merchant"
    owner = User.objects.create_user(username=f"hooks-{new_id().hex}", password=None)
    owner.groups.add(Group.objects.get(name=role))
    key, now = new_id(), utc_now()
    path = f"{'slow' if is_slow else 'quick'}/{number}"
    return Endpoint.objects.create(
        id=key, owner=owner, url=f"http://127.0.0.1:{port}/{path}", events=[KIND],
        sealed_secret=secret_seal(secret_make(), key), created_at=now, updated_at=now,
    )  # fmt: skip


if __name__ == "__main__":
    main(*map(int, sys.argv[1:5]), sys.argv[5])
