"""A logo made harmless: of a PNG only the pixels are kept, of a drawing only shapes, colours and text.

What a file claims to be counts for nothing; it is what its content is. Nothing in it is fetched, run or unpacked
beyond the limits below. A drawing with a part that is not on the lists is refused with the name of that part, so that
no logo is shown otherwise than it was drawn.
"""

from __future__ import annotations

import hashlib
import io
import re
from xml.etree.ElementTree import Element, ParseError, SubElement, tostring

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException
from PIL import Image

from ivr.domain.errors import IvrError
from ivr.ports.firm import Logo, LogoType

MAX_BYTES = 256 * 1024
MAX_PIXELS = 4_000_000
# As large as it is printed at 300 dots per inch, and no larger.
KEPT_PIXELS = (1200, 480)
MAX_PARTS = 2000
MAX_DEPTH = 40
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_SVG = "http://www.w3.org/2000/svg"
_HREF = ("href", "{http://www.w3.org/1999/xlink}href")
# A document type without definitions of its own, as drawing programs write it.
_DOCTYPE = re.compile(rb"<!DOCTYPE[^\[\]<>]*>", re.IGNORECASE)
_PARTS = frozenset(
    (
        *("svg", "g", "defs", "title", "desc", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon"),
        *("text", "tspan", "linearGradient", "radialGradient", "stop", "clipPath", "mask"),
    )
)
# Left out without a word: they draw nothing.
_SILENT = frozenset(("metadata", "namedview"))
_PRESENTATION = frozenset(
    (
        *("fill", "fill-opacity", "fill-rule", "stroke", "stroke-width", "stroke-linecap", "stroke-linejoin"),
        *("stroke-miterlimit", "stroke-dasharray", "stroke-dashoffset", "stroke-opacity", "opacity", "color"),
        *("stop-color", "stop-opacity", "clip-path", "clip-rule", "mask", "font-family", "font-size", "font-weight"),
        *("font-style", "letter-spacing", "text-anchor", "dominant-baseline"),
    )
)
_ATTRIBUTES = _PRESENTATION | frozenset(
    (
        *("id", "viewBox", "width", "height", "preserveAspectRatio", "transform", "d", "points", "offset", "version"),
        *("x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx", "ry", "fx", "fy", "dx", "dy"),
        *("gradientUnits", "gradientTransform", "spreadMethod"),
        *("clipPathUnits", "maskUnits", "maskContentUnits"),
    )
)
_HARMLESS = re.compile(r"[^\\<>@\x00-\x08\x0e-\x1f]*")
_REFERENCE = re.compile(r"url\(\s*['\"]?#[\w.:-]+['\"]?\s*\)", re.ASCII)


class BadLogo(IvrError):
    """A file that cannot be a logo."""

    code = "bad_logo"


def read_logo(content: bytes) -> Logo:
    """The picture in these bytes, drawn again from its pixels. Raises BadLogo."""
    if content.startswith(_SIGNATURE):
        return _logo(_redrawn(content), "image/png")
    if b"<svg" in content[:4096]:
        return _logo(_cleaned(content), "image/svg+xml")
    raise BadLogo("this is neither a PNG picture nor an SVG drawing; save the logo as one of these")


def _logo(content: bytes, kind: LogoType) -> Logo:
    return Logo(content, kind, hashlib.sha256(content).hexdigest())


def _redrawn(content: bytes) -> bytes:
    try:
        with Image.open(io.BytesIO(content), formats=["PNG"]) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                raise _too_many_pixels()
            picture = opened.convert("RGBA")
    except Image.DecompressionBombError:
        raise _too_many_pixels() from None
    except (OSError, SyntaxError, ValueError):
        raise BadLogo("this PNG picture is damaged; save it again") from None
    picture.thumbnail(KEPT_PIXELS)
    kept = io.BytesIO()
    Image.frombytes("RGBA", picture.size, picture.tobytes()).save(kept, "PNG", optimize=True)
    return kept.getvalue()


def _too_many_pixels() -> BadLogo:
    return BadLogo(f"this picture is too large; save it with at most {MAX_PIXELS // 1_000_000} million pixels")


def _cleaned(content: bytes) -> bytes:
    try:
        root = ElementTree.fromstring(_DOCTYPE.sub(b"", content), forbid_dtd=True)
    except (DefusedXmlException, ParseError, ValueError, LookupError):
        raise BadLogo("this drawing is damaged or defines entities; export it again as plain SVG") from None
    if _name(root) != "svg":
        raise BadLogo("this is no SVG drawing; save the logo as SVG or PNG")
    if "viewBox" not in root.attrib and not {"width", "height"} <= root.attrib.keys():
        raise BadLogo("this drawing does not say how large it is; export it with a viewBox")
    cleaned = Element("svg", {"xmlns": _SVG, **_kept_attributes(root)})
    _copy(root, cleaned, [0], 0)
    return tostring(cleaned, encoding="utf-8")


def _copy(source: Element, target: Element, counted: list[int], depth: int) -> None:
    counted[0] += 1
    if counted[0] > MAX_PARTS or depth > MAX_DEPTH:
        raise BadLogo(f"this drawing has more than {MAX_PARTS:,} parts; simplify it, or save the logo as PNG")
    target.text, target.tail = source.text, source.tail
    for child in source:
        name = _name(child)
        if name is None or name in _SILENT:
            continue
        if name not in _PARTS or name == "svg":
            raise BadLogo(
                f"this drawing has a part <{name[:40]}>, which a logo may not have; export it with its styles as"
                " attributes and its texts as paths, or save it as PNG"
            )
        _copy(child, SubElement(target, name, _kept_attributes(child)), counted, depth + 1)


def _name(element: Element) -> str | None:
    """None for comments, processing instructions and the notes of drawing programs."""
    if not isinstance(element.tag, str):
        return None
    namespace, brace, name = element.tag.rpartition("}")
    return name if not brace or namespace == "{" + _SVG else None


def _kept_attributes(element: Element) -> dict[str, str]:
    kept = {name: value for name, value in element.attrib.items() if name in _ATTRIBUTES}
    for declared in element.attrib.get("style", "").split(";"):
        name, colon, value = declared.partition(":")
        if colon and name.strip() in _PRESENTATION:
            kept[name.strip()] = value.strip()
    for name in _HREF:
        if element.attrib.get(name, "").startswith("#"):
            kept["href"] = element.attrib[name]
    for name in element.attrib:
        if name.lower().startswith("on"):
            raise BadLogo(f"this drawing has a script ({name[:40]}), which a logo may not have; export it without")
    for value in kept.values():
        if not _HARMLESS.fullmatch(value) or "url" in _REFERENCE.sub("", value).lower():
            raise BadLogo("this drawing fetches something from elsewhere; export it with all it needs, or as PNG")
    return kept
