"""The admin's login page, where guesses meet the same pauses as at the API."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from unfold.forms import AuthenticationForm

from access.slowing import TooManyFailures


class LoginForm(AuthenticationForm):
    """Says for how long to wait; whether the user name exists it never says."""

    def clean(self) -> Any:
        """Look at name and password, or refuse to."""
        try:
            return super().clean()
        except TooManyFailures as error:
            self.request.login_wait_s = error.wait_s
            text = f"Too many wrong passwords. Try again in {error.wait_s} seconds."
            raise ValidationError(text, code="too_many") from error


def login(request: HttpRequest) -> HttpResponse:
    """Show the page; during a pause it is a 429 with ``Retry-After``."""
    response: HttpResponse = admin.site.login(request)
    return slowed(request, response)


def slowed(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    """Let an answer be a 429 with ``Retry-After`` when its form met a pause."""
    wait_s: int | None = getattr(request, "login_wait_s", None)
    if wait_s is not None:
        answer.status_code, answer["Retry-After"] = 429, str(wait_s)
    return answer
