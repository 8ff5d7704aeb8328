"""Who acts in the admin. People alone decide about payouts: no key and no token can."""

from dataclasses import dataclass

from access.models import User
from lucidpay.errors import FORBIDDEN, LucidError

APPROVERS = frozenset({"approver", "admin"})
EDITORS = frozenset({"operator", "approver", "admin"})


class NotAllowed(LucidError):
    """Your role does not let you do this."""

    code = FORBIDDEN
    status_code = 403


@dataclass(frozen=True)
class Person:
    """Somebody logged in at the admin. Made there, from the session, and nowhere else."""

    user_id: int

    def __str__(self) -> str:
        return f"user {self.user_id}"


def allowed(person: Person, *, roles: frozenset[str]) -> User:
    """Return the user behind a person who has one of these roles at this moment.

    Asked of the database and not of the session. Raises ``NotAllowed``.
    """
    user = User.objects.prefetch_related("groups").filter(pk=person.user_id).first()
    if user is None or not (user.is_active and user.is_staff and user.role_names() & roles):
        raise NotAllowed({"role": [f"One of these is needed: {', '.join(sorted(roles))}."]})
    return user
