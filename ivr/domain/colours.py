"""A firm's colour on our pages: readable beside every ground, whatever colour it is (WCAG 2.2, 1.4.3: 4.5 to 1)."""

from __future__ import annotations

import re
from dataclasses import dataclass

COLOUR = re.compile(r"#[0-9a-f]{6}", re.ASCII | re.IGNORECASE)
AA = 4.5
WHITE, BLACK = "#ffffff", "#000000"
# Where text of the colour stands, as app.css has them: the page, cards, what is raised.
LIGHT_GROUNDS = ("#f6f7f5", "#ffffff", "#f0f2ef")
DARK_GROUNDS = ("#101413", "#181d1c", "#202726")
_STEP = 0.02


@dataclass(frozen=True, slots=True)
class SchemeColours:
    """The colours of the light or the dark scheme. `accent` is for text and lines, the firm's own colour or the
    nearest one that can be read; `ground` lies behind text of that colour. `contrast`: the least that the firm's own
    colour has on any of the grounds."""

    accent: str
    hover: str
    ground: str
    on_accent: str
    contrast: float

    @property
    def is_readable(self) -> bool:
        return self.contrast >= AA


@dataclass(frozen=True, slots=True)
class FirmColours:
    """`button` is the firm's colour as it is, in both schemes, and `on_button` black or white, whichever is easier to
    read on it."""

    button: str
    button_hover: str
    on_button: str
    light: SchemeColours
    dark: SchemeColours


def firm_colours(colour: str) -> FirmColours:
    """All that follows from one colour (COLOUR)."""
    own = colour.lower()
    on_button = text_on(own)
    return FirmColours(
        own, mix(own, BLACK if on_button == WHITE else WHITE, 0.12), on_button,
        _scheme(own, LIGHT_GROUNDS, WHITE, BLACK, 0.1), _scheme(own, DARK_GROUNDS, DARK_GROUNDS[1], WHITE, 0.2),
    )  # fmt: skip


def text_on(colour: str) -> str:
    """Black or white; one of them has at least 4.58 to 1 on any colour."""
    return max((WHITE, BLACK), key=lambda each: contrast(each, colour))


def contrast(one: str, other: str) -> float:
    """Between 1 and 21, as WCAG counts."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def mix(one: str, other: str, share: float) -> str:
    """`share` of the other in the one."""
    pairs = zip(_channels(one), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def _scheme(own: str, grounds: tuple[str, ...], behind: str, towards: str, tint: float) -> SchemeColours:
    ground = mix(behind, own, tint)
    everywhere = (*grounds, ground)
    share, accent = 0.0, own
    while _least(accent, everywhere) < AA and share < 1:
        share += _STEP
        accent = mix(own, towards, share)
    return SchemeColours(accent, mix(accent, towards, 0.2), ground, text_on(accent), _least(own, grounds))


def _least(colour: str, grounds: tuple[str, ...]) -> float:
    return min(contrast(colour, each) for each in grounds)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (each / 255 for each in _channels(colour))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
