"""Makes of a page what the site can show.

Links may lead out of ``docs/``: the site has no such page, so it names the file.

``[text](../tests/api/test_list.py)`` becomes its text. The file has to be there. With
``SOURCE_URL`` in the environment, such as ``https://git.example.org/lucidpay/blob/main``, it
becomes a link to there.
"""

import logging
import os
import posixpath
import re
from pathlib import Path
from typing import Any

log = logging.getLogger("mkdocs.hooks.links")
ROOT = Path(__file__).resolve().parents[2]
# ```sh install: its second word is for tests, and no word that the site knows.
FENCE = re.compile(r"^```(\w+) \w+$", re.MULTILINE)
LINK = re.compile(r"\[([^\]]+)\]\(((?:\.\./)[^)\s]+)\)")


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Return the page with the links that lead out of ``docs/`` replaced."""
    folder = posixpath.dirname(f"docs/{page.file.src_uri}")

    def replaced(found: re.Match[str]) -> str:
        text, target = found[1], found[2]
        path, _, anchor = target.partition("#")
        place = posixpath.normpath(f"{folder}/{path}")
        if place.startswith("docs/"):
            return found[0]
        if not (ROOT / place).exists():
            log.warning("%s leads to %s, which is not there", page.file.src_uri, place)
        source = os.environ.get("SOURCE_URL", "").rstrip("/")
        return f"[{text}]({source}/{place}{'#' + anchor if anchor else ''})" if source else text

    return LINK.sub(replaced, FENCE.sub(r"```\1", markdown))
