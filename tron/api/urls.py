"""TRON paths, with and without a trailing slash."""

from django.urls import re_path

from tron.api import network_views, views

urlpatterns = [
    re_path(r"^kill-switch/?$", views.KillSwitchView.as_view(), name="kill-switch"),
    re_path(r"^network/status/?$", network_views.NetworkStatusView.as_view()),
    re_path(r"^network/info/?$", network_views.NetworkInfoView.as_view()),
    re_path(r"^network/health/?$", network_views.NetworkHealthView.as_view()),
    re_path(r"^network/blocks/(?P<block_number>[^/]+)/?$", network_views.BlockView.as_view()),
    re_path(r"^network/transactions/(?P<tx_id>[^/]+)/?$", network_views.TransactionView.as_view()),
]
