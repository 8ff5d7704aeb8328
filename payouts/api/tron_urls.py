"""What of `/tron/` concerns payouts, with and without a trailing slash."""

from django.urls import re_path

from payouts.api import kyc_views, routed_views, trusted_views
from payouts.api.analytics_view import AnalyticsView
from payouts.api.transfer_view import TransferView

urlpatterns = [
    re_path(r"^kyc/records/?$", kyc_views.KycRecordsView.as_view(), name="kyc-records"),
    re_path(
        r"^kyc/records/(?P<address>[^/]+)/?$", kyc_views.KycRecordView.as_view(), name="kyc-record"
    ),
    re_path(
        r"^kyc/records/(?P<address>[^/]+)/revoke/?$",
        kyc_views.KycRevokeView.as_view(),
        name="kyc-revoke",
    ),
    re_path(
        r"^trusted-recipients/?$",
        trusted_views.TrustedRecipientsView.as_view(),
        name="trusted-recipients",
    ),
    re_path(
        r"^trusted-recipients/(?P<address>[^/]+)/?$",
        trusted_views.TrustedRecipientView.as_view(),
        name="trusted-recipient",
    ),
    re_path(r"^usdt/transfer/?$", TransferView.as_view(), name="usdt-transfer"),
    re_path(r"^payouts/v0/?$", routed_views.V0View.as_view(), name="tron-payouts-v0"),
    re_path(r"^payouts/kyc/?$", routed_views.KycView.as_view(), name="tron-payouts-kyc"),
    re_path(r"^payouts/direct/?$", routed_views.DirectView.as_view(), name="tron-payouts-direct"),
    re_path(r"^payouts/analytics/?$", AnalyticsView.as_view(), name="tron-payouts-analytics"),
    re_path(r"^payouts/history/?$", routed_views.HistoryView.as_view(), name="tron-payouts"),
    re_path(
        r"^payouts/(?P<payout_id>[^/]+)/?$",
        routed_views.RoutedPayoutView.as_view(),
        name="tron-payout",
    ),
    re_path(
        r"^payouts/(?P<payout_id>[^/]+)/cancel/?$",
        routed_views.RoutedCancelView.as_view(),
        name="tron-payout-cancel",
    ),
]
