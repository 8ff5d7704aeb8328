"""Every endpoint names its scopes; one that names none is closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.exceptions import NotAuthenticated
from rest_framework.permissions import BasePermission

from access.caller import Caller

if TYPE_CHECKING:  # DRF's views import this module while they are imported themselves
    from rest_framework.request import Request
    from rest_framework.views import APIView


class HasScope(BasePermission):
    """Lets a caller through who has the scope the view names for this method.

    ``required_scopes = {"POST": "payouts:create"}`` on the view; of a tuple any one will do.
    OPTIONS needs a caller only.
    """

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Return whether the caller has the scope; raise 401 when there is no caller."""
        if not isinstance(request.auth, Caller):
            raise NotAuthenticated
        scopes: dict[str, str | tuple[str, ...]] = getattr(view, "required_scopes", {})
        if request.method == "OPTIONS" or request.method not in view.allowed_methods:
            return True  # the method itself is refused next, with 405
        method = "GET" if request.method == "HEAD" else str(request.method)
        wanted = scopes.get(method, ())
        return not request.auth.scopes.isdisjoint({wanted} if isinstance(wanted, str) else wanted)
