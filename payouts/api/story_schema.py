"""What the story of a payout looks like, for the API's documentation."""

from typing import Any

from drf_spectacular.utils import OpenApiExample
from rest_framework import serializers

from lucidpay.api.fields import TokensField
from payouts.states import Status
from tron.models import TxStatus


class MomentOut(serializers.Serializer):
    """One line of the story."""

    at = serializers.DateTimeField()
    type = serializers.CharField(
        help_text="`created` `signed` `sent` `chain_succeeded` `chain_failed` `chain_dead` "
        "`chain_contradicted` `confirmed` `failed` `cancelled` `pending_again` `retried` "
        "`screened` `approved` `rejected` `edited` `approval_expired` `note`"
    )
    status = serializers.ChoiceField(choices=Status.choices, help_text="From then on.")
    by = serializers.CharField(
        help_text="The part of LucidPay that acted, or `owner` or `operator`; a person's name "
        "for those who see everybody's payouts."
    )
    message = serializers.CharField()
    details = serializers.DictField(help_text="Checks with their verdicts, and other facts.")


class AnswerOut(serializers.Serializer):
    """What a node said to one sending: evidence, never a verdict."""

    at = serializers.DateTimeField()
    node = serializers.CharField(
        help_text="`node 1`, `node 2` …; its host and port for those who see everybody's payouts."
    )
    outcome = serializers.CharField(help_text="`accepted` `known` `not_here` `unknown`")
    code = serializers.CharField()
    message = serializers.CharField(allow_null=True)


class ReceiptOut(serializers.Serializer):
    """The receipt in a solid block."""

    block_number = serializers.IntegerField()
    block_id = serializers.CharField()
    block_timestamp = serializers.DateTimeField()
    result = serializers.CharField()
    confirmations = serializers.IntegerField(allow_null=True)
    fee_trx = TokensField(allow_null=True)
    energy_used = serializers.IntegerField(allow_null=True)


class ProofOut(serializers.Serializer):
    """The solid block that decided, and the blocks from the reference block up to it."""

    solid_block = serializers.IntegerField()
    solid_block_id = serializers.CharField()
    solid_block_timestamp = serializers.DateTimeField()
    blocks_needed = serializers.IntegerField()
    blocks_stored = serializers.IntegerField()
    blocks_linked = serializers.IntegerField(help_text="Their parent is the block before.")
    complete = serializers.BooleanField(help_text="All are stored and linked, without a gap.")
    told_by = serializers.ListField(child=serializers.CharField(), help_text="Nodes.")
    agreed_by = serializers.ListField(child=serializers.CharField(), help_text="Other nodes.")


class AttemptOut(serializers.Serializer):
    """One signed transaction. Its bytes are not shown, only their SHA-256."""

    attempt = serializers.IntegerField(min_value=1)
    txid = serializers.CharField()
    status = serializers.ChoiceField(choices=TxStatus.choices)
    meaning = serializers.CharField(help_text="What the status proves, in a sentence.")
    signed_sha256 = serializers.CharField(help_text="Of the signed bytes, in hex.")
    signed_at = serializers.DateTimeField()
    sender_address = serializers.CharField()
    recipient_address = serializers.CharField()
    contract_address = serializers.CharField()
    amount_usdt = TokensField()
    fee_limit_trx = TokensField()
    energy_estimate = serializers.IntegerField(allow_null=True)
    reference_block = serializers.IntegerField()
    reference_block_id = serializers.CharField()
    expires_at = serializers.DateTimeField(help_text="In the chain's time.")
    sends = serializers.IntegerField()
    answers_total = serializers.IntegerField()
    answers_by_outcome = serializers.DictField(child=serializers.IntegerField())
    answers = AnswerOut(many=True, help_text="The last ones, at most `answers_shown_max`.")
    receipt = ReceiptOut(allow_null=True)
    proof = ProofOut(allow_null=True)
    final_at = serializers.DateTimeField(allow_null=True)
    settled_at = serializers.DateTimeField(allow_null=True)


class TotalsOut(serializers.Serializer):
    """How much there is, and how much of it is shown at most: always the newest."""

    events = serializers.IntegerField()
    attempts = serializers.IntegerField()
    events_shown_max = serializers.IntegerField()
    attempts_shown_max = serializers.IntegerField()
    answers_shown_max = serializers.IntegerField()


class StoryOut(serializers.Serializer):
    """The story of a payout, the oldest first."""

    payout_id = serializers.CharField()
    status = serializers.ChoiceField(choices=Status.choices)
    waits_for = serializers.CharField(
        allow_null=True,
        help_text="What keeps it from going on, for people; null when nothing does. Amounts and "
        "causes are for those who see everybody's payouts.",
    )
    retry_of = serializers.CharField(allow_null=True)
    retried_as = serializers.ListField(child=serializers.CharField())
    events = MomentOut(many=True)
    attempts = AttemptOut(many=True)
    totals = TotalsOut()


_TXID = "7d5a" * 16
_BODY: dict[str, Any] = {
    "payout_id": "payout_01890a5dac96774bbcceb302099a8057",
    "status": "confirmed",
    "waits_for": None,
    "retry_of": None,
    "retried_as": [],
    "events": [
        {
            "at": "2026-01-31T09:00:00.000000Z",
            "type": "created",
            "status": "pending",
            "by": "owner",
            "message": "asked for",
            "details": {"checks": {"funds": "passed: available when asked for"}},
        },
        {
            "at": "2026-01-31T09:01:05.000000Z",
            "type": "confirmed",
            "status": "confirmed",
            "by": "settlement",
            "message": "the transfer stands in a solid block",
            "details": {"txid": _TXID, "block": 61000020},
        },
    ],
    "attempts": [
        {
            "attempt": 1,
            "txid": _TXID,
            "status": "succeeded",
            "meaning": "Paid: solid block 61,000,020 holds it with the result SUCCESS and exactly "
            "our transfer in its log.",
            "signed_sha256": "0b61" * 16,
            "signed_at": "2026-01-31T09:00:01.000000Z",
            "sender_address": "TLa2f6VPqDgRE67v1736s7bJ8Ray5wYjU7",
            "recipient_address": "TNPeeaaFB7K9cmo4uQpcU32zGK8G1NYqeL",
            "contract_address": "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t",
            "amount_usdt": 12.5,
            "fee_limit_trx": 8.3571,
            "energy_estimate": 64285,
            "reference_block": 61000000,
            "reference_block_id": "0000000003a2c940" + "ab" * 24,
            "expires_at": "2026-01-31T09:02:57Z",
            "sends": 1,
            "answers_total": 1,
            "answers_by_outcome": {"accepted": 1},
            "answers": [
                {
                    "at": "2026-01-31T09:00:01.100000Z",
                    "node": "node 1",
                    "outcome": "accepted",
                    "code": "SUCCESS",
                    "message": None,
                }
            ],
            "receipt": {
                "block_number": 61000020,
                "block_id": "0000000003a2c954" + "cd" * 24,
                "block_timestamp": "2026-01-31T09:00:06Z",
                "result": "SUCCESS",
                "confirmations": 19,
                "fee_trx": 6.4285,
                "energy_used": 64285,
            },
            "proof": {
                "solid_block": 61000020,
                "solid_block_id": "0000000003a2c954" + "cd" * 24,
                "solid_block_timestamp": "2026-01-31T09:00:06Z",
                "blocks_needed": 20,
                "blocks_stored": 20,
                "blocks_linked": 20,
                "complete": True,
                "told_by": ["node 1"],
                "agreed_by": [],
            },
            "final_at": "2026-01-31T09:01:04.000000Z",
            "settled_at": "2026-01-31T09:01:05.000000Z",
        }
    ],
    "totals": {
        "events": 3,
        "attempts": 1,
        "events_shown_max": 200,
        "attempts_shown_max": 50,
        "answers_shown_max": 20,
    },
}
STORY_EXAMPLE = OpenApiExample("confirmed", value=_BODY, response_only=True, status_codes=["200"])
