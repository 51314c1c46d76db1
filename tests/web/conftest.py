"""The pages as people meet them: the admin app under gunicorn, Debian's Chromium in front of it.

A test that asks for `browser_page` has a logged-in page and fails when the page wrote an error to the console, raised
one, or did what its policy forbids. `api` is the API of the same app with the same key.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Route, expect, sync_playwright

from tests.admin.running import RunningAdmin, greeting_call_server, keep_fresh, make_ready, run_admin
from tests.helpers import SECRET, SIGNED
from tests.ports import free_port
from tests.tts.conftest import start_speech

FLAGS = (
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
)
# What a page is to show may be long in coming while the machine runs other tests.
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)
WIDE = {"width": 1280, "height": 800}
NARROW = {"width": 375, "height": 740}
# Chromium says so of each answer with 4xx and of each that is lost; that it is, is what such a test is about.
_EXPECTED = (
    "Failed to load resource: the server responded with a status of 4",
    "Failed to load resource: net::ERR_INTERNET_DISCONNECTED",
)


@dataclass
class Site:
    """The running app and a key with every scope for this test. `http` sends that key."""

    url: str
    key: str
    http: httpx.Client
    home: Path

    def path(self, page: Page) -> str:
        """Where the browser is, without the address."""
        return page.url.removeprefix(self.url)

    def new_key(self, *scopes: str) -> str:
        """A key with these scopes alone."""
        answer = self.http.post("/keys", json={"name": " and ".join(scopes), "scopes": list(scopes)})
        return str(answer.raise_for_status().json()["key"])

    def session(self, key: str) -> dict[str, Any]:
        """The cookie of somebody who logged in with this key, as Playwright takes it."""
        answer = httpx.post(
            f"{self.url}/ui/login", data={"key": key}, headers={"Origin": self.url}, trust_env=False, timeout=60
        )
        assert answer.status_code == 303, answer.text
        return {"name": "digitree", "value": answer.cookies["digitree"], "url": self.url, "httpOnly": True}


@dataclass
class Complaints:
    """What a browser complained about."""

    seen: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.seen.append(f"error: {error}"))

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(_EXPECTED):
            self.seen.append(f"console: {message.text}")
        elif "Content Security Policy" in message.text:
            self.seen.append(f"policy: {message.text}")


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of Debian's Chromium; skips where there is none."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if not found:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    return found


# Not for the whole session: while Playwright runs, no other test could run an event loop of its own.
@pytest.fixture(scope="package")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield started
        started.close()


@pytest.fixture(scope="package")
def running(
    chromium: str, migrated_postgres_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningAdmin]:
    """One app for all tests; the stores are emptied before each."""
    home = tmp_path_factory.mktemp("pages")
    make_ready(home)
    keep_fresh(home)
    with greeting_call_server() as esl:
        env = {
            "DATABASE_URL": migrated_postgres_url,
            "REDIS_URL": redis_url,
            "DIGITREE_ESL": esl,
            "DIGITREE_TTS": "127.0.0.1:1",
        }
        with run_admin(home, free_port(), "none", env) as admin:
            yield admin


@pytest.fixture
def site(running: RunningAdmin, database: str, cache: str) -> Iterator[Site]:
    """The app with empty stores."""
    from ivr.storage.menu_publisher import CachePublisher
    from ivr.storage.postgres.stores import PostgresStores
    from ivr.storage.redis.menu_cache import CacheWriter

    stores, writer = PostgresStores(database), CacheWriter(cache, SIGNED)
    try:
        CachePublisher(stores.database, writer).rebuild()
        key = stores.keys.create("page tests")[1]
    finally:
        writer.close()
        stores.close()
    with httpx.Client(
        base_url=running.url, headers={"Authorization": f"Bearer {key}"}, timeout=30, trust_env=False
    ) as http:
        yield Site(running.url, key, http, running.log.parent)


@pytest.fixture
def api(site: Site) -> httpx.Client:
    """The API with the test's key."""
    return site.http


@pytest.fixture
def complaints() -> Iterator[Complaints]:
    """Fails the test at its end when a browser complained."""
    found = Complaints()
    yield found
    assert not found.seen


@pytest.fixture
def open_page(browser: Browser, site: Site, complaints: Complaints) -> Iterator[Callable[..., Page]]:
    """Makes a page of its own: `open_page(key=..., scheme="dark", size=NARROW)`; `key=None`: nobody is logged in."""
    contexts: list[BrowserContext] = []

    def make(key: str | None = "", scheme: str = "light", size: dict[str, int] | None = None, **more: Any) -> Page:
        context = browser.new_context(
            base_url=site.url,
            viewport=size or WIDE,  # type: ignore[arg-type]
            color_scheme=scheme,  # type: ignore[arg-type]
            reduced_motion="reduce",
            **more,
        )
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        if key is not None:
            context.add_cookies([site.session(key or site.key)])  # type: ignore[list-item]
        page = context.new_page()
        complaints.watch(page)
        return page

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def browser_page(open_page: Callable[..., Page]) -> Page:
    """A page of somebody who is logged in with every scope."""
    return open_page()


@pytest.fixture(scope="session")
def axe() -> Callable[[Page], None]:
    """Fails for what axe finds on the page as it is now. In the dark scheme only contrast can differ."""
    source = Path(AXE_FILE_PATH).read_text()

    def check(page: Page) -> None:
        page.evaluate(source)
        found = page.evaluate("""axe.run(document, {
          resultTypes: ["violations"],
          ...(matchMedia("(prefers-color-scheme: dark)").matches && {runOnly: ["color-contrast"]}),
        })""")
        said = [
            f"{each['id']}: {each['help']}: {node['target']} {node['any'][0]['message'] if node['any'] else ''}"
            for each in found["violations"]
            for node in each["nodes"]
        ]
        assert not said, f"{page.url}\n" + "\n".join(said)

    return check


@contextmanager
def speaking_app(site: Site, database_url: str, redis_url: str, home: Path) -> Iterator[Site]:
    """An app beside the others' with a speech process."""
    (home / "prompts" / "system").mkdir(parents=True)
    speech = start_speech(home, home / "speech.log", SECRET)
    env = {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "DIGITREE_ESL": "127.0.0.1:1",
        "DIGITREE_TTS": speech.url.removeprefix("http://"),
    }
    try:
        with run_admin(home, free_port(), site.key, env) as running:
            yield replace(site, url=running.url, http=running.http, home=home)
    finally:
        speech.stop()


@contextmanager
def narrow(page: Page) -> Iterator[Page]:
    """The page at the width of a small telephone."""
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    yield page
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]


def fits(page: Page) -> bool:
    """Whether nothing makes the page scroll sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def wait_for_one(page: Page, held: list[Route]) -> None:
    """Until a request is held back; the page's events come only while Playwright waits."""
    for _ in range(PATIENCE_MS // 20):
        if held:
            return
        page.wait_for_timeout(20)
    raise AssertionError("no request came")


def place_of(button: Locator) -> list[float]:
    """In the document, however far it is scrolled."""
    where: list[float] = button.evaluate(
        "each => { const box = each.getBoundingClientRect(); return [box.x + scrollX, box.y + scrollY]; }"
    )
    return where
