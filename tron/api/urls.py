"""TRON paths, with and without a trailing slash."""

from django.urls import re_path

from tron.api import views

urlpatterns = [
    re_path(r"^kill-switch/?$", views.KillSwitchView.as_view(), name="kill-switch"),
]
