"""The front page of the admin, and the part of it that renews itself."""

from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from access.console import console_scopes
from access.models import User
from access.scopes import PAYOUTS_READ, STATS_READ, WALLETS_READ
from lucidpay.clock import utc_now
from lucidpay.dashboard.figures import figures_of
from lucidpay.dashboard.need import Viewer
from lucidpay.dashboard.needs import needs_of, summary_of
from lucidpay.dashboard.panels import charts_of, tiles_of
from lucidpay.dashboard.runway import runways_of
from payouts.admin_review import may_review


def front_context(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Return what the admin's index shows (Unfold's ``DASHBOARD_CALLBACK``).

    For people without a role of the console nothing is added: they see what Django shows them.
    """
    if PAYOUTS_READ not in console_scopes(request):
        return context
    return {**context, "title": "Overview", "front": _front(request)}


def front_live(request: HttpRequest) -> HttpResponse:
    """Show the parts of the front page that renew themselves; with ``?needs`` the first alone.

    A read: it changes nothing. Refused without a role of the console; who is not logged in is led
    to the login by the admin.
    """
    if PAYOUTS_READ not in console_scopes(request):
        raise PermissionDenied
    front = _needs(request, utc_now()) if "needs" in request.GET else _front(request)
    return render(request, "lucidpay/front/live.html", {"front": front})


def _front(request: HttpRequest) -> dict[str, Any]:
    """Return what the page shows this person; a fixed number of statements."""
    now, scopes = utc_now(), console_scopes(request)
    front = _needs(request, now) | {"has_figures": True}
    if not scopes & {STATS_READ, WALLETS_READ}:
        return front
    figures = figures_of(now)
    if STATS_READ in scopes:
        front |= {"tiles": tiles_of(figures), "charts": charts_of(figures)}
    if WALLETS_READ in scopes:
        front["runways"] = runways_of(figures)
    return front


def _needs(request: HttpRequest, now: datetime) -> dict[str, Any]:
    needs = needs_of(_viewer(request), now=now)
    lines = [(need, need.found.age(now) if need.found else "") for need in needs]
    return {"now": now, "needs": lines, "summary": summary_of(needs)}


def _viewer(request: HttpRequest) -> Viewer:
    user = request.user
    assert isinstance(user, User)  # noqa: S101 (nobody else has a scope here)
    return Viewer(user.pk, console_scopes(request), may_review(request))
