"""Who signed, and whether that is enough (java-tron ``TransactionCapsule``)."""

from collections.abc import Sequence

from coincurve import PublicKey
from Crypto.Hash import keccak

from tron.address import PREFIX, address_text
from tron.sandbox.errors import Refused
from tron.sandbox.parameters import SIGNATURES_MAX
from tron.sandbox.proto import CONTRACT_TYPES
from tron.sandbox.records import Account, Permission
from tron.sandbox.transactions import SignedTransaction

# What a fresh account's active permission allows on mainnet.
DEFAULT_OPERATIONS = bytes.fromhex("7fff1fc0033efb0f").ljust(32, b"\0")
# What a permission may allow at all: changing the permissions as well.
AVAILABLE_OPERATIONS = bytes.fromhex("7fff1fc0037efb0f").ljust(32, b"\0")


class SignatureUnreadable(ValueError):
    """No public key can be recovered from these bytes."""


class NotPermitted(ValueError):
    """The permission does not cover this contract or these signers."""


def address_of_key(key: PublicKey) -> bytes:
    """Return the 21-byte address of a public key."""
    point = key.format(compressed=False)[1:]
    return PREFIX + keccak.new(digest_bits=256, data=point).digest()[-20:]


def signer_of(signature: bytes, digest: bytes) -> bytes:
    """Return the 21-byte address that signed; v may be 0…3 or 27…34.

    Raises ``SignatureUnreadable`` (java-tron ``ECKey.signatureToKeyBytes``).
    """
    if len(signature) < 65:
        raise SignatureUnreadable(f"Signature size is {len(signature)}")
    header = signature[64] + 27 if signature[64] < 27 else signature[64]
    if not 27 <= header <= 34:
        raise SignatureUnreadable(f"Header byte out of range: {header}")
    recoverable = signature[:64] + bytes([(header - 27) & 3])
    try:
        key = PublicKey.from_signature_and_message(recoverable, digest, hasher=None)
    except Exception as error:  # coincurve raises a bare Exception where no key comes out
        raise SignatureUnreadable("Could not recover public key from signature") from error
    return address_of_key(key)


def permissions_default(address: bytes) -> tuple[Permission, ...]:
    """Return what every account starts with: owner and one active, both its own key."""
    keys = ((address, 1),)
    return (
        Permission(0, "owner", 1, b"", keys),
        Permission(2, "active", 1, DEFAULT_OPERATIONS, keys),
    )


def permissions_of(address: bytes, account: Account | None) -> tuple[Permission, ...]:
    """Return the permissions of an account, the default ones where it has no own."""
    if account is not None and account.permissions:
        return account.permissions
    return permissions_default(address)


def permission_find(
    address: bytes, account: Account | None, permission_id: int, contract_type: str
) -> Permission:
    """Return the permission a transaction claims, or raise ``NotPermitted``."""
    by_id = {permission.id: permission for permission in permissions_of(address, account)}
    if permission_id not in by_id:
        raise NotPermitted("permission isn't exit")
    permission = by_id[permission_id]
    if permission_id == 0:
        return permission
    if permission_id == 1:
        raise NotPermitted("Permission type is error")
    number = CONTRACT_TYPES[contract_type]
    if not permission.operations[number // 8] >> (number % 8) & 1:
        raise NotPermitted("Permission denied")
    return permission


def weight_sum(
    permission: Permission, signatures: Sequence[bytes], digest: bytes
) -> tuple[int, list[bytes]]:
    """Return (weight, signers); raises ``NotPermitted`` or ``SignatureUnreadable``.

    One bad signature spoils all (java-tron ``TransactionCapsule.checkWeight``).
    """
    if len(signatures) > len(permission.keys):
        raise NotPermitted(
            f"Signature count is {len(signatures)} more than key counts of permission : "
            f"{len(permission.keys)}"
        )
    weights = dict(permission.keys)
    signers: list[bytes] = []
    for signature in signatures:
        signer = signer_of(signature, digest)
        if signer not in weights:
            raise NotPermitted(
                f"{digest.hex()} is signed by {address_text(signer)} "
                "but it is not contained of permission."
            )
        if signer in signers:
            raise NotPermitted(f"{address_text(signer)} has signed twice!")
        signers.append(signer)
    return sum(weights[signer] for signer in signers), signers


def signatures_check(tx: SignedTransaction, account: Account | None) -> None:
    """Check the signatures against the owner's permission; raises ``Refused`` SIGERROR.

    Order and texts: java-tron ``TransactionCapsule.validatePubSignature``.
    """
    signatures = tx.message.signature
    if not signatures:
        raise _sig_error("miss sig or contract")
    if len(signatures) > SIGNATURES_MAX:
        raise _sig_error("too many signatures")
    try:
        permission = permission_find(tx.owner, account, tx.permission_id, tx.contract_type)
        weight, _ = weight_sum(permission, signatures, tx.txid)
    except (NotPermitted, SignatureUnreadable) as error:
        raise _sig_error(str(error)) from error
    if weight < permission.threshold:
        raise _sig_error("sig error")


def _sig_error(reason: str) -> Refused:
    return Refused("SIGERROR", f"Validate signature error: {reason}")
