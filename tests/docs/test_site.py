"""Every page has its place in the site, which is made without another machine."""

from collections.abc import Iterator
from typing import Any

import yaml

from tests.docs.pages import DOCS, ROOT


class Loader(yaml.SafeLoader):
    """Reads what mkdocs makes objects of as plain values."""


Loader.add_multi_constructor("tag:yaml.org,2002:python/", lambda *_: None)
SITE: dict[str, Any] = yaml.load((ROOT / "mkdocs.yml").read_text(), Loader)  # noqa: S506 (a safe one)


def placed(nav: Any) -> Iterator[str]:
    """Yield the pages of the site's contents."""
    if isinstance(nav, str):
        yield nav
    else:
        for part in nav.values() if isinstance(nav, dict) else nav:
            yield from placed(part)


def test_every_page_has_one_place_in_the_contents() -> None:
    pages = sorted(str(path.relative_to(DOCS)) for path in DOCS.rglob("*.md"))
    assert "adr/index.md" in pages
    assert sorted(placed(SITE["nav"])) == pages


def test_nothing_of_it_comes_from_another_machine() -> None:
    assert SITE["theme"]["font"] is False
    assert SITE["plugins"] == ["search"]
    assert "repo_url" not in SITE
    assert not {"extra_javascript", "extra_css", "analytics"} & {*SITE, *SITE["extra"]}
