"""Paths of what people sign, with and without a trailing slash."""

from django.urls import re_path

from payouts.api.signing_views import SignaturesView, UnsignedView

WALLET = r"wallets/(?P<wallet_id>[^/]+)"

urlpatterns = [
    re_path(rf"^{WALLET}/unsigned/?$", UnsignedView.as_view(), name="wallet-unsigned"),
    re_path(rf"^{WALLET}/signatures/?$", SignaturesView.as_view(), name="wallet-signatures"),
]
