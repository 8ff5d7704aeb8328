"""When a payout is released, in UTC."""

from datetime import UTC, datetime

import pytest

from payouts.releases import due_at

FRIDAY = datetime(2026, 1, 2, 23, 59, 59, 999_999, tzinfo=UTC)
MONDAY = datetime(2026, 1, 5, tzinfo=UTC)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("batch_type", "now", "expected"),
    [
        ("IMMEDIATE", FRIDAY, FRIDAY),
        ("HOURLY", FRIDAY, datetime(2026, 1, 3, tzinfo=UTC)),
        ("HOURLY", MONDAY, datetime(2026, 1, 5, 1, tzinfo=UTC)),
        ("DAILY", FRIDAY, datetime(2026, 1, 3, tzinfo=UTC)),
        ("DAILY", MONDAY, datetime(2026, 1, 6, tzinfo=UTC)),
        ("WEEKLY", FRIDAY, MONDAY),
        ("WEEKLY", MONDAY, datetime(2026, 1, 12, tzinfo=UTC)),
    ],
)
def test_it_is_released_at_the_next_full_one(
    batch_type: str, now: datetime, expected: datetime
) -> None:
    assert due_at(batch_type, now) == expected
