"""What PostgreSQL itself refuses of a payout, whoever writes."""

import pgtrigger

from lucidpay.arrows import arrows
from payouts.states import ARROWS, Status

# Time-outs, contents and the number of people are the signer's to judge; that anybody at all
# has agreed, and that the chain was asked about the recipient, not even a bug can pass over.
AGREED = """
    IF NEW.screened_at IS NULL THEN
        RAISE EXCEPTION 'a payout that was not screened cannot be signed';
    END IF;
    IF NEW.review = 'approved' AND NOT EXISTS (
        SELECT FROM payouts_approval AS approval
         WHERE approval.payout_id = NEW.id AND approval.round = NEW.review_round
           AND approval.approver_id <> NEW.owner_id
    ) THEN
        RAISE EXCEPTION 'nobody has approved this payout as it stands';
    END IF;
    RETURN NEW;
"""

PAYOUT_TRIGGERS = [
    arrows("payout_arrows", "status", ARROWS),
    pgtrigger.Protect(name="payout_kept_for_good", operation=pgtrigger.Delete),
    pgtrigger.Trigger(
        name="payout_order_frozen",
        operation=pgtrigger.UpdateOf(
            "recipient_address",
            "amount_micro",
            "owner_id",
            "wallet_id",
            "reference_id",
            "retry_of_id",
            "batch_id",
            "batch_row",
            "memo",
        ),
        when=pgtrigger.Before,
        func="RAISE EXCEPTION 'whom and how much a payout pays cannot be changed';",
    ),
    pgtrigger.Trigger(
        name="payout_limits_frozen",
        operation=pgtrigger.UpdateOf(
            "limit_kinds",
            "router_type",
            "origin",
            "api_key_id",
            "key_origin_id",
            "created_at",
        ),
        when=pgtrigger.Before,
        func="RAISE EXCEPTION 'what a payout was reserved in cannot be changed';",
    ),
    pgtrigger.Trigger(
        name="payout_signed_as_agreed",
        operation=pgtrigger.UpdateOf("status"),
        when=pgtrigger.Before,
        # Of those that nobody had to agree to, there is nothing to look up.
        condition=pgtrigger.Q(new__status=Status.PROCESSING.value)
        & ~pgtrigger.Q(old__status=Status.PROCESSING.value)
        & (pgtrigger.Q(new__screened_at__isnull=True) | pgtrigger.Q(new__review="approved")),
        func=AGREED,
    ),
]
