"""YAML that anybody may have written, read as the JSON that it stands for: no tags, no anchors that grow."""

from __future__ import annotations

import re
from typing import Any

import yaml

from ivr.domain.imports.report import NotReadable

# The parser takes a second for some hundred kilobytes.
MAX_YAML_BYTES = 500_000


class _Loader(yaml.BaseLoader):
    """Texts, but for true, false and null: a telephone number stays one, and so does `12:30`."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            line = self.peek_event().start_mark.line + 1
            raise NotReadable(f"this YAML repeats a part by an anchor in line {line}: write it out")
        return super().compose_node(parent, index)


_Loader.add_implicit_resolver("bool", re.compile("true|false"), ["t", "f"])
_Loader.add_implicit_resolver("null", re.compile("null|~"), ["n", "~"])
_Loader.add_constructor("bool", lambda loader, node: node.value == "true")
_Loader.add_constructor("null", lambda loader, node: None)
_NEITHER = "this is neither XML nor JSON nor YAML"


def parse_yaml(text: str) -> Any:
    """The document. Raises NotReadable."""
    if len(text) > MAX_YAML_BYTES:
        raise NotReadable(f"YAML of {MAX_YAML_BYTES:,} bytes is read at most: write it as JSON")
    try:
        document = yaml.load(text, _Loader)  # noqa: S506 (it makes texts, lists and objects alone)
    except yaml.MarkedYAMLError as error:
        where = f" at line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise NotReadable(f"this is no XML, no JSON, and broken as YAML{where}") from None
    except (yaml.YAMLError, ValueError, RecursionError):
        raise NotReadable(_NEITHER) from None
    if not isinstance(document, dict | list):
        raise NotReadable(_NEITHER)
    return document
