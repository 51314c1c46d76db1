"""What people read of a page."""

from __future__ import annotations

from html.parser import HTMLParser

_SILENT = frozenset({"script", "style", "code", "pre", "kbd", "textarea", "template"})
_READ = ("aria-label", "title", "placeholder", "alt", "data-label", "data-ask")
_VOID = frozenset({"br", "circle", "img", "input", "link", "meta", "option", "path", "rect"})


class Texts(HTMLParser):
    """What is read of a page: its texts and attributes, but those in English by their `lang` and what is code."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self._inside: list[tuple[str, bool]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        skipped = tag in _SILENT or values.get("lang") == "en" or any(off for _, off in self._inside)
        if not skipped:
            self.found += [" ".join((values[name] or "").split()) for name in _READ if values.get(name)]
        if tag not in _VOID:
            self._inside.append((tag, skipped))

    def handle_endtag(self, tag: str) -> None:
        while self._inside and tag in [name for name, _ in self._inside]:
            if self._inside.pop()[0] == tag:
                break

    def handle_data(self, data: str) -> None:
        text = " ".join(data.split())
        if text and not any(off for _, off in self._inside):
            self.found.append(text)
