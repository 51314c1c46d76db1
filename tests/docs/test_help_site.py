"""The site at /help as it is committed: built of the pages as they are, whole, with nothing from elsewhere."""

from __future__ import annotations

import posixpath
import re
import subprocess
import sys
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from admin.help.site import ARCHIVE, POLICY, HelpSite, install

ROOT = Path(__file__).parents[2]
BUILD_S = 120


class Seen(HTMLParser):
    """What a page names: its ids, the addresses that it leads to, those that it loads, and code within it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.led_to: list[str] = []
        self.loaded: list[str] = []
        self.inline: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.ids |= {given[name] for name in ("id", "name") if name in given}
        if tag == "a" and "href" in given:
            self.led_to.append(given["href"])
        elif tag in ("link", "script", "img", "iframe", "source"):
            self.loaded += [given[name] for name in ("href", "src") if name in given]
        code = tag == "script" and "src" not in given and given.get("type") != "application/json"
        if code or tag == "style" or "style" in given or any(name.startswith("on") for name in given):
            self.inline.append(f"<{tag} {given}>")


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    with zipfile.ZipFile(ARCHIVE) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def pages(files: dict[str, bytes]) -> dict[str, Seen]:
    return {name: Seen(content.decode()) for name, content in files.items() if name.endswith(".html")}


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    app = Flask("help", static_folder=None)
    install(app)
    return app.test_client()


def test_the_site_is_built_of_the_pages_as_they_are_and_no_link_is_broken(
    files: dict[str, bytes], tmp_path: Path
) -> None:
    target = tmp_path / "site.zip"
    argv = (sys.executable, "-m", "web.help.build", str(target))
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=BUILD_S)
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(target) as archive:
        built = {name: archive.read(name) for name in archive.namelist()}
    assert [name for name in sorted({*built, *files}) if built.get(name) != files.get(name)] == [], "make docs"


def test_every_link_within_the_site_has_its_page_and_its_anchor(
    files: dict[str, bytes], pages: dict[str, Seen]
) -> None:
    broken = []
    for name, page in pages.items():
        for address in page.led_to:
            parts = urlsplit(address)
            if parts.scheme or parts.path.startswith(("/ui/", "/docs")):
                continue
            base = "/help/" + name if name != "404.html" else "/help/"
            path = posixpath.join(posixpath.dirname(base), parts.path) if parts.path else base
            there = posixpath.normpath(path).removeprefix("/help").lstrip("/")
            there = posixpath.join(there, "index.html") if parts.path.endswith(("/", ".", "..")) else there
            anchor = parts.fragment if parts.fragment != "__skip" else ""
            if there not in files or (anchor and anchor not in pages[there].ids):
                broken.append((name, address))
    assert broken == []


def test_no_page_loads_anything_from_elsewhere_or_has_code_in_it(pages: dict[str, Seen]) -> None:
    assert [(name, each) for name, page in pages.items() for each in page.loaded if urlsplit(each).netloc] == []
    assert [(name, each) for name, page in pages.items() for each in page.inline] == []
    assert "unsafe" not in POLICY


def test_what_has_its_hash_in_its_name_is_kept_for_good_and_pages_are_asked_for_again(
    client: FlaskClient, files: dict[str, bytes]
) -> None:
    script = next(name for name in files if re.search(r"bundle\.\w+\.min\.js$", name))
    kept = client.get(f"/help/{script}", headers={"Accept-Encoding": "gzip"})
    assert "immutable" in kept.headers["Cache-Control"]
    assert kept.headers["Content-Encoding"] == "gzip"
    page = client.get("/help/")
    assert page.headers["Cache-Control"] == "no-cache"
    again = client.get("/help/", headers={"If-None-Match": page.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["Content-Security-Policy"] == POLICY


@pytest.mark.parametrize("path", ["nothing", "../site.py", "..%2f..%2fapp.py", "%00", "etc/passwd", "x" * 5000])
def test_a_path_that_the_site_does_not_have_is_its_page_for_that(client: FlaskClient, path: str) -> None:
    answer = client.get(f"/help/{path}")
    assert answer.status_code == 404
    assert "There is no such page" in answer.text


def test_a_folder_without_its_slash_leads_to_its_page(client: FlaskClient) -> None:
    assert client.get("/help").headers["Location"] == "/help/"
    assert client.get("/help/opt-out").headers["Location"] == "/help/opt-out/"


def test_without_a_built_site_help_says_how_to_build_it(tmp_path: Path) -> None:
    app = Flask("help", static_folder=None)
    install(app, HelpSite(tmp_path / "site.zip"))
    answer = app.test_client().get("/help/agents/")
    assert answer.status_code == 404
    assert "make docs" in answer.text
    assert 'href="/docs"' in answer.text
