"""Paths of wallets, with and without a trailing slash."""

from django.urls import re_path

from wallets.api import holding_views, secret_views, wallet_views

ONE = r"wallets/(?P<wallet_id>[^/]+)"

urlpatterns = [
    re_path(r"^wallets/?$", wallet_views.WalletsView.as_view(), name="wallets"),
    # Before the wallets: these are nobody's ids.
    re_path(r"^wallets/create/?$", secret_views.CreateView.as_view(), name="wallet-create"),
    re_path(r"^wallets/import/?$", secret_views.ImportView.as_view(), name="wallet-import"),
    re_path(rf"^{ONE}/?$", wallet_views.WalletView.as_view(), name="wallet"),
    re_path(rf"^{ONE}/balance/?$", holding_views.BalanceView.as_view(), name="wallet-balance"),
    re_path(
        rf"^{ONE}/transactions/?$",
        holding_views.TransactionsView.as_view(),
        name="wallet-transactions",
    ),
    re_path(rf"^{ONE}/backup/?$", secret_views.BackupView.as_view(), name="wallet-backup"),
    re_path(rf"^{ONE}/restore/?$", secret_views.RestoreView.as_view(), name="wallet-restore"),
]
