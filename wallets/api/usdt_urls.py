"""Paths of USDT, with and without a trailing slash."""

from django.urls import re_path

from wallets.api import usdt_views as views

urlpatterns = [
    re_path(r"^usdt/balance/(?P<address>[^/]+)/?$", views.UsdtBalanceView.as_view()),
    re_path(
        r"^usdt/allowance/(?P<owner>[^/]+)/(?P<spender>[^/]+)/?$", views.UsdtAllowanceView.as_view()
    ),
    re_path(r"^usdt/transactions/(?P<address>[^/]+)/?$", views.UsdtTransactionsView.as_view()),
    re_path(r"^usdt/estimate-gas/?$", views.EstimateGasView.as_view()),
]
