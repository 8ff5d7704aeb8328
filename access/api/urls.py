"""`/api/auth/`"""

from django.urls import re_path

from access.api import views

urlpatterns = [
    re_path(r"^token/?$", views.TokenView.as_view(), name="auth-token"),
    re_path(r"^token/refresh/?$", views.RefreshView.as_view(), name="auth-refresh"),
    re_path(r"^token/revoke/?$", views.RevokeView.as_view(), name="auth-revoke"),
]
