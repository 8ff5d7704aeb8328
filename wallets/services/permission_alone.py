"""A key that acts for another account, because an active permission of it lets it, alone."""

from functools import partial
from typing import Any

from lucidpay.errors import ValidationFailed
from tron.kinds import TxKind
from tron.reads import chain_read
from wallets.quorums import NoSuchPermission, NotPermitted, quorum_asked

FIRST_ACTIVE = 2  # 0 is the owner's, 1 the witness's


def permission_alone(address: str, permission_id: int, *, signer: str) -> dict[str, Any]:
    """Return a permission, as wallets keep it, that this key meets alone and that lets USDT be
    sent.

    Of the solid state. Raises ``ValidationFailed`` with what is missing, or ``ChainAway``.
    """
    question = partial(
        quorum_asked, address=address, kind=TxKind.TRANSFER, permission_id=permission_id
    )
    try:
        quorum = chain_read(question)
    except NoSuchPermission:
        raise _wrong("This address has no active permission of this id.") from None
    except NotPermitted:
        raise _wrong("This permission does not allow to send USDT.") from None
    if signer not in quorum.weights:
        raise _wrong(f"The key's address {signer} is not in this permission.")
    if not quorum.is_met_by([signer]):
        raise _wrong("This key alone does not meet the permission's threshold.")
    return quorum.as_json()


def _wrong(text: str) -> ValidationFailed:
    return ValidationFailed({"permission_id": [text]})
