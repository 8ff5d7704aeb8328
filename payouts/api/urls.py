"""Payout paths, with and without a trailing slash; mounted twice (`/api/payment/`, `/api/v1/`)."""

from django.urls import re_path

from payouts.api import batch_views, views
from payouts.api.stats_view import StatsView

BATCH = r"payouts/batch/(?P<batch_id>[^/]+)"

urlpatterns = [
    re_path(r"^stats/?$", StatsView.as_view(), name="stats"),
    re_path(r"^payouts/?$", views.PayoutsView.as_view(), name="payouts"),
    # Before the payouts: "batch" is no payout's id.
    re_path(r"^payouts/batch/?$", batch_views.BatchesView.as_view(), name="batches"),
    re_path(rf"^{BATCH}/?$", batch_views.BatchView.as_view(), name="batch"),
    re_path(rf"^{BATCH}/cancel/?$", batch_views.BatchCancelView.as_view(), name="batch-cancel"),
    re_path(rf"^{BATCH}/pause/?$", batch_views.BatchPauseView.as_view(), name="batch-pause"),
    re_path(rf"^{BATCH}/resume/?$", batch_views.BatchResumeView.as_view(), name="batch-resume"),
    re_path(rf"^{BATCH}/release/?$", batch_views.BatchReleaseView.as_view(), name="batch-release"),
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
