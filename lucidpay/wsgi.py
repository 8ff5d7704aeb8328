"""What granian serves."""

import os

from django.core.management.base import BaseCommand
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lucidpay.settings.dev")
application = get_wsgi_application()
# Management commands run the boot checks by themselves; a web server does not.
BaseCommand().check()
