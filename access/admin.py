"""Users and API keys in the admin. No password hash, digest or token is ever shown again."""

from typing import Any, cast
from uuid import UUID

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from access.admin_forms import ApiKeyForm, RateLimitsForm, UserForm
from access.console import ConsoleAdmin, code, manages_access, sees_access, time_text
from access.models import ApiKey, User
from access.services.keys import api_key_create, api_key_revoke
from lucidpay.clock import utc_now
from lucidpay.errors import ValidationFailed

KEY_COLOURS = {"active": "success", "expired": "warning", "revoked": "danger"}


class AccessAdmin(ConsoleAdmin):
    """Changed by those who manage the service, seen by auditors, deleted by nobody."""

    sees = staticmethod(sees_access)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whether this person manages access."""
        return manages_access(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whether this person manages access."""
        return manages_access(request)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """What somebody did stays theirs: users are made inactive, keys are revoked."""
        return False


@admin.register(User)
class UserAdmin(AccessAdmin, DjangoUserAdmin):  # type: ignore[misc]  # the same names, narrower
    """People and programs, and their roles."""

    form = UserForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    ordering = ("username",)  # type: ignore[misc]
    list_display = ("username", "email", "roles", "is_staff", "is_active", "seen")
    list_filter = ("is_active", "is_staff", "groups")
    search_fields = ("username", "first_name", "last_name", "email")
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("username", "password_link", "first_name", "last_name", "email")}),
        ("Access", {"fields": ("is_active", "is_staff", "groups", "is_superuser")}),
        ("Times (UTC)", {"fields": ("seen", "joined")}),
    )
    add_fieldsets = ((None, {"fields": ("username", "password1", "password2")}),)
    readonly_fields = ("password_link", "is_superuser", "seen", "joined")

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Load the roles with the users."""
        rows: QuerySet[User] = super().get_queryset(request)
        return rows.prefetch_related("groups")

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Only a superuser changes a superuser, or an admin could take over their account."""
        if isinstance(obj, User) and obj.is_superuser and not cast(User, request.user).is_superuser:
            return False
        return super().has_change_permission(request, obj)

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

    @display(description="last login (UTC)")
    def seen(self, user: User) -> str:
        """Return the last login."""
        return time_text(user.last_login)

    @display(description="joined")
    def joined(self, user: User) -> str:
        """Return when the account was made."""
        return time_text(user.date_joined)


@admin.register(ApiKey)
class ApiKeyAdmin(AccessAdmin):
    """API keys: made and revoked through the service, shown in full once."""

    form = RateLimitsForm
    list_display = ("name", "state", "key_prefix", "user", "scope_count", "used", "expires")
    list_select_related = ("user",)
    search_fields = ("name", "prefix", "user__username")
    search_help_text = "name, owner or the beginning of the key"
    change_form_template = "access/admin/api_key.html"
    fieldsets = (
        (None, {"fields": ("name", "state", "key_prefix", "user", "scope_list", "ip_list")}),
        ("Limits", {"fields": ("rate_limits",)}),
        ("Times (UTC)", {"fields": ("created", "used", "expires", "revoked")}),
    )
    readonly_fields = (
        "name", "state", "key_prefix", "user", "scope_list", "ip_list", "created", "used",
        "expires", "revoked",
    )  # fmt: skip

    def get_urls(self) -> list[URLPattern]:
        """Add the page that revokes."""
        revoke = self.admin_site.admin_view(self.revoke_view)
        name = "access_apikey_revoke"
        return [path("<uuid:key_id>/revoke/", revoke, name=name), *super().get_urls()]

    def save_model(self, request: HttpRequest, obj: ApiKey, form: ModelForm, change: bool) -> None:
        """Save the limits alone: a key revoked meanwhile must stay revoked."""
        ApiKey.objects.filter(pk=obj.pk).update(rate_limits=obj.rate_limits)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show a key, with the way to revoke it."""
        may = {"may_revoke": manages_access(request)}
        return super().change_view(request, object_id, form_url, (extra_context or {}) | may)

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Make a key and show its token on the answer itself: it is stored nowhere on the way."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = ApiKeyForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                key, token = api_key_create(**form.cleaned_data)
            except ValidationFailed as error:
                for field, texts in error.details.items():
                    form.add_error(field, texts)
            else:
                self.log_addition(request, key, "made")
                return self._page(request, "made", title="API key", key=key, token=token)
        return self._page(request, "add", title="Make an API key", form=form)

    def revoke_view(self, request: HttpRequest, key_id: UUID) -> HttpResponse:
        """Ask once, then revoke."""
        if not manages_access(request):
            raise PermissionDenied
        key = get_object_or_404(ApiKey.objects.select_related("user"), pk=key_id)
        if request.method != "POST":
            return self._page(request, "revoke", title=f"Revoke {key.name}", key=key)
        api_key_revoke(key=key, now=utc_now())
        self.log_change(request, key, "revoked")
        messages.success(request, f"{key} is revoked: it opens nothing any more.")
        return HttpResponseRedirect(reverse("admin:access_apikey_change", args=[key.pk]))

    def _page(self, request: HttpRequest, name: str, **context: Any) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "opts": self.opts, **context}
        return TemplateResponse(request, f"access/admin/api_key_{name}.html", context)

    @display(description="status", label=KEY_COLOURS)
    def state(self, key: ApiKey) -> tuple[str, str]:
        """Return whether it still opens anything."""
        if key.revoked_at is not None:
            return "revoked", "revoked"
        is_over = key.expires_at is not None and key.expires_at <= utc_now()
        return ("expired", "expired") if is_over else ("active", "active")

    @display(description="key")
    def key_prefix(self, key: ApiKey) -> SafeString | str:
        """Return the part that may be shown."""
        return code(f"{key.prefix}…")

    @display(description="scopes")
    def scope_count(self, key: ApiKey) -> SafeString:
        """Return how many scopes it has, and which in the tooltip."""
        return format_html('<span title="{}">{}</span>', ", ".join(key.scopes), len(key.scopes))

    @display(description="scopes")
    def scope_list(self, key: ApiKey) -> SafeString:
        """Return the scopes; its owner's roles may allow less today."""
        return format_html_join(" ", '<span class="lp-chip">{}</span>', ((s,) for s in key.scopes))

    @display(description="allowed addresses")
    def ip_list(self, key: ApiKey) -> str:
        """Return where it may be used from."""
        return ", ".join(key.allowed_ips) or "any"

    @display(description="created")
    def created(self, key: ApiKey) -> str:
        """Return when it was made."""
        return time_text(key.created_at)

    @display(description="last used (UTC)")
    def used(self, key: ApiKey) -> str:
        """Return when it was last used, to the minute."""
        return time_text(key.last_used_at) if key.last_used_at else "never"

    @display(description="expires (UTC)")
    def expires(self, key: ApiKey) -> str:
        """Return when it ends by itself."""
        return time_text(key.expires_at) if key.expires_at else "never"

    @display(description="revoked")
    def revoked(self, key: ApiKey) -> str:
        """Return when it was revoked."""
        return time_text(key.revoked_at)
