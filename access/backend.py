"""Where passwords are looked at: for the API's tokens and for the admin."""

from typing import Any

import structlog
from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from access.models import User
from access.slowing import password_attempt
from lucidpay.api.throttling import address_of

log = structlog.get_logger(__name__)


class SlowedBackend(ModelBackend):
    """Django's own, which spends the same time on names that nobody has; guesses are slowed."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> User | None:
        """Return the active user with this password, or ``None``.

        Raises ``TooManyFailures`` without having looked at the password.
        """
        address = "" if request is None else address_of(request)
        attempt = password_attempt(username or "", address)
        user = super().authenticate(request, username=username, password=password, **kwargs)
        if user is None:
            log.warning("login_failed", address=address)
        else:
            attempt.was_right()
        return user
