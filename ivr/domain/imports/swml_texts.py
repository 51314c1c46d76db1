"""What SWML says, and its variables, as a menu has them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ivr.domain.imports.building import MenuBuilder, variable_name
from ivr.domain.imports.variable_names import free_of_reserved

_VARIABLE = re.compile(r"[%$]\{([^{}]*)\}")
_MOST_PARTS = 4
_CALLER, _CALLED = ("call.from", "call.from_number"), ("call.to", "call.to_number")


def said_by(builder: MenuBuilder, addresses: Sequence[Any], notes: list[str]) -> dict[str, Any]:
    """The fields of a prompt that says these; what is different is noted."""
    says = [str(each).removeprefix("say:") for each in addresses if str(each).startswith("say:")]
    sounds = [str(each) for each in addresses if not str(each).startswith(("say:", "silence:", "ring:"))]
    if len(says) + len(sounds) < len(addresses):
        notes.append("silence and ringing are no prompts here")
    if says and sounds:
        notes.append("words and sounds of one prompt: the words alone are here, put the sounds before them")
    if says:
        texts = [text_of(each, notes) for each in says]
        return {"text": texts[0] if len(texts) == 1 else texts[:16]}
    audio = [builder.sound(each) for each in sounds[:16]]
    return {"audio": audio[0] if len(audio) == 1 else audio} if audio else {}


def variable_of(name: str) -> str | None:
    """The variable here; None: there is none."""
    plain = name.strip().removeprefix("vars.")
    if plain in _CALLER:
        return "caller"
    if plain in _CALLED:
        return "called"
    parts = [variable_name(each) for each in plain.split(".")]
    usable = re.fullmatch(r"[A-Za-z0-9_.]+", plain) and len(parts) <= _MOST_PARTS
    return free_of_reserved(".".join(parts)) if usable else None


def text_of(text: str, notes: list[str]) -> str:
    """A text with its variables; one that there is none of is noted."""
    pieces = _VARIABLE.split(text)
    for at in range(1, len(pieces), 2):
        variable = variable_of(pieces[at])
        if variable is None:
            notes.append(f"there is no {pieces[at]} here, so it is left out")
        pieces[at] = f"{{{variable}}}" if variable else ""
    plain = [each if at % 2 else each.replace("{", "(").replace("}", ")") for at, each in enumerate(pieces)]
    return " ".join("".join(plain).split())
