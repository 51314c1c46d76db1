"""XML that anybody may have written, read without what it may define: entities and document types."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from ivr.domain.imports.report import NotReadable

_DECLARES = re.compile(r"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)


def parse_xml(text: str) -> ElementTree.Element:
    """The outermost element. Raises NotReadable."""
    if _DECLARES.search(text):
        raise NotReadable("this XML declares a document type or entities, which are not read: take them out")
    try:
        return ElementTree.fromstring(text.lstrip("\ufeff \r\n\t"))  # noqa: S314
    except ElementTree.ParseError as error:
        line, column = error.position
        raise NotReadable(f"this XML is broken at line {line}, column {column + 1}") from None
    except ValueError as error:
        raise NotReadable(f"this XML cannot be read: {error}") from None


def local_name(element: ElementTree.Element) -> str:
    """The element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]
