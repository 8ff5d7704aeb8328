"""Who may sign a transaction: the keys of an account's permission, their weights, its threshold.

java-tron ``TransactionCapsule.checkWeight``: the weights of distinct signers must reach the
threshold; a signer outside of the permission, a repeated one, or more signatures than keys, and
the whole transaction is refused.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

OWNER_PERMISSION = 0
SIGNATURES_MAX = 5  # java-tron ChainParameters: TOTAL_SIGN_NUM


@dataclass(frozen=True)
class Quorum:
    """One permission of an account, as it was when the transaction was built."""

    permission_id: int
    threshold: int
    weights: Mapping[str, int]

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> "Quorum":
        """Return what ``as_json`` has written. Raises ``LookupError`` or ``ValueError``."""
        weights = {str(key): int(weight) for key, weight in stored["keys"].items()}
        return cls(int(stored["id"]), int(stored["threshold"]), weights)

    @classmethod
    def alone(cls, address: str) -> "Quorum":
        """Return that of an account whose owner signs alone."""
        return cls(OWNER_PERMISSION, 1, {address: 1})

    def as_json(self) -> dict[str, Any]:
        """Return what a column keeps."""
        return {
            "id": self.permission_id,
            "threshold": self.threshold,
            "keys": dict(self.weights),
        }

    def weight_of(self, signers: Iterable[str]) -> int:
        """Return what these distinct signers weigh; a stranger raises ``KeyError``."""
        return sum(self.weights[signer] for signer in set(signers))

    def is_met_by(self, signers: Iterable[str]) -> bool:
        """Return whether these signers are enough."""
        return self.weight_of(signers) >= self.threshold
