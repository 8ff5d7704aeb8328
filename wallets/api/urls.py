"""Paths of wallets and of what they do."""

from wallets.api import wallet_urls

urlpatterns = [*wallet_urls.urlpatterns]
