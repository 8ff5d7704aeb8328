"""A person's own second factor in the admin: made, shown once, replaced, and asked for."""

from typing import Any, cast
from uuid import UUID

import segno
from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from access.acting import acts
from access.admin_login import slowed
from access.codes import SecretLost, is_code, plain, secret_open, secret_text, secret_uri
from access.models import SecondFactor, User
from access.services.second_factor import (
    REQUIRED,
    MustHaveOne,
    NothingBegun,
    WrongCode,
    recovery_codes_renew,
    second_factor_begin,
    second_factor_confirm,
    second_factor_turn_off,
    second_factors_begun,
)
from access.slowing import TooManyFailures
from access.step_up import (
    FIELD,
    code_field,
    factor_of,
    has_passed,
    mark_passed,
    stepped_up,
    too_many,
)
from lucidpay.clock import utc_now
from lucidpay.errors import LucidError

BEGUN = "second_factor_begun"


class CodeForm(forms.Form):
    """Nothing but the code that is mixed in."""


class ConfirmForm(forms.Form):
    """The first code of an authenticator."""

    code = code_field(autofocus=True, inputmode="numeric")
    code.help_text = "Six digits, as your authenticator shows them now."


@sensitive_post_parameters(FIELD)
def code_view(request: HttpRequest) -> HttpResponse:
    """Ask for a code, then lead to where the person wanted to go."""
    if factor_of(request) is None:
        return HttpResponseRedirect(reverse("admin:index"))
    wanted = _next(request)
    is_login = not has_passed(request)
    form = stepped_up(CodeForm, request, always=True)(request.POST or None)
    is_recovery = "recovery" in request.GET
    _ask_for(form.fields[FIELD], is_recovery=is_recovery)
    if request.method == "POST" and form.is_valid():
        _tell_of_recovery(request)
        return HttpResponseRedirect(wanted)
    context = {
        **admin.site.each_context(request), "title": "Confirm that it is you", "form": form,
        "next": wanted, "is_login": is_login, "is_recovery": is_recovery,
    }  # fmt: skip
    return slowed(request, TemplateResponse(request, "access/admin/code.html", context))


def page_view(request: HttpRequest) -> HttpResponse:
    """Show how it stands: nothing yet, something to confirm, or what may be done about it."""
    return _page(request)


@require_POST
@sensitive_post_parameters(FIELD)
def begin_view(request: HttpRequest) -> HttpResponse:
    """Begin one; whoever has one gives a code of it first."""
    if (wrong := _unproven(request, "replace_form")) is not None:
        return wrong
    user = cast(User, request.user)
    acts(user_id=user.pk)
    factor = second_factor_begin(user=user, now=utc_now())
    # In this session alone: somebody else with the password must not read the secret.
    request.session[BEGUN] = factor.pk.hex
    return HttpResponseRedirect(reverse("second-factor"))


@require_POST
@sensitive_post_parameters("code")
def confirm_view(request: HttpRequest) -> HttpResponse:
    """Confirm what was begun here, and show its recovery codes on the answer itself."""
    begun, user = request.session.get(BEGUN), cast(User, request.user)
    form = ConfirmForm(request.POST)
    if not form.is_valid():
        return _page(request, confirm_form=form)
    acts(user_id=user.pk)
    now = utc_now()
    try:
        if begun is None:
            raise NothingBegun
        factor, codes = second_factor_confirm(
            user=user, factor_id=UUID(begun), code=form.cleaned_data["code"], now=now
        )
    except WrongCode as error:
        form.add_error("code", error.message)
        return _page(request, confirm_form=form)
    except TooManyFailures as error:
        form.add_error("code", too_many(request, error))
        return _page(request, confirm_form=form)
    except NothingBegun as error:
        return _refused(request, error)
    del request.session[BEGUN]
    mark_passed(request, factor, now=now)
    return _codes_page(request, codes)


@require_POST
@sensitive_post_parameters(FIELD)
def recovery_view(request: HttpRequest) -> HttpResponse:
    """Make new recovery codes and show them on the answer itself."""
    factor = factor_of(request)
    if (wrong := _unproven(request, "recovery_form")) is not None or factor is None:
        return wrong or HttpResponseRedirect(reverse("second-factor"))
    acts(user_id=factor.user_id)
    try:
        codes = recovery_codes_renew(factor=factor)
    except LucidError as error:
        return _refused(request, error)
    return _codes_page(request, codes)


@require_POST
@sensitive_post_parameters(FIELD)
def off_view(request: HttpRequest) -> HttpResponse:
    """Turn it off, where staff may go without."""
    if settings.STAFF_SECOND_FACTOR == REQUIRED:
        return _refused(request, MustHaveOne())
    if (wrong := _unproven(request, "off_form")) is not None:
        return wrong
    user = cast(User, request.user)
    acts(user_id=user.pk)
    try:
        second_factor_turn_off(user=user, now=utc_now())
    except LucidError as error:
        return _refused(request, error)
    messages.success(request, "Turned off. Your password alone opens the console now.")
    return HttpResponseRedirect(reverse("second-factor"))


def _ask_for(field: forms.Field, *, is_recovery: bool) -> None:
    """Ask for one kind of code by its name, with the keyboard that has its signs."""
    field.widget.attrs["autofocus"] = True
    if is_recovery:
        field.label, field.help_text = "Recovery code", "Sixteen letters and digits; it opens once."
    else:
        field.widget.attrs["inputmode"] = "numeric"
        field.help_text = "Six digits, as your authenticator shows them now."


def _unproven(request: HttpRequest, name: str) -> HttpResponse | None:
    """Return the page that asks again, unless the form has a code of the one that stands."""
    if factor_of(request) is None:
        return None
    form = _code_form(request, name)(request.POST)
    return None if form.is_valid() else _page(request, **{name: form})


def _code_form(request: HttpRequest, name: str) -> Any:
    """Return the class of a form for a code; three of them stand on one page."""
    made = stepped_up(CodeForm, request, always=True)
    return lambda data=None: made(data, auto_id=f"{name}_%s")


def _page(request: HttpRequest, **shown: forms.Form) -> HttpResponse:
    factor, begun = factor_of(request), _begun(request)
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": "Second factor",
        "factor": factor,
        "left": len(factor.recovery_digests) if factor else 0,
        "must": settings.STAFF_SECOND_FACTOR == REQUIRED,
        "confirm_form": ConfirmForm(),
        **{name: _code_form(request, name)()
           for name in ("replace_form", "recovery_form", "off_form")},
        **shown,
    }  # fmt: skip
    if begun is not None:
        context |= _secret_told(begun, cast(User, request.user))
    answer = TemplateResponse(request, "access/admin/second_factor.html", context)
    return slowed(request, answer)


def _begun(request: HttpRequest) -> SecondFactor | None:
    """Return what was begun in this session and waits to be confirmed."""
    key = request.session.get(BEGUN)
    rows = second_factors_begun(int(request.user.pk or 0))
    return rows.filter(pk=UUID(key)).first() if key else None


def _secret_told(begun: SecondFactor, user: User) -> dict[str, Any]:
    try:
        secret = secret_open(begun.sealed_secret, user_id=user.pk).secret
    except SecretLost:
        return {}  # SECRET_KEY was replaced meanwhile: the page offers to begin again
    uri = secret_uri(secret, user_name=user.get_username())
    return {"begun": begun, "qr": _qr(uri), "secret": secret_text(secret)}


def _qr(uri: str) -> SafeString:
    drawn = segno.make(uri, error="m", micro=False).svg_inline(
        border=3, omitsize=True, light="#fff", dark="#000", svgclass="lp-qr-code", lineclass=None
    )
    return mark_safe(drawn)  # noqa: S308 (squares, drawn by a library)


def _codes_page(request: HttpRequest, codes: list[str]) -> HttpResponse:
    context = {**admin.site.each_context(request), "title": "Recovery codes", "codes": codes}
    return TemplateResponse(request, "access/admin/recovery_codes.html", context)


def _tell_of_recovery(request: HttpRequest) -> None:
    """Say how many are left to whoever has just used one."""
    factor = factor_of(request)
    if factor is None or is_code(plain(request.POST.get(FIELD, ""))):
        return
    factor.refresh_from_db(fields=["recovery_digests"])
    left = len(factor.recovery_digests)
    messages.warning(
        request,
        f"You have used a recovery code; {left} are left. If your authenticator is lost, replace "
        "it now: your name at the top, Second factor.",
    )


def _refused(request: HttpRequest, error: LucidError) -> HttpResponse:
    messages.error(request, error.message)
    return HttpResponseRedirect(reverse("second-factor"))


def _next(request: HttpRequest) -> str:
    """Return where to go on, which is a page of ours."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if is_ours else reverse("admin:index")
