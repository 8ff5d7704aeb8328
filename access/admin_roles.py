"""The roles in the admin: to look at. They are fixed in code (``access/scopes.py``)."""

from dataclasses import dataclass

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from access.console import sees_payouts
from access.models import User
from access.scopes import DECIDED_BY_PEOPLE, MEANINGS, ROLES, SEE_ALL, scopes_of


@dataclass(frozen=True)
class Rights:
    """What a user may do now: each scope with its meaning and the roles that give it."""

    scopes: list[tuple[str, str, str]]
    decides: list[str]
    roles: str
    stops_at: str  # why all of it is worth nothing; empty when it is not


def rights_of(user: User) -> Rights:
    """Return what a user may do by their roles; an API key of theirs may less, never more."""
    roles = sorted(user.role_names() & ROLES.keys())
    held = scopes_of(roles)
    return Rights(
        scopes=[
            (scope, means, ", ".join(role for role in roles if scope in ROLES[role]))
            for scope, means in MEANINGS.items()
            if scope in held
        ],
        decides=_decides(user, roles),
        roles=", ".join(roles),
        stops_at="" if user.is_active else "The user is not active: nothing of this holds.",
    )


def _decides(user: User, roles: list[str]) -> list[str]:
    if not user.is_staff:
        return []
    return [what for what, whose in DECIDED_BY_PEOPLE.items() if whose & set(roles)]


def roles_view(request: HttpRequest) -> HttpResponse:
    """Show which role may do what, to all who have a role here."""
    if not sees_payouts(request):
        raise PermissionDenied
    rows = [
        (scope, means, [scope in ROLES[role] for role in ROLES])
        for scope, means in MEANINGS.items()
    ]
    decided = [
        ("", what, [role in whose for role in ROLES]) for what, whose in DECIDED_BY_PEOPLE.items()
    ]
    context = {
        **admin.site.each_context(request), "title": "Roles", "rows": [*rows, *decided],
        "roles": [(role, role in SEE_ALL) for role in ROLES],
    }  # fmt: skip
    return TemplateResponse(request, "access/admin/roles.html", context)
