"""A user for every role, and API keys for two of them."""

from collections.abc import Iterable

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.models import Group

from access.models import ApiKey, User
from access.scopes import ROLES
from access.services.keys import api_key_create, api_key_revoke, digest_of
from lucidpay.clock import utc_now
from payouts.models_limits import LimitKind
from payouts.models_review import ReviewExemption
from payouts.services.limits import limit_set

ADMIN = "admin"
STAFF = {ADMIN, "approver", "auditor", "operator"}
KEY_NAME = "demo"
UNREVIEWED = {"operator"}  # nobody has to approve what their key asks for
# Calls a minute by owner; the end user's key has the limits everybody has.
RATE_LIMITS: dict[str, dict[str, int]] = {"operator": {"*": 1_000_000}, "end_user": {}}


def people_make(password: str) -> dict[str, User]:
    """Return a user for every role, named like it, all with this password."""
    people = {role: _person(role) for role in ROLES}
    encoded = people[ADMIN].password
    # Hashing is slow on purpose: once for all, and only when the password is another one.
    if not check_password(password, encoded):
        encoded = make_password(password)
    User.objects.filter(username__in=ROLES).update(password=encoded, is_active=True)
    return people


def keys_make(people: dict[str, User], *, known: Iterable[str]) -> dict[str, str]:
    """Return a working token by owner: a known one while it works, else a new one.

    A token cannot be read back from the database. When a new one is made, the demo's earlier
    keys of that owner are revoked: nobody has them any more.
    """
    tokens = list(known)
    made = {role: _token(people[role], limits, tokens) for role, limits in RATE_LIMITS.items()}
    _lift_limits(made["operator"])
    return made


def _lift_limits(token: str) -> None:
    """Free a key of the routers' limits; the end user's key keeps what everybody has."""
    key = ApiKey.objects.get(digest=digest_of(token))
    limit_set(
        kind=LimitKind.API_KEY, subject=key.pk.hex, hourly_micro=None, daily_micro=None,
        lifts_router=True, by="demo", now=utc_now(),
    )  # fmt: skip


def _person(role: str) -> User:
    user, _ = User.objects.update_or_create(
        username=role,
        defaults={"is_staff": role in STAFF, "is_superuser": role == ADMIN},
    )
    user.groups.add(Group.objects.get(name=role))
    return user


def _token(user: User, rate_limits: dict[str, int], known: list[str]) -> str:
    now = utc_now()
    keys = ApiKey.objects.filter(user=user, name=KEY_NAME, revoked_at=None)
    working = {key.digest for key in keys if key.expires_at is None or key.expires_at > now}
    for token in known:
        if digest_of(token) in working:
            return token
    for key in keys:
        api_key_revoke(key=key, now=now)
    key, token = api_key_create(user=user, name=KEY_NAME, rate_limits=rate_limits)
    if user.username in UNREVIEWED:
        # With the key and not at every start: what was taken back in the admin stays so.
        ReviewExemption.objects.create(api_key=key, note="the demo's own payouts")
    return token
