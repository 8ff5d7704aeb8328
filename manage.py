#!/usr/bin/env python
"""Django's command line, with the development settings unless the environment names others."""

import os
import sys

from django.core.management import execute_from_command_line

from access.commands import by_command

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lucidpay.settings.dev")
    with by_command(sys.argv[1:]):
        execute_from_command_line(sys.argv)
