"""Paths for operators and probes, with and without a trailing slash."""

from django.urls import re_path

from lucidpay.service import views

urlpatterns = [
    re_path(r"^health/?$", views.ServiceHealthView.as_view(), name="service-health"),
    re_path(r"^health/live/?$", views.LiveView.as_view(), name="health-live"),
    re_path(r"^health/ready/?$", views.ReadyView.as_view(), name="health-ready"),
    re_path(r"^status/?$", views.StatusView.as_view(), name="service-status"),
    re_path(r"^stats/?$", views.StatsOfAllView.as_view(), name="service-stats"),
    *(
        re_path(rf"^{name}/stats/?$", view.as_view(), name=f"{name}-stats")
        for name, view in views.STATS_VIEWS.items()
    ),
    re_path(r"^config/?$", views.ConfigView.as_view(), name="service-config"),
    re_path(
        r"^restart/(?P<service_name>[^/]+)/?$", views.RestartView.as_view(), name="service-restart"
    ),
]
