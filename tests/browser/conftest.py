"""A headless Chromium and the built site on a local server."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.server import Server

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
MISSING = (
    "no Chromium: install one (Debian: apt-get install chromium) or name its path in the environment variable DLREF_CHROMIUM; "
    f"looked for {', '.join(NAMES)}"
)


def find_chromium() -> str | None:
    """The browser that DLREF_CHROMIUM names, or the first found on the PATH."""
    named = os.environ.get("DLREF_CHROMIUM")
    return named or next((path for path in map(shutil.which, NAMES) if path), None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = find_chromium()
    if path is None:
        pytest.skip(MISSING)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def server(site: Path) -> Iterator[Server]:
    with Server(site) as server:
        server.without_index()
        yield server


@pytest.fixture(scope="session")
def context(server: Server, browser: Browser) -> Iterator[BrowserContext]:
    """One window's settings for all pages; made after the server, so that it is gone before the server ends."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme="light", reduced_motion="reduce")
    context.set_default_timeout(15_000)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    # A page that stays open keeps the process that draws the site: starting it takes as long as loading a page.
    context.new_page().goto(f"{server.address}404.html")
    yield context
    context.close()


@pytest.fixture(scope="session")
def plain(server: Server, browser: Browser) -> Iterator[Page]:
    """One page of a browser without JavaScript, which draws the same in a third of the time; each test sets its size."""
    context = browser.new_context(java_script_enabled=False)
    yield context.new_page()
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    page = context.new_page()
    yield page
    page.close()
