"""Blanks and punctuation once all words are there."""

from __future__ import annotations

import re

_STEPS = (
    (re.compile(r"[)\]}\s]{1,40}$|(?<=[.!?,;:])\s{0,8}[)\]}]{1,40}"), " "),
    (re.compile(r"[()\[\]{}]{1,40}"), ", "),
    (re.compile(r"[\"“”„«»|•·‣▪●_^~`\\<>=→⇒]{1,80}"), " "),
    (re.compile(r"\s{1,200}[-–—]{1,40}\s{1,200}"), ", "),
    (re.compile(r"(?<=\w)[–—]{1,40}(?=\w)"), ", "),
    (re.compile(r"(?<!\w)[-–—/]{1,80}(?!\w)|(?<!\w)[-–—]{1,80}(?=[A-Za-z])"), " "),
    (re.compile(r"\s{1,400}"), " "),
    (re.compile(r" ([,.;:!?])"), r"\1"),
    (re.compile(r"[,;:]{1,80}([.!?])"), r"\1"),
    (re.compile(r"([.!?])[,;:.]{1,80}"), r"\1"),
    (re.compile(r"([,;:])[,;:]{1,80}"), r"\1"),
    (re.compile(r"!{2,400}|(?:[!?]{2,400})"), lambda found: "?" if "?" in found[0] else "!"),
    (re.compile(r"([,;:])(?=[A-Za-z])"), r"\1 "),
    (re.compile(r"^[\s,;:.!?]{1,400}"), ""),
)


def tidy(text: str) -> str:
    """Marks that only the eye needs become commas or blanks, and of several in a row one is left."""
    for _ in range(2):
        for pattern, replacement in _STEPS:
            text = pattern.sub(replacement, text)
    return text.strip()
