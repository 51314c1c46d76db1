"""Where in a node a prompt is heard, in words."""

from __future__ import annotations

from itertools import chain

from admin.http.language import t
from ivr.domain.menu.kinds import KINDS
from ivr.domain.menu.prompt_fields import AudioField
from ivr.domain.menu.slots import Slot

_AUDIO = {
    field.name: field
    for field in chain.from_iterable(kind.fields() for kind in KINDS)
    if isinstance(field, AudioField)
}
_MAIN = "audio"


def place_words(slot: Slot) -> str:
    """`audio after silence, es, part 2`; empty for a node's own prompt that is one for all languages."""
    name, *path = slot.path
    field = _AUDIO[name]
    words = [] if name == _MAIN else [_small(t(field.label))]
    if slot.language is not None:
        words.append(path.pop(0))
    if field.by_attempt and path:
        words.append(t("attempt %(number)s", number=int(path.pop(0)) + 2))
    return ", ".join([*words, *(t("part %(number)s", number=int(part) + 1) for part in path)])


def _small(label: str) -> str:
    return label[0].lower() + label[1:]
