"""Paths of wallets and of what they do."""

from wallets.api import usdt_urls

urlpatterns = [*usdt_urls.urlpatterns]
