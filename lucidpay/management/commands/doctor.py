"""``manage.py doctor``: is this machine set up as it should be?"""

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from lucidpay.doctor.configured import ROLES
from lucidpay.doctor.line import WRONG, Line
from lucidpay.doctor.run import doctor_lines, worst_of

EXIT_WRONG = 1


class Command(BaseCommand):
    """Looks at everything that an installation consists of, and changes nothing."""

    help = (
        "Look at settings, PostgreSQL, Redis, workers, nodes, keys and backups, one line each, "
        "with what to do. Changes nothing, shows no secret. Exit status: 0 nothing is wrong "
        "(warnings may be there), 1 something is wrong."
    )
    # They are among what is told; a wrong setting must not be the end before the first line.
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--json", action="store_true", help="One JSON document.")
        parser.add_argument(
            "--role", choices=ROLES, default="",
            help="As what this environment runs, to look whether it has the keys for that.",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        """Print each line as it is found, or all of them as JSON."""
        lines: list[Line] = []
        for line in doctor_lines(options["role"]):
            lines.append(line)
            if not options["json"]:
                self.stdout.write(str(line))
        worst = worst_of(lines)
        if options["json"]:
            told = [vars(line) for line in lines]
            body = {"status": worst, "version": settings.VERSION, "checks": told}
            self.stdout.write(json.dumps(body, indent=1, ensure_ascii=False))
        if worst == WRONG:
            raise SystemExit(EXIT_WRONG)
