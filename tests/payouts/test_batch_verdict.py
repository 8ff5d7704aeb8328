"""Why a payout of a batch waits is said in words."""

import re

import pytest

from lucidpay.clock import NEVER, utc_now
from payouts.models import Payout
from payouts.models_batch import Batch
from payouts.verdict import verdict_of
from tests import builders


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("batch_fields", "payout_fields", "said"),
    [
        ({"paused_at": utc_now()}, {}, "batch_.* is paused"),
        ({"filled_at": None}, {}, "Waits until the file of batch_.* is all in"),
        ({}, {"due_at": NEVER, "sign_after": NEVER}, "Waits to be released by hand"),
        ({}, {}, "Waits for the signer"),
    ],
)
def test_it_says_what_it_waits_for(
    batch_fields: dict[str, object], payout_fields: dict[str, object], said: str
) -> None:
    builders.hot_wallet()
    batch = builders.batch(builders.user(), count=1)
    if batch_fields:
        Batch.objects.filter(pk=batch.pk).update(**batch_fields)
    if payout_fields:
        Payout.objects.update(**payout_fields)
    title = verdict_of(Payout.objects.get(), "", now=utc_now()).title
    assert re.search(said, title), title
