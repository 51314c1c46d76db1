"""The fields of a page's forms, and whether a text stands beside each."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

_FIELDS = frozenset({"input", "select", "textarea"})
_UNSEEN = frozenset({"hidden", "submit", "button"})
_VOID = frozenset({"input", "br", "hr", "img", "link", "meta", "circle", "path", "rect", "line"})


@dataclass
class FormField:
    """A field that people fill in. `described_by`: the ids of its texts; `own_text`: words beside a box to tick."""

    name: str
    kind: str
    described_by: list[str]
    own_text: str = ""


@dataclass
class _Open:
    tag: str
    id: str
    fields: list[FormField] = field(default_factory=list)


class FormFields(HTMLParser):
    """The fields of a page, without those of searches, of what is hidden, and of what is done to entries of a list:
    these have a label of their own."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.fields: list[FormField] = []
        self.texts: dict[str, str] = {}
        self._open: list[_Open] = []
        self._skipped_at: int | None = None
        self.feed(html)

    def undescribed(self) -> list[str]:
        """The names of the fields that have no text beside them."""
        return [
            each.name
            for each in self.fields
            if not each.own_text.strip() and not any(self.texts.get(id_, "").strip() for id_ in each.described_by)
        ]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag not in _VOID:
            self._open.append(_Open(tag, values.get("id") or ""))
            of_others = values.get("role") == "search" or values.get("class") in ("inline", "language", "bulk", "box")
            if self._skipped_at is None and of_others:
                self._skipped_at = len(self._open)
        kind = values.get("type") or tag
        if tag in _FIELDS and kind not in _UNSEEN and self._skipped_at is None:
            found = FormField(values.get("name") or "", kind, (values.get("aria-describedby") or "").split())
            self.fields.append(found)
            label = next((each for each in reversed(self._open) if each.tag == "label"), None)
            if kind in ("checkbox", "radio") and label:
                label.fields.append(found)

    def handle_endtag(self, tag: str) -> None:
        while tag in [each.tag for each in self._open]:
            if self._skipped_at == len(self._open):
                self._skipped_at = None
            if self._open.pop().tag == tag:
                break

    def handle_data(self, data: str) -> None:
        for each in self._open:
            if each.id:
                self.texts[each.id] = self.texts.get(each.id, "") + data
            for one in each.fields:
                one.own_text += data
