"""The kill switch in the admin: how it stands, who pulled it and why, and the way back."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST
from unfold.decorators import display

from access.console import NOTHING, ReadOnlyAdmin, code, time_text
from access.console_fields import ReasonField
from access.step_up import stepped_up
from lucidpay.clock import utc_now
from lucidpay.errors import LucidError
from tron.breaker import network_breaker_status
from tron.console import halts_here, may_lift, may_pull
from tron.halt import REASON_MAX, lift, open_halts, pull
from tron.models import Halt, HaltCause

BY_MAX, ID_DIGITS_MAX = 100, 18
CHECKS = {
    HaltCause.OPERATOR: (
        "Ask whoever pulled it whether what they saw is over.",
    ),
    HaltCause.OUTFLOW: (
        "Look up the txid: how much left which wallet, to whom?",
        "If one of you moved it, explain its booking first; then lift.",
        "If nobody did, somebody else has the key. Do not lift: bring the rest to safety.",
    ),
    HaltCause.BOOKS: (
        "Look at the comparisons of this wallet: since which block do they differ, by how much?",
        "If one node alone tells it, the node is wrong, not the books.",
        "Lifted without a correction, it is pulled again by the next comparisons.",
    ),
    HaltCause.NODE: (
        "Find out at a third place, such as a block explorer, who is right.",
        "Take the liar out of TRON_NODES and restart before you lift.",
        "Run python manage.py verify: lift when it is content.",
    ),
}  # fmt: skip
PLACES = {
    HaltCause.OUTFLOW: ("Bookings nobody has explained",
                        "wallets_journal", "explanation=missing"),
    HaltCause.BOOKS: ("Comparisons", "wallets_reconciliation", ""),
    HaltCause.NODE: ("Nodes", "tron_nodestate", ""),
}  # fmt: skip
STATES = {"open": "danger", "lifted": "default"}


class ReasonForm(forms.Form):
    """Why it is done."""

    reason = ReasonField(max_length=REASON_MAX, rows=2)


class HaltsField(forms.MultipleChoiceField):
    """Ids of halts; the service tells which of them are open still."""

    def valid_value(self, value: str) -> bool:
        """Whether it can be the id of a row."""
        return value.isascii() and value.isdecimal() and len(value) <= ID_DIGITS_MAX


class LiftForm(ReasonForm):
    """Which halts are lifted, one by one, and why."""

    halts = HaltsField(error_messages={"required": "Tick what you have read and understood."})


@dataclass(frozen=True)
class Shown:
    """A halt with what should be looked at before it is lifted."""

    halt: Halt
    checks: tuple[str, ...]
    place: str = ""
    address: str = ""


def _shown(halt: Halt) -> Shown:
    cause = HaltCause(halt.cause)
    if cause not in PLACES:
        return Shown(halt, CHECKS[cause])
    name, model, query = PLACES[cause]
    address = reverse(f"admin:{model}_changelist")
    return Shown(halt, CHECKS[cause], name, f"{address}?{query}" if query else address)


@admin.register(Halt)
class HaltAdmin(ReadOnlyAdmin):
    """Why nothing was signed and nothing sent, and who let go of it."""

    empty_text = "Nobody has ever stopped everything."
    list_display = (
        "state", "cause", "about", "reason", "by", "when", "lifted", "lifted_by", "lifted_reason",
    )  # fmt: skip
    list_filter = ("cause",)
    list_before_template = "tron/admin/kill_switch.html"
    fields = list_display
    readonly_fields = ("state", "about", "when", "lifted")

    def get_urls(self) -> list[URLPattern]:
        """Add where it is pulled, and where it is let go."""
        site = self.admin_site
        return [
            path("stop/", site.admin_view(require_POST(self.stop_view)), name="tron_halt_stop"),
            path("lift/", site.admin_view(self.lift_view), name="tron_halt_lift"),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show how the switch stands, above all that has ever stopped us."""
        state = {
            "title": "Kill switch",
            "is_kill_switch": True,
            "halts": halts_here(request),
            "may_pull": may_pull(request),
            "may_lift": may_lift(request),
            "form": ReasonForm(),
            "network": network_breaker_status().replace("_", " "),
        }
        return super().changelist_view(request, (extra_context or {}) | state)

    def stop_view(self, request: HttpRequest) -> HttpResponse:
        """Stop everything at once. Sent twice it is one halt: the same person and reason."""
        if not may_pull(request):
            raise PermissionDenied
        form = ReasonForm(request.POST)
        if not form.is_valid():
            page = {"title": "Stop everything", "form": form, "may_pull": True}
            return self._page(request, "stop", page)
        pull(reason=form.cleaned_data["reason"], by=_by(request), now=utc_now())
        messages.success(request, "Stopped. Nothing more is signed, and nothing more is sent.")
        return HttpResponseRedirect(_home())

    def lift_view(self, request: HttpRequest) -> HttpResponse:
        """Show what has stopped everything and what to look at; lift what is ticked."""
        if not may_lift(request):
            raise PermissionDenied
        halts = open_halts()
        form = stepped_up(LiftForm, request)(request.POST or None)
        if request.method != "POST" or not form.is_valid():
            if not halts:
                messages.info(request, "Nothing is stopped.")
                return HttpResponseRedirect(_home())
            ticked = set(request.POST.getlist("halts"))
            rows = [(one, str(one.halt.pk) in ticked) for one in map(_shown, halts)]
            page = {"title": "Let it go on", "form": form, "rows": rows}
            return self._page(request, "lift", page)
        try:
            count = lift(
                halts=map(int, form.cleaned_data["halts"]),
                reason=form.cleaned_data["reason"],
                by=_by(request),
                now=utc_now(),
            )
        except LucidError as error:
            messages.error(request, error.message)
        else:
            messages.success(request, f"Lifted: {count}. {_what_is_left()}")
        return HttpResponseRedirect(_home())

    def _page(self, request: HttpRequest, name: str, page: dict[str, Any]) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request), "opts": self.opts, "is_kill_switch": True,
            "back": _home(), **page,
        }  # fmt: skip
        return TemplateResponse(request, f"tron/admin/{name}.html", context)

    @display(description="state", label=STATES)
    def state(self, halt: Halt) -> str:
        """Return whether it still stops everything."""
        return "open" if halt.lifted_at is None else "lifted"

    @display(description="about")
    def about(self, halt: Halt) -> SafeString | str:
        """Return what it is about; of a person's halt the reason says it."""
        return NOTHING if halt.cause == HaltCause.OPERATOR else code(halt.subject)

    @display(description="since (UTC)")
    def when(self, halt: Halt) -> str:
        """Return when the kill switch was pulled."""
        return time_text(halt.at)

    @display(description="lifted (UTC)")
    def lifted(self, halt: Halt) -> str:
        """Return when a person let go of it."""
        return time_text(halt.lifted_at)


def _by(request: HttpRequest) -> str:
    return request.user.get_username()[:BY_MAX]


def _home() -> str:
    return reverse("admin:tron_halt_changelist")


def _what_is_left() -> str:
    left = len(open_halts())
    return f"All stands still for {left} more." if left else "Signing and sending go on."
