"""Pauses as people write them: `<break time="500ms"/>` of SSML, and three full stops. Other tags are refused."""

from __future__ import annotations

import re

from ivr.domain.errors import IvrError

MAX_PAUSE_MS = 5000
ELLIPSIS_MS = 500
_STRENGTHS = {"none": 0, "x-weak": 100, "weak": 200, "medium": 400, "strong": 700, "x-strong": 1200}
TAG = re.compile(r"</?[A-Za-z][^<>]{0,200}>|<!--[^<>]{0,200}-->|<\?[^<>]{0,200}>")
_NAME = re.compile(r"</?([A-Za-z][\w:.-]{0,40})")
_TIME = re.compile(r"""\btime\s{0,4}=\s{0,4}["']?\s{0,4}(\d{1,6}(?:\.\d{1,3})?)\s{0,4}(ms|s)\b""")
_STRENGTH = re.compile(r"""\bstrength\s{0,4}=\s{0,4}["']?\s{0,4}([a-z-]{1,10})\b""")
_ATTRIBUTE = re.compile(r"\b(?:time|strength)\s{0,4}=")
ELLIPSIS = re.compile(r"(?:\.[ \u00a0]?){2,40}\.|…")


class TagRefused(IvrError):
    """A tag in a text that is no pause, or no pause that can be made."""

    code = "text_tag"


def pause_ms(tag: str) -> int:
    """How long a `<break>` lasts. TagRefused for every other tag."""
    name = _NAME.match(tag)
    if name is None or name[1].lower() != "break":
        written = tag if len(tag) <= 40 else tag[:39] + "…"
        raise TagRefused(
            f'the tag {written} cannot be spoken; of SSML there is the pause alone: <break time="500ms"/>'
        )
    if tag.startswith("</"):
        return 0
    time, strength = _TIME.search(tag), _STRENGTH.search(tag)
    if time is not None:
        length = round(float(time[1]) * (1 if time[2] == "ms" else 1000))
    elif strength is not None and strength[1] in _STRENGTHS:
        length = _STRENGTHS[strength[1]]
    elif _ATTRIBUTE.search(tag):
        raise TagRefused('the length of a pause is written as <break time="500ms"/> or <break time="2s"/>')
    else:
        length = ELLIPSIS_MS
    if length > MAX_PAUSE_MS:
        raise TagRefused(f"a pause lasts {MAX_PAUSE_MS // 1000} seconds at most, and this one {length / 1000:g}")
    return length


def pause_tag(length_ms: int) -> str:
    """A pause as a text has it."""
    return f'<break time="{length_ms}ms"/>'
