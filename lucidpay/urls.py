"""Every path of the platform."""

from csp.decorators import csp_replace
from django.contrib import admin
from django.urls import include, path, re_path
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularRedocView, SpectacularSwaggerSplitView

from access.admin_audit import audit_view
from access.admin_login import login
from access.admin_roles import roles_view
from lucidpay.dashboard.views import front_live
from lucidpay.find import find_view
from lucidpay.gateway_health import GatewayHealthView
from lucidpay.settings.pages import DOCS_POLICY
from lucidpay.views import HealthView, MetricsView, SchemaView, root
from staking.admin_advice import advice_view

own_policy = csp_replace(DOCS_POLICY)
SWAGGER = own_policy(SpectacularSwaggerSplitView.as_view(url_name="schema"))
REDOC = own_policy(
    SpectacularRedocView.as_view(url_name="schema", template_name="lucidpay/redoc.html")
)

admin.site.index_template = "lucidpay/front/page.html"

urlpatterns = [
    re_path(r"^api/payment/health/?$", HealthView.as_view(), name="health"),
    re_path(r"^api/payment/metrics/?$", MetricsView.as_view(), name="metrics"),
    path("api/v1/payments/", include("webhooks.api.urls")),
    re_path(r"^api/v1/payments/health/?$", GatewayHealthView.as_view(), name="payment-health"),
    path("api/v1/payments/", include("gateway.api.urls")),
    # The path that is written into Location headers stands last: reverse() takes the last one.
    path("api/v1/", include("payouts.api.urls")),
    path("api/payment/", include("payouts.api.urls")),
    path("api/auth/", include("access.api.urls")),
    path("pay/", include("gateway.page.urls")),
    path("tron/", include("tron.api.urls")),
    path("tron/", include("wallets.api.wallet_urls")),
    path("tron/", include("wallets.api.operation_urls")),
    path("tron/", include("staking.api.urls")),
    path("tron/", include("payouts.api.signing_urls")),
    path("tron/", include("wallets.api.urls")),
    path("tron/", include("payouts.api.tron_urls")),
    path("", include("lucidpay.service.urls")),
    re_path(r"^api/schema/?$", SchemaView.as_view(), name="schema"),
    re_path(r"^api/docs/?$", SWAGGER, name="docs"),
    re_path(r"^api/redoc/?$", REDOC, name="redoc"),
    # Before the admin's own page of this name, which knows no pauses.
    path("admin/login/", login),
    path("admin/second-factor/", include("access.admin_urls")),
    path("admin/audit/", admin.site.admin_view(audit_view), name="audit"),
    path("admin/find/", admin.site.admin_view(find_view), name="find"),
    path("admin/roles/", admin.site.admin_view(roles_view), name="roles"),
    path("admin/advice/", admin.site.admin_view(advice_view), name="advice"),
    path("admin/front/", admin.site.admin_view(front_live), name="front-live"),
    path("admin", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
    # Changes nothing, and a refusal for want of a token would be a page instead of the envelope.
    path("", csrf_exempt(root), name="root"),
]

handler400 = "lucidpay.api.errors.bad_request"
handler403 = "lucidpay.api.errors.forbidden"
handler404 = "lucidpay.api.errors.not_found"
handler500 = "lucidpay.api.errors.server_error"
