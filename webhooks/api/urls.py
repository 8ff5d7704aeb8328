"""Paths of webhooks, with and without a trailing slash."""

from django.urls import re_path

from webhooks.api import delivery_views, hint_view, stream_view, views

ONE = r"webhooks/(?P<webhook_id>[^/]+)"
DELIVERY = r"webhooks/deliveries/(?P<delivery_id>[^/]+)"

urlpatterns = [
    re_path(r"^webhooks/?$", views.EndpointsView.as_view(), name="webhooks"),
    # Before the endpoints: these are nobody's ids.
    re_path(r"^webhooks/register/?$", views.RegisterView.as_view(), name="webhook-register"),
    re_path(r"^webhooks/events/?$", stream_view.EventsView.as_view(), name="webhook-events"),
    re_path(r"^webhooks/payment-status/?$", hint_view.HintView.as_view(), name="webhook-hint"),
    re_path(
        rf"^{DELIVERY}/redeliver/?$",
        delivery_views.RedeliverView.as_view(),
        name="webhook-redeliver",
    ),
    re_path(rf"^{DELIVERY}/?$", delivery_views.DeliveryView.as_view(), name="webhook-delivery"),
    re_path(rf"^{ONE}/?$", views.EndpointView.as_view(), name="webhook"),
    re_path(rf"^{ONE}/rotate-secret/?$", views.RotateView.as_view(), name="webhook-rotate"),
    re_path(rf"^{ONE}/test/?$", views.TryOutView.as_view(), name="webhook-test"),
    re_path(
        rf"^{ONE}/deliveries/?$",
        delivery_views.DeliveriesView.as_view(),
        name="webhook-deliveries",
    ),
    re_path(
        rf"^{ONE}/redeliver/?$",
        delivery_views.RedeliverSinceView.as_view(),
        name="webhook-redeliver-since",
    ),
]
