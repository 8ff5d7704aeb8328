"""One row of each thing by which operators say what may be paid."""

from datetime import timedelta

from lucidpay.clock import utc_now
from payouts.models import BatchType
from payouts.models_limits import LimitKind
from payouts.models_review import ApprovalTier, ReviewExemption, ReviewRule, RuleCode
from payouts.models_top_up import TopUpRule
from payouts.services.edit_schedule import release_schedule_edit
from payouts.services.limits import limit_breaker_trip, limit_set
from payouts.services.recipients import kyc_add
from payouts.services.recipients_approve import recipient_trust
from tests import builders
from wallets.models import WalletKind


def policy_set() -> None:
    """Write to every table of limits, review, recipients and releases, as the services do."""
    known = {"by": "olga", "now": utc_now()}
    address = builders.address()
    limit_set(
        kind=LimitKind.RECIPIENT, subject=address, hourly_micro=7, daily_micro=None, **known
    )  # fmt: skip
    limit_breaker_trip(router_type="", reason="drill", **known)
    kyc_add(
        address=address, kyc_hash="ab" * 32, level=3, expires_at=utc_now() + timedelta(days=9),
        **known,
    )  # fmt: skip
    recipient_trust(address=address, note="ours", hourly_micro=None, daily_micro=None, **known)
    ReviewRule.objects.update_or_create(code=RuleCode.DUPLICATE, defaults={"enabled": True})
    ReviewExemption.objects.create(user=builders.user(), note="robot")
    ApprovalTier.objects.create(from_amount_micro=5, approvals_needed=2)
    TopUpRule.objects.create(
        wallet=builders.hot_wallet(), source=builders.wallet_of(WalletKind.COLD), below_micro=5,
        up_to_micro=9, author=builders.user(), changed_at=utc_now(),
    )  # fmt: skip
    release_schedule_edit(
        batch_type=BatchType.DAILY, crontab="30 6 * * *", timezone="UTC", enabled=True,
        now=utc_now(),
    )  # fmt: skip
