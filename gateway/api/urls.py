"""What is found below `/api/v1/payments/` beside webhooks, with and without a trailing slash."""

from django.urls import re_path

from gateway.api import analytics_view, report_views, views
from gateway.api.fees_view import FeesView
from gateway.api.reconcile_view import ReconcileView
from gateway.api.settlement_view import SettlementInfoView

REPORT = r"reports/(?P<report_id>[^/]+)"

urlpatterns = [
    re_path(r"^create/?$", views.PaymentCreateView.as_view(), name="payment-create"),
    re_path(r"^batch/?$", views.PaymentBatchView.as_view(), name="payment-batch"),
    re_path(
        r"^status/(?P<payment_id>[^/]+)/?$",
        views.PaymentStatusView.as_view(),
        name="payment-status",
    ),
    re_path(r"^refund/?$", views.RefundView.as_view(), name="payment-refund"),
    re_path(r"^fees/calculate/?$", FeesView.as_view(), name="payment-fees"),
    # Before the reports: it is nobody's id.
    re_path(
        r"^reports/generate/?$", report_views.ReportGenerateView.as_view(), name="report-generate"
    ),
    re_path(r"^reports/?$", report_views.ReportsView.as_view(), name="reports"),
    re_path(rf"^{REPORT}/?$", report_views.ReportView.as_view(), name="report"),
    re_path(
        rf"^{REPORT}/download/?$",
        report_views.ReportDownloadView.as_view(),
        name="report-download",
    ),
    re_path(
        r"^analytics/?$", analytics_view.PaymentAnalyticsView.as_view(), name="payment-analytics"
    ),
    re_path(r"^reconcile/?$", ReconcileView.as_view(), name="payment-reconcile"),
    re_path(r"^settlement/info/?$", SettlementInfoView.as_view(), name="settlement-info"),
]
