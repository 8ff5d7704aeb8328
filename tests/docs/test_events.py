"""Every event that a webhook can tell stands on the page for receivers."""

import re

from tests.docs.pages import page
from webhooks.kinds import KINDS, TEST


def test_every_event_is_named_and_no_other() -> None:
    named = re.findall(
        r"`((?:payout|batch|payment|settlement|webhook)\.[a-z]+)`", page("webhooks.md")
    )
    assert set(named) == {*KINDS, TEST}
