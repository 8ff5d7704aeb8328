"""What an endpoint may be told of: as much as its owner may see today."""

from dataclasses import dataclass

from access.caller import caller_of_user
from access.scopes import WEBHOOKS_MANAGE
from webhooks.models import Endpoint


@dataclass(frozen=True)
class Hearing:
    """Whose events an endpoint may be told of."""

    owner_id: int
    may_hear: bool
    sees_all: bool

    def of(self, owner_id: int | None) -> bool:
        """Return whether events of this owner are for it."""
        return self.may_hear and (self.sees_all or owner_id == self.owner_id)


def hearing_of(endpoint: Endpoint) -> Hearing:
    """Return what an endpoint may be told of; its owner should be loaded with its groups."""
    owner = caller_of_user(endpoint.owner)
    may_hear = endpoint.owner.is_active and WEBHOOKS_MANAGE in owner.scopes
    return Hearing(endpoint.owner_id, may_hear, owner.sees_all)
