"""Who runs a command, for the audit trail.

Beside ``access/acting.py`` because it is imported before the settings are read, and must not read
them: a command line without settings still has its help to give.
"""

import os
import pwd
from contextlib import AbstractContextManager, nullcontext

import pghistory
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

WORD_MAX = 60


def by_command(arguments: list[str]) -> AbstractContextManager[object]:
    """Return a context that names the command and the account of this machine that runs it.

    Of the arguments only the first word is told: others may be secret.
    """
    try:
        settings.DATABASES  # noqa: B018
    except ImproperlyConfigured:
        return nullcontext()  # Django's command line says what is wrong
    command = arguments[0][:WORD_MAX] if arguments else "help"
    return pghistory.context(command=command, account=account_here())


def account_here() -> str:
    """Return who runs this process; asked of the system, as an environment says anything."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid {os.getuid()}"  # containers run accounts that have no name
