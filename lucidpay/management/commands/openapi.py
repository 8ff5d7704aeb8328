"""``manage.py openapi``: write the OpenAPI document that is committed."""

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from drf_spectacular.generators import SchemaGenerator

DOCUMENT = Path(settings.BASE_DIR) / "docs" / "openapi.json"


def document_text() -> str:
    """Return the OpenAPI document of the code as it stands, in the form that is committed."""
    document = SchemaGenerator().get_schema(request=None, public=True)
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


class Command(BaseCommand):
    """Writes ``docs/openapi.json``; needs no database."""

    help = "Write docs/openapi.json, the description of the API for developers and tools."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the file."""
        DOCUMENT.write_text(document_text())
        self.stdout.write(f"wrote {DOCUMENT.relative_to(settings.BASE_DIR)}")
