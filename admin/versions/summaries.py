"""What a version changed, in one short sentence in the language of the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from admin.http.language import t
from ivr.domain.menu.change_summary import Phrase, summary_of
from ivr.domain.menu.diff import FieldChange, MenuDiff, NodeChange


def summary_text(diff: Mapping[str, Any], *, first: bool = False) -> str:
    """Of a difference as the API answers it; `first`: of a menu's first version."""
    return summary_of(_read(diff), first=first, say=_said)


def _said(phrase: Phrase) -> str:
    return t(phrase.text, **phrase.values)


def _read(diff: Mapping[str, Any]) -> MenuDiff:
    """The inverse of `admin.versions.views.diff_json`."""
    nodes = (NodeChange(each["node"], each["change"], tuple(map(_field, each["fields"]))) for each in diff["nodes"])
    prompts = ((each["audio"], each["change"]) for each in diff["prompts"])
    return MenuDiff(tuple(map(_field, diff["menu"])), tuple(nodes), diff["reordered"], tuple(prompts))


def _field(field: Mapping[str, Any]) -> FieldChange:
    return FieldChange(field["pointer"], field["change"], field["before"], field["after"])
