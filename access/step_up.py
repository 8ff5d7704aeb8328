"""A code of the second factor: asked for at login, and again before acts that matter.

What was proven is kept in the session and holds for this very second factor and this very
password: another of either ends it. ``stepped_up(SomeForm, request)`` is the form with a field for
the code, as long as one is wanted; it asks for none from people who have no second factor.
"""

from datetime import datetime
from functools import partial
from typing import Any, Protocol, TypeVar, cast
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from unfold.widgets import UnfoldAdminTextInputWidget

from access.models import SecondFactor, User
from access.services.second_factor import (
    REQUIRED,
    WrongCode,
    second_factor_accept,
    second_factor_of,
)
from access.slowing import TooManyFailures
from lucidpay.clock import utc_now

MARK = "second_factor"
FIELD = "second_factor_code"
CODE_MAX = 40

F = TypeVar("F", bound=forms.BaseForm)


def factor_of(request: HttpRequest) -> SecondFactor | None:
    """Return the second factor of whoever is logged in; asked of the database once a request."""
    if not hasattr(request, "second_factor"):
        user = request.user
        found = second_factor_of(user.pk) if isinstance(user, User) else None
        request.second_factor = found  # type: ignore[attr-defined]
    return cast("SecondFactor | None", request.second_factor)  # type: ignore[attr-defined]


def must_enrol(request: HttpRequest) -> bool:
    """Whether whoever is logged in must make a second factor first."""
    return settings.STAFF_SECOND_FACTOR == REQUIRED and factor_of(request) is None


def has_passed(request: HttpRequest) -> bool:
    """Whether whoever is logged in has given a code, or needs to give none."""
    if factor_of(request) is None:
        return not must_enrol(request)
    return _mark(request) is not None


def is_fresh(request: HttpRequest, *, now: datetime) -> bool:
    """Whether a code was given within ``STEP_UP_FRESH_S``."""
    mark = _mark(request)
    age_s = int(now.timestamp()) - mark["at"] if mark else None
    return age_s is not None and 0 <= age_s < settings.STEP_UP_FRESH_S


def wants_code(request: HttpRequest) -> bool:
    """Whether an act that matters must ask for a code now."""
    return factor_of(request) is not None and not is_fresh(request, now=utc_now())


def mark_passed(request: HttpRequest, factor: SecondFactor, *, now: datetime) -> None:
    """Note that a code of this second factor was just accepted in this session."""
    user = cast(User, request.user)
    request.second_factor = factor  # type: ignore[attr-defined]
    if _mark(request) is None:
        # Who knew the session until now must not share what it may do from here on.
        request.session.cycle_key()
        request.__dict__.pop("console_roles", None)
    request.session[MARK] = {
        "factor": factor.pk.hex,
        "rests_on": user.get_session_auth_hash(),
        "at": int(now.timestamp()),
    }


def _mark(request: HttpRequest) -> dict[str, Any] | None:
    factor, mark = factor_of(request), request.session.get(MARK)
    if factor is None or not mark or mark["factor"] != factor.pk.hex:
        return None
    rests_on = cast(User, request.user).get_session_auth_hash()
    return mark if constant_time_compare(mark["rests_on"], rests_on) else None


class CodeInput(UnfoldAdminTextInputWidget):
    """A field for a code, which is never written back into the page."""

    def __init__(self, **attrs: Any) -> None:
        one_time = {"autocomplete": "one-time-code", "maxlength": CODE_MAX,
                    "autocapitalize": "none", "spellcheck": "false"}  # fmt: skip
        super().__init__(attrs={**one_time, **attrs})

    def format_value(self, value: Any) -> None:
        """Return nothing: a code is typed anew each time."""


def code_field(**attrs: Any) -> forms.CharField:
    """Return a field for a code of the authenticator, or a recovery code."""
    return forms.CharField(
        max_length=CODE_MAX,
        label="Code from your authenticator",
        widget=CodeInput(**attrs),
        help_text="Six digits, or one of your recovery codes.",
    )


def code_prove(request: HttpRequest, code: str) -> None:
    """Accept a code of whoever is logged in and note it in the session, or raise
    ``ValidationError`` with what to do.
    """
    factor, now = factor_of(request), utc_now()
    try:
        if factor is None or not second_factor_accept(factor=factor, code=code, now=now):
            raise forms.ValidationError(WrongCode().message, code="wrong")
    except TooManyFailures as error:
        raise too_many(request, error) from error
    mark_passed(request, factor, now=now)


def too_many(request: HttpRequest, error: TooManyFailures) -> forms.ValidationError:
    """Return what the person is told during a pause; the page answers 429 by it."""
    request.login_wait_s = error.wait_s  # type: ignore[attr-defined]
    text = f"Too many wrong codes. Try again in {error.wait_s} seconds."
    return forms.ValidationError(text, code="too_many")


class _StepUp:
    """What is mixed into a form: the code is looked at last, and asked for until it is right."""

    step_up_request: HttpRequest

    def clean(self) -> Any:
        """Look at the code; nothing of the form is lost when it is wrong."""
        form = cast(Any, self)
        cleaned = super().clean()  # type: ignore[misc]
        code = form.cleaned_data.pop(FIELD, None)
        if code is None:
            return cleaned
        try:
            code_prove(self.step_up_request, code)
        except forms.ValidationError as error:
            form.add_error(FIELD, error)
        else:
            # The page may be shown once more, for what else is wrong.
            form.fields[FIELD].disabled, form.fields[FIELD].required = True, False
            form[FIELD].help_text = "Accepted."
        return cleaned


def stepped_up(form: type[F], request: HttpRequest, *, always: bool = False) -> type[F]:
    """Return the class of the form, with a field for a code if one is wanted.

    ``always``: a code is wanted however fresh the last one is.
    """
    if not always and not wants_code(request):
        return form
    parts = {"step_up_request": request, FIELD: code_field(), "__module__": form.__module__}
    made: Any = type(form)  # a form's class is made by one of its own
    return cast(type[F], made(form.__name__, (_StepUp, form), parts))


def step_up_first(request: HttpRequest) -> HttpResponse | None:
    """Return the way to the page that asks for a code, if one is wanted: for pages without a form
    that could ask by itself. It leads back here.
    """
    return to_code_page(request) if wants_code(request) else None


def to_code_page(request: HttpRequest) -> HttpResponse:
    """Return the way to the page that asks for a code, and back."""
    query = urlencode({"next": request.get_full_path()})
    return HttpResponseRedirect(f"{reverse('second-factor-code')}?{query}")


class _Page(Protocol):
    def has_add_permission(self, request: HttpRequest) -> bool: ...
    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool: ...


class StepUpAdmin:
    """What is mixed into a page of the admin whose form wants a code. Stands first."""

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """Add the field for the code, for those who may send the form."""
        found = super().get_fieldsets(request, obj)  # type: ignore[misc]
        if not self._asks(request, obj):
            return found
        return [*found, ("Confirm that it is you", {"fields": (FIELD,)})]

    def get_form(
        self, request: HttpRequest, obj: Model | None = None, change: bool = False, **named: Any
    ) -> Any:
        """Return the form with the code, except where Django asks for the model's fields only."""
        fields = named.pop("fields", None)
        form_of = partial(super().get_form, request, obj, change=change, **named)  # type: ignore[misc]
        if fields is None or not self._asks(request, obj):
            return form_of(fields=fields)
        # Mixed in, the code is no field of the model, whose fields stand in the form's Meta.
        return stepped_up(form_of(fields=[name for name in fields if name != FIELD]), request)

    def delete_view(self, request: HttpRequest, *args: Any, **named: Any) -> HttpResponse:
        """Ask for a code first: the page that deletes has no form."""
        asked = step_up_first(request)
        answer: HttpResponse = asked or super().delete_view(request, *args, **named)  # type: ignore[misc]
        return answer

    def _asks(self, request: HttpRequest, obj: Model | None) -> bool:
        page = cast(_Page, self)
        may = page.has_change_permission(request, obj) if obj else page.has_add_permission(request)
        return may and wants_code(request)
