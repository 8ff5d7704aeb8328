"""The words of a transaction: what it does, whom it serves, how far it is."""

from django.db import models


class TxKind(models.TextChoices):
    """What a transaction does on chain."""

    TRANSFER = "transfer", "USDT transfer"
    APPROVE = "approve", "USDT allowance"
    TRANSFER_TRX = "transfer_trx", "TRX transfer"
    STAKE = "stake", "stake"
    UNSTAKE = "unstake", "unstake"
    CANCEL_UNSTAKE = "cancel_unstake", "cancel what is being unstaked"
    WITHDRAW = "withdraw", "withdraw what was unstaked"
    DELEGATE = "delegate", "delegate a resource"
    UNDELEGATE = "undelegate", "take a delegated resource back"
    VOTE = "vote", "vote"
    CLAIM_REWARDS = "claim_rewards", "claim rewards"
    UPDATE_PERMISSIONS = "update_permissions", "set the account's permissions"


# Those that a contract executes: they cost energy, and their receipt names a result.
CALLS = (TxKind.TRANSFER, TxKind.APPROVE)


class Purpose(models.TextChoices):
    """What a transaction is for: whose row ``subject`` names, and who acts on its end."""

    PAYOUT = "payout", "a payout"
    OPERATION = "operation", "an operation of a wallet"
    SWEEP = "sweep", "the sweeping of a deposit address"


class TxStatus(models.TextChoices):
    """The life of a transaction; the arrows stand in ``ChainTransaction.Meta``."""

    AWAITING = "awaiting", "built and handed out; signatures are missing"
    SIGNED = "signed", "signed, stored, never sent yet"
    SENT = "sent", "sent at least once; the chain decides"
    SUCCEEDED = "succeeded", "solid, SUCCESS, exactly our transfer"
    FAILED = "failed", "solid, and the receipt proves that nothing was paid"
    DEAD = "dead", "proven never to be included"
    CONTRADICTED = "contradicted", "solid, but not our transfer: a person must look"


# An awaiting one counts as live: whoever signs for a key that is not here can also send.
LIVE = (TxStatus.AWAITING, TxStatus.SIGNED, TxStatus.SENT)
FINAL = (TxStatus.SUCCEEDED, TxStatus.FAILED, TxStatus.DEAD, TxStatus.CONTRADICTED)
# Only these two say that nothing was paid and nothing can be: another may be signed after them.
PAID_NOTHING = (TxStatus.FAILED, TxStatus.DEAD)
