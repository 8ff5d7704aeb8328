"""A real browser (Debian's Chromium, driven by Playwright) before a real web server.

Only run when asked for: ``pytest tests/browser -m browser``.
"""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.marks import leave_out

SWITCHES = [
    "--no-sandbox",  # containers run as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_configure(config: pytest.Config) -> None:
    """Declare the mark."""
    config.addinivalue_line("markers", "browser: needs Chromium and Playwright")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave these tests out unless they are asked for by their mark."""
    leave_out("browser", config, items)


@dataclass
class Visit:
    """A page, and everything that went wrong on it."""

    page: Any
    site: str
    trouble: list[str] = field(default_factory=list)

    def go(self, path: str) -> None:
        """Open a path of the site."""
        self.page.goto(self.site + path)

    def watch(self) -> None:
        """Note console errors, failed loads and requests to any other machine."""
        self.page.on("pageerror", lambda error: self.trouble.append(f"script: {error}"))
        self.page.on("console", self._console)
        self.page.on("requestfailed", self._failed)
        self.page.on("request", self._request)
        self.page.on("response", self._response)

    def _console(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.trouble.append(f"console: {message.text}")

    def _failed(self, request: Any) -> None:
        # Whoever leaves a page before all of it is there gives the rest up.
        if request.failure != "net::ERR_ABORTED":
            self.trouble.append(f"lost: {request.url} ({request.failure})")

    def _request(self, request: Any) -> None:
        if not request.url.startswith((self.site, "data:", "blob:")):
            self.trouble.append(f"elsewhere: {request.url}")

    def _response(self, response: Any) -> None:
        if response.status >= 400:
            self.trouble.append(f"{response.status}: {response.url}")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Start the browser once."""
    from playwright.sync_api import sync_playwright

    program = os.environ.get("CHROMIUM") or shutil.which("chromium")
    assert program, "Chromium is needed: apt-get install chromium, or name one in CHROMIUM"
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright keeps an event loop in this thread, which Django takes for asynchronous code.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=program, args=SWITCHES)
        yield browser
        browser.close()


# For journeys that people make on a phone as well. That every page can be used there and in the
# dark is tried page by page (test_every_page.py).
ON_A_PHONE_TOO = pytest.mark.parametrize("visit", ["wide-light", "phone-dark"], indirect=True)


@pytest.fixture
def visit(request: pytest.FixtureRequest, chromium: Any, live_server: Any) -> Iterator[Visit]:
    """Give a fresh browser window that is watched; wide and light unless a test says otherwise."""
    size, _, scheme = getattr(request, "param", "wide-light").partition("-")
    width = 360 if size == "phone" else 1440
    context = chromium.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, service_workers="block"
    )
    made = Visit(context.new_page(), live_server.url)
    made.watch()
    yield made
    context.close()
