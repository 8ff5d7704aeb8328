"""Verification: finds nothing where nothing is wrong."""

from lucidpay.clock import utc_now
from lucidpay.verification.findings import Scope
from lucidpay.verification.run import counts, database_findings
from tests.lucidpay.world import World


def test_it_finds_nothing_wrong_with_what_production_writes(company: World) -> None:
    fates = {name: payout.status for name, payout in company.payouts.items()}
    assert fates == {
        "confirmed": "confirmed", "lost": "confirmed", "failed": "failed", "retry": "confirmed",
        "approved": "confirmed", "cancelled": "cancelled", "processing": "processing",
        "pending": "pending",
    }  # fmt: skip
    assert [str(one) for one in database_findings(Scope(now=utc_now()))] == []
    assert counts()["payouts"] == 8
