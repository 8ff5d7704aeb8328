"""`manage.py second_factor_reset USER --reason …`: for the last admin who has lost theirs."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from access.models import User
from access.services.second_factor import second_factor_reset
from lucidpay.clock import utc_now
from lucidpay.errors import LucidError

REASON_MAX = 200


class Command(BaseCommand):
    """Ends somebody's second factor, and all they are logged in with."""

    help = (
        "End the second factor of somebody who has lost it, their sessions and JWTs. Their "
        "password alone logs them in until they have made another one."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare whose it is, and why."""
        parser.add_argument("username")
        parser.add_argument("--reason", required=True, help="Kept in the audit trail, for good.")

    def handle(self, *args: Any, **options: Any) -> None:
        """End it."""
        reason = options["reason"].strip()
        if not 0 < len(reason) <= REASON_MAX:
            raise CommandError(f"--reason: say why, in 1 … {REASON_MAX} signs.")
        user = User.objects.filter(username=options["username"]).first()
        if user is None:
            raise CommandError(f"There is no user {options['username']!r}.")
        try:
            second_factor_reset(user=user, by=None, reason=reason, now=utc_now())
        except LucidError as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"{user} has no second factor now and is logged out everywhere.")
