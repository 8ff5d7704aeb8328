"""Every link of a document leads to something that is there. Other machines are not asked."""

from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.docs.links import Link, anchors, documents, links
from tests.docs.pages import DOCS, ROOT

PICTURE_BYTES_MAX = 150_000


def trouble(link: Link) -> str:
    """Return what is wrong with a link within the repository; nothing when it is good."""
    path, _, anchor = unquote(link.target).partition("#")
    place = (link.page.parent / path).resolve() if path else link.page
    if not place.is_relative_to(ROOT):
        return f"{link} leaves the repository"
    if not place.exists():
        return f"{link} leads to nothing"
    if anchor and (place.suffix != ".md" or anchor not in anchors(place)):
        return f"{link} has no such heading"
    return ""


@pytest.mark.parametrize("page", documents(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    found = [trouble(link) for link in links(page) if not link.is_elsewhere]
    assert [one for one in found if one] == []


def test_links_to_other_machines_are_by_tls_and_none_is_of_one_machine_alone() -> None:
    elsewhere = [link for page in documents() for link in links(page) if link.is_elsewhere]
    assert any(link.target == "https://www.standardwebhooks.com/" for link in elsewhere)
    wrong = [str(link) for link in elsewhere
             if not link.target.startswith(("https://", "http://localhost:"))]  # fmt: skip
    assert wrong == []


def test_every_picture_is_shown_and_small_enough_to_be_fetched_by_phone() -> None:
    shown = {(link.page.parent / link.target).resolve() for page in documents()
             for link in links(page) if not link.is_elsewhere}  # fmt: skip
    pictures = set((DOCS / "img").iterdir())
    assert pictures <= shown
    assert {one.name for one in pictures if one.stat().st_size > PICTURE_BYTES_MAX} == set()
