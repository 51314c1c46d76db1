"""XML that anybody may have written, read without what it may define: entities and document types."""

from __future__ import annotations

from xml.etree.ElementTree import Element, ParseError

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from ivr.domain.imports.report import NotReadable


def parse_xml(text: str) -> Element:
    """The outermost element. Raises NotReadable."""
    try:
        root: Element = ElementTree.fromstring(text.lstrip("\ufeff \r\n\t"), forbid_dtd=True)
        return root
    except DefusedXmlException:
        raise NotReadable(
            "this XML declares a document type or entities, which are not read: take them out"
        ) from None
    except ParseError as error:
        line, column = error.position
        raise NotReadable(f"this XML is broken at line {line}, column {column + 1}") from None
    except ValueError as error:
        raise NotReadable(f"this XML cannot be read: {error}") from None


def local_name(element: Element) -> str:
    """The element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]
