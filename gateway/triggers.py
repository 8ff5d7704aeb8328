"""What PostgreSQL itself refuses of a payment, whoever writes."""

import pgtrigger

from gateway.states import PAYMENT_ARROWS
from lucidpay.arrows import arrows

PAYMENT_TRIGGERS = [
    arrows("payment_arrows", "status", PAYMENT_ARROWS),
    pgtrigger.Protect(name="payment_kept_for_good", operation=pgtrigger.Delete),
    # A mark and not a time: who waited for a lock has read the clock before.
    pgtrigger.Trigger(
        name="payment_compared_anew",
        operation=pgtrigger.UpdateOf(
            "status",
            "received_units",
            "accepted_units",
            "refunding_units",
            "refunded_micro",
        ),
        when=pgtrigger.Before,
        func="NEW.reconciled_at := NULL; RETURN NEW;",
    ),
    pgtrigger.Trigger(
        name="payment_fee_settled_once",
        operation=pgtrigger.UpdateOf("settlement_id"),
        when=pgtrigger.Before,
        condition=pgtrigger.Condition(
            "OLD.settlement_id IS NOT NULL AND OLD.settlement_id IS DISTINCT FROM NEW.settlement_id"
        ),
        func="""
            IF EXISTS (SELECT FROM gateway_settlement
                        WHERE id = OLD.settlement_id AND status <> 'failed') THEN
                RAISE EXCEPTION 'the fee of this payment is settled, or being settled';
            END IF;
            RETURN NEW;""",
    ),
    pgtrigger.Trigger(
        name="payment_quote_frozen",
        operation=pgtrigger.UpdateOf(
            "owner_id",
            "method",
            "payer_address",
            "payee_address",
            "amount_micro",
            "fee_micro",
            "net_micro",
            "fee_schedule_id",
            "reference_id",
            "deposit_id",
            "payer_wallet_id",
            "pay_currency",
            "pay_units",
            "rate_id",
            "expires_at",
            "from_block",
            "created_at",
        ),
        when=pgtrigger.Before,
        func="RAISE EXCEPTION 'what a payment was quoted cannot be changed';",
    ),
]
