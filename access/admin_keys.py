"""API keys in the admin: made, rotated and revoked through services, shown in full once."""

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.forms import Form, ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.decorators import display

from access.admin_forms import ApiKeyForm, RateLimitsForm, RotateForm
from access.console import ConsoleAdmin, Label, code, manages_access, sees_access, time_text
from access.models import ApiKey
from access.services.keys import api_key_create, api_key_revoke, api_key_rotate
from access.step_up import stepped_up
from lucidpay.clock import utc_now
from lucidpay.errors import LucidError

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


@admin.register(ApiKey)
class ApiKeyAdmin(AccessAdmin):
    """API keys: made and revoked through the service, shown in full once."""

    empty_text = "No program can call yet. Add a key."
    form = RateLimitsForm
    list_display = (
        "name", "state", "key_prefix", "user", "scope_count", "ips", "used", "used_from", "expires",
    )  # fmt: skip
    list_select_related = ("user",)
    search_fields = ("name", "prefix", "user__username")
    search_help_text = "name, owner or the beginning of the key"
    change_form_template = "access/admin/api_key.html"
    fieldsets = (
        (None, {"fields": ("name", "state", "key_prefix", "user", "scope_list", "ip_list",
                           "follows")}),
        ("Limits", {"fields": ("rate_limits",)}),
        ("Times (UTC)", {"fields": ("created", "used", "used_from", "expires", "revoked")}),
    )  # fmt: skip
    readonly_fields = (
        "name", "state", "key_prefix", "user", "scope_list", "ip_list", "follows", "created",
        "used", "used_from", "expires", "revoked",
    )  # fmt: skip

    def get_urls(self) -> list[URLPattern]:
        """Add the pages that revoke and rotate."""
        own = [
            path(
                f"<uuid:key_id>/{verb}/",
                self.admin_site.admin_view(view),
                name=f"access_apikey_{verb}",
            )
            for verb, view in (("revoke", self.revoke_view), ("rotate", self.rotate_view))
        ]
        return [*own, *super().get_urls()]

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
        """Show a key, with the ways to rotate and to revoke it."""
        may = {"may_end": manages_access(request), "now": utc_now()}
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
        form = stepped_up(ApiKeyForm, request)(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                key, token = api_key_create(**form.cleaned_data)
            except LucidError as error:
                _refuse(form, error)
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

    def rotate_view(self, request: HttpRequest, key_id: UUID) -> HttpResponse:
        """Ask for the overlap, then make a successor and show its token on the answer itself."""
        if not manages_access(request):
            raise PermissionDenied
        key = get_object_or_404(ApiKey.objects.select_related("user"), pk=key_id)
        form = stepped_up(RotateForm, request)(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                made, token = api_key_rotate(key=key, now=utc_now(), **form.cleaned_data)
            except LucidError as error:
                _refuse(form, error)
            else:
                self.log_change(request, key, "rotated")
                return self._page(request, "made", title="API key", key=made, token=token)
        return self._page(request, "rotate", title=f"Rotate {key.name}", form=form, key=key)

    def _page(self, request: HttpRequest, name: str, **context: Any) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "opts": self.opts, **context}
        return TemplateResponse(request, f"access/admin/api_key_{name}.html", context)

    @display(description="status", label=KEY_COLOURS)
    def state(self, key: ApiKey) -> Label:
        """Return whether it still opens anything."""
        if key.revoked_at is not None:
            return Label("revoked", "revoked")
        word = "expired" if key.has_ended(utc_now()) else "active"
        return Label(word, word)

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

    @display(description="from")
    def ips(self, key: ApiKey) -> SafeString | str:
        """Return the first address it may be used from, and how many more; all in the tooltip."""
        if not key.allowed_ips:
            return "any"
        first, *others = key.allowed_ips
        text = f"{first} +{len(others)}" if others else first
        return format_html('<span title="{}">{}</span>', ", ".join(key.allowed_ips), text)

    @display(description="successor of")
    def follows(self, key: ApiKey) -> SafeString | str:
        """Return a link to the key it was made to follow."""
        if key.rotated_from_id is None:
            return "none"
        url = reverse("admin:access_apikey_change", args=[key.rotated_from_id])
        return format_html('<a class="lp-link" href="{}">{}</a>', url, key.rotated_from)

    @display(description="created")
    def created(self, key: ApiKey) -> str:
        """Return when it was made."""
        return time_text(key.created_at)

    @display(description="last used (UTC)")
    def used(self, key: ApiKey) -> str:
        """Return when it was last used, to the minute."""
        return time_text(key.last_used_at) if key.last_used_at else "never"

    @display(description="last used from")
    def used_from(self, key: ApiKey) -> str:
        """Return the address it was last noted with."""
        return key.last_used_ip or "—"

    @display(description="expires (UTC)")
    def expires(self, key: ApiKey) -> str:
        """Return when it ends by itself."""
        return time_text(key.expires_at) if key.expires_at else "never"

    @display(description="revoked")
    def revoked(self, key: ApiKey) -> str:
        """Return when it was revoked."""
        return time_text(key.revoked_at)


def _refuse(form: Form, error: LucidError) -> None:
    """Put what a service refused where the person sees it."""
    if not error.details:
        form.add_error(None, error.message)
    for field, texts in error.details.items():
        form.add_error(field, texts)
