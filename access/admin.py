"""Users in the admin, and API keys beside them. No password hash is ever shown."""

from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, Model, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from access.admin_forms import ResetForm, UserForm
from access.admin_keys import AccessAdmin
from access.admin_roles import rights_of
from access.console import time_text
from access.models import User
from access.services.second_factor import second_factor_reset, second_factors_standing
from access.services.tokens import logins_end
from access.step_up import StepUpAdmin, step_up_first, stepped_up
from lucidpay.clock import utc_now
from lucidpay.errors import LucidError


@admin.register(User)
class UserAdmin(StepUpAdmin, AccessAdmin, DjangoUserAdmin):  # type: ignore[misc]  # the same names, narrower
    """People and programs, and their roles."""

    empty_text = "Nobody is here. Add somebody."
    form = UserForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    ordering = ("username",)  # type: ignore[misc]
    list_display = (
        "username", "email", "roles", "is_staff", "is_active", "second_factor", "seen",
    )  # fmt: skip
    list_filter = ("is_active", "is_staff", "groups")
    search_fields = ("username", "first_name", "last_name", "email")
    filter_horizontal = ()
    change_form_template = "access/admin/user.html"
    fieldsets = (
        (None, {"fields": ("username", "password_link", "second_factor", "first_name",
                           "last_name", "email")}),
        ("Access", {"fields": ("is_active", "is_staff", "groups", "is_superuser")}),
        ("Times (UTC)", {"fields": ("seen", "joined")}),
    )  # fmt: skip
    add_fieldsets = ((None, {"fields": ("username", "password1", "password2")}),)
    readonly_fields = ("password_link", "second_factor", "is_superuser", "seen", "joined")

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Load the roles with the users, and whether they have a second factor."""
        rows: QuerySet[User] = super().get_queryset(request)
        has_one = Exists(second_factors_standing().filter(user=OuterRef("pk")))
        return rows.prefetch_related("groups").annotate(has_second_factor=has_one)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Only a superuser changes a superuser, or an admin could take over their account."""
        if isinstance(obj, User) and obj.is_superuser and not cast(User, request.user).is_superuser:
            return False
        return super().has_change_permission(request, obj)

    def get_urls(self) -> list[URLPattern]:
        """Add the pages that end all logins and that reset a second factor."""
        view = self.admin_site.admin_view
        return [
            path("<int:user_id>/logins-end/", view(self.logins_end_view),
                 name="access_user_logins_end"),
            path("<int:user_id>/second-factor/", view(self.second_factor_view),
                 name="access_user_second_factor"),
            *super().get_urls(),
        ]  # fmt: skip

    def user_change_password(
        self, request: HttpRequest, id: str, form_url: str = ""
    ) -> HttpResponse:
        """Ask for a code before somebody's password is set."""
        asked = step_up_first(request)
        answer: HttpResponse = asked or super().user_change_password(request, id, form_url)
        return answer

    def second_factor_view(self, request: HttpRequest, user_id: int) -> HttpResponse:
        """Ask why, then end the second factor of somebody who has lost it."""
        user = get_object_or_404(User, pk=user_id)
        if not self.has_change_permission(request, user):
            raise PermissionDenied
        back = reverse("admin:access_user_change", args=[user.pk])
        by, form = cast(User, request.user), stepped_up(ResetForm, request)(request.POST or None)
        if by.pk == user.pk:
            return HttpResponseRedirect(reverse("second-factor"))  # their own wants a code
        if request.method != "POST" or not form.is_valid():
            context = {**self.admin_site.each_context(request), "opts": self.opts, "form": form,
                       "person": user, "title": f"Reset the second factor of {user}"}  # fmt: skip
            return TemplateResponse(request, "access/admin/user_second_factor.html", context)
        reason = form.cleaned_data["reason"]
        try:
            second_factor_reset(user=user, by=by, reason=reason, now=utc_now())
        except LucidError as error:
            messages.error(request, error.message)
            return HttpResponseRedirect(back)
        self.log_change(request, user, f"second factor reset: {reason}")
        messages.success(request, f"{user} has no second factor now and is logged out everywhere.")
        return HttpResponseRedirect(back)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Add what the user may do, and by which of their roles."""
        user: User | None = context.get("original")
        context |= {"rights": rights_of(user) if user else None}
        return super().render_change_form(request, context, *args, **kwargs)

    def logins_end_view(self, request: HttpRequest, user_id: int) -> HttpResponse:
        """Ask once, then end everything this user is logged in with."""
        user = get_object_or_404(User, pk=user_id)
        if not self.has_change_permission(request, user):
            raise PermissionDenied
        if request.method != "POST":
            context = {**self.admin_site.each_context(request), "opts": self.opts, "person": user}
            context["title"] = f"End all logins of {user}"
            return TemplateResponse(request, "access/admin/user_logins_end.html", context)
        logins_end(user=user)
        self.log_change(request, user, "all logins ended")
        messages.success(request, f"{user} is logged out everywhere.")
        return HttpResponseRedirect(reverse("admin:access_user_change", args=[user.pk]))

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the roles as boxes to tick."""
        if db_field.name == "groups":
            kwargs["widget"] = UnfoldAdminCheckboxSelectMultipleWidget()
            kwargs["label"], kwargs["help_text"] = "Roles", "What this user may do."
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    @display(description="roles")
    def roles(self, user: User) -> str:
        """Return the roles."""
        return ", ".join(sorted(user.role_names())) or "none"

    @display(description="password")
    def password_link(self, user: User) -> SafeString:
        """Return a link to where it is set; the hash itself is shown nowhere."""
        url = reverse("admin:auth_user_password_change", args=[user.pk])
        return format_html('<a class="lp-link" href="{}">Set another password</a>', url)

    @display(description="second factor")
    def second_factor(self, user: User) -> str:
        """Return whether they have one."""
        has_one = user.has_second_factor  # type: ignore[attr-defined]  # get_queryset adds it
        return "in force" if has_one else "none"

    @display(description="last login (UTC)")
    def seen(self, user: User) -> str:
        """Return the last login."""
        return time_text(user.last_login)

    @display(description="joined")
    def joined(self, user: User) -> str:
        """Return when the account was made."""
        return time_text(user.date_joined)
