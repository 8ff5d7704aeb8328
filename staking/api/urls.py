"""Paths of staking, with and without a trailing slash."""

from django.urls import re_path

from staking.api import read_views, verb_views

ADDRESS = r"(?P<address>[^/]+)"

urlpatterns = [
    re_path(r"^staking/stake/?$", verb_views.StakeView.as_view()),
    re_path(r"^staking/unstake/?$", verb_views.UnstakeView.as_view()),
    re_path(r"^staking/cancel-unstake/?$", verb_views.CancelUnstakeView.as_view()),
    re_path(r"^staking/withdraw/?$", verb_views.WithdrawView.as_view()),
    re_path(r"^staking/delegate/?$", verb_views.DelegateView.as_view()),
    re_path(r"^staking/undelegate/?$", verb_views.UndelegateView.as_view()),
    re_path(r"^staking/vote/?$", verb_views.VoteView.as_view()),
    re_path(r"^staking/claim-rewards/?$", verb_views.ClaimRewardsView.as_view()),
    re_path(rf"^staking/balance/{ADDRESS}/?$", read_views.BalanceView.as_view()),
    re_path(rf"^staking/rewards/{ADDRESS}/?$", read_views.RewardsView.as_view()),
    re_path(rf"^staking/resources/{ADDRESS}/?$", read_views.ResourcesView.as_view()),
    re_path(r"^staking/stats/?$", read_views.StatsView.as_view()),
    re_path(r"^staking/advice/?$", read_views.AdviceView.as_view()),
]
