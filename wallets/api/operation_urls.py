"""Paths of operations, with and without a trailing slash."""

from django.urls import re_path

from wallets.api import operation_views as views
from wallets.api.permission_views import PermissionsView

ONE = r"operations/(?P<operation_id>[^/]+)"
WALLET = r"wallets/(?P<wallet_id>[^/]+)"

urlpatterns = [
    re_path(r"^operations/?$", views.OperationsView.as_view(), name="operations"),
    re_path(rf"^{ONE}/?$", views.OperationView.as_view(), name="operation"),
    re_path(rf"^{ONE}/cancel/?$", views.OperationCancelView.as_view(), name="operation-cancel"),
    re_path(rf"^{WALLET}/transfer-trx/?$", views.TransferTrxView.as_view(), name="transfer-trx"),
    re_path(rf"^{WALLET}/permissions/?$", PermissionsView.as_view(), name="wallet-permissions"),
    re_path(r"^usdt/approve/?$", views.ApproveView.as_view(), name="usdt-approve"),
]
