"""Payout paths, with and without a trailing slash; mounted twice (`/api/payment/`, `/api/v1/`)."""

from django.urls import re_path

from payouts.api import views
from payouts.api.stats_view import StatsView

urlpatterns = [
    re_path(r"^stats/?$", StatsView.as_view(), name="stats"),
    re_path(r"^payouts/?$", views.PayoutsView.as_view(), name="payouts"),
    re_path(r"^payouts/(?P<payout_id>[^/]+)/?$", views.PayoutView.as_view(), name="payout"),
    re_path(
        r"^payouts/(?P<payout_id>[^/]+)/events/?$",
        views.PayoutEventsView.as_view(),
        name="payout-events",
    ),
    re_path(
        r"^payouts/(?P<payout_id>[^/]+)/cancel/?$",
        views.PayoutCancelView.as_view(),
        name="payout-cancel",
    ),
]
