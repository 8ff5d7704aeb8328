"""`manage.py create_api_key USER --name NAME`: the token is printed once."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from access.models import User
from access.services.keys import api_key_create
from lucidpay.errors import LucidError


class Command(BaseCommand):
    """Makes an API key for a user and prints it."""

    help = "Make an API key. The token is printed once and cannot be read again."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the user, a name and the scopes."""
        parser.add_argument("username")
        parser.add_argument("--name", required=True, help="What the key is for.")
        parser.add_argument("--scopes", nargs="*", help="Default: all that the user's roles give.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the key."""
        user = User.objects.filter(username=options["username"]).first()
        if user is None:
            raise CommandError(
                f"There is no user {options['username']!r}. Make one in the admin, or with "
                "`createsuperuser`."
            )
        if not user.role_names():
            raise CommandError("This user has no role: add one of the groups in the admin first.")
        try:
            _, token = api_key_create(user=user, name=options["name"], scopes=options["scopes"])
        except LucidError as error:
            sentences = [text for found in error.details.values() for text in found]
            raise CommandError(" ".join(sentences)) from error
        self.stdout.write(token)
