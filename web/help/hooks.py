"""What MkDocs does beside its own work to make the site at /help: see mkdocs.yml.

The pages are written for the repository. So files beside docs/ become pages of the site, links are led to where their
target is here (one with a file's name gets its title), and a link to what is not part of the site becomes plain text.
The site runs under a policy without inline scripts, so each goes into a file of its own. The dialog of the search
gets a name.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[2]
# Files outside docs/ that are pages, too, and what they are called here.
BESIDE = {
    "README.md": "overview.md",
    "ARCHITECTURE.md": "architecture.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "dialplan/README.md": "dialplan.md",
    "benchmarks/RESULTS.md": "benchmarks.md",
    "web/editor/README.md": "editor.md",
}
# What was decided, changed and measured is found after what explains.
_FOUND_LATER = frozenset(
    (
        *("architecture", "benchmarks", "changelog", "conformance", "contributing", "decisions", "errors", "faults"),
        *("licences", "mutants"),
    )
)
LOGO = "admin/static/icon.svg"
# No page needs these: sources of the scripts, tables for the search in other languages, lists for search engines.
_LEFT_OUT = ("**/*.map", "assets/javascripts/lunr/**/*", "sitemap.xml*")

_FENCE = re.compile(r"^ *(```+|~~~+)", re.MULTILINE)
_LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\(([^()\s]+)\)")
_SCREEN = re.compile(r"\bscreens/[\w-]+\.webp")
_TITLE = re.compile(r"^# (.+)$", re.MULTILINE)
_CANONICAL = re.compile(r'<link rel="canonical"[^>]*>')
_INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)
# A row of a table that explains one name: `no_audio`, `DIGITREE_SIP`.
_NAMED_ROW = re.compile(r"<tr>(\s*<td[^>]*><code>)(\w+)(</code></td>)")

_scripts: dict[str, str] = {}


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    _scripts.clear()
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages and the logo that lie elsewhere, and keep only pictures that a page shows."""
    for path, name in BESIDE.items():
        files.append(File.generated(config, name, abs_src_path=str(ROOT / path)))
    files.append(File.generated(config, "assets/icon.svg", abs_src_path=str(ROOT / LOGO)))
    shown = {found for page in files.documentation_pages() for found in _SCREEN.findall(page.content_string)}
    for each in files:
        if each.src_uri.startswith("screens/") and each.src_uri not in shown:
            each.inclusion = InclusionLevel.EXCLUDED
    return files


def on_page_markdown(markdown: str, /, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Lead each link, which is one of the repository, to its target in the site."""
    if page.file.src_uri.removesuffix(".md") in _FOUND_LATER:
        page.meta["search"] = {"boost": 0.3}
    origins = {name: path for path, name in BESIDE.items()}
    here = origins.get(page.file.src_uri, f"docs/{page.file.src_uri}")

    def led(found: re.Match[str]) -> str:
        image, text, target = found.groups()
        path, _, anchor = target.partition("#")
        if not path or ":" in path or path.startswith("/"):
            return found[0]
        repository = posixpath.normpath(posixpath.join(posixpath.dirname(here), path))
        name = BESIDE.get(repository) or repository.removeprefix("docs/")
        file = files.get_file_from_path(name)
        if file and (repository in BESIDE or repository.startswith("docs/")):
            if text.endswith(".md") and (title := _TITLE.search(file.content_string)):
                text = title[1]
            there = posixpath.relpath(name, posixpath.dirname(page.file.src_uri) or ".")
            return f"{image}[{text}]({there}{'#' if anchor else ''}{anchor})"
        # A file or folder of the repository; one that is missing is left for MkDocs to complain of.
        return text if (ROOT / repository).exists() else found[0]

    return "".join(_LINK.sub(led, part) if outside else part for outside, part in _by_fence(markdown))


def _by_fence(markdown: str) -> list[tuple[bool, str]]:
    """The parts of a page in their order, and whether each is text and not a block of code."""
    parts: list[tuple[bool, str]] = []
    outside, begin = True, 0
    for fence in _FENCE.finditer(markdown):
        parts.append((outside, markdown[begin : fence.start()]))
        outside, begin = not outside, fence.start()
    return [*parts, (outside, markdown[begin:])]


def on_page_content(html: str, /, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Give each row of a table that explains one name an anchor, its first one on the page. A cell without words is
    no header."""
    seen: set[str] = set(re.findall(r' id="([^"]+)"', html))

    def anchored(found: re.Match[str]) -> str:
        name = found[2]
        if name in seen:
            return found[0]
        seen.add(name)
        return f'<tr id="{name}">{found[1]}{name}{found[3]}'

    return _NAMED_ROW.sub(anchored, html.replace("<th></th>", "<td></td>"))


def on_post_page(output: str, /, page: Page, config: MkDocsConfig) -> str:
    return _without_inline(output, posixpath.relpath(".", posixpath.dirname(page.file.dest_uri) or "."))


def on_post_template(output_content: str, /, template_name: str, config: MkDocsConfig) -> str:
    return _without_inline(output_content, "/help") if template_name.endswith(".html") else output_content


def _without_inline(html: str, base: str) -> str:
    """The page with each inline script in a file, named by its content; `base` leads to the site's root."""

    def moved(found: re.Match[str]) -> str:
        name = f"assets/inline.{hashlib.sha256(found[1].encode()).hexdigest()[:12]}.js"
        _scripts[name] = found[1]
        return f'<script src="{base}/{name}"></script>'

    named = html.replace('role="dialog"', 'role="dialog" aria-label="Search"', 1)
    return _INLINE.sub(moved, _CANONICAL.sub("", named))


def on_post_build(config: MkDocsConfig) -> None:
    site = Path(config.site_dir)
    for pattern in _LEFT_OUT:
        for path in site.glob(pattern):
            if path.is_file():
                path.unlink()
    for name, script in _scripts.items():
        (site / name).write_text(script, encoding="utf-8")
