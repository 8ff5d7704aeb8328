"""Nobody gets past the password alone: every page of the admin asks for the code first.

One place for all pages, those of others and those to come. That the roles of such a person are
none (``access/console.py``) is the second lock of the same door.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from access.models import User
from access.step_up import has_passed, must_enrol, to_code_page

ADMIN = "/admin/"
OPEN = frozenset({"/admin/login/", "/admin/logout/"})
ENROLMENT = ("second-factor", "second-factor-begin", "second-factor-confirm")


class GateMiddleware:
    """Leads whoever has given a password only to the one page that is theirs."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(ADMIN) or request.path_info in OPEN:
            return self.get_response(request)
        if not isinstance(request.user, User) or has_passed(request):
            return self.get_response(request)
        if request.path_info in _pages_of(request):
            return self.get_response(request)
        if "HX-Request" in request.headers:
            # A part of a page asks; the whole page must go, and meets this gate itself.
            return HttpResponse(status=204, headers={"HX-Refresh": "true"})
        if must_enrol(request):
            return HttpResponseRedirect(reverse("second-factor"))
        return to_code_page(request)


def _pages_of(request: HttpRequest) -> set[str]:
    """Return the paths that are open to somebody who has given a password only."""
    names = ENROLMENT if must_enrol(request) else ("second-factor-code",)
    return {reverse(name) for name in names}
