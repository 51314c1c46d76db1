"""Braces in texts that are no variables, and audio names with variables that no prompt has."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator

from ivr.domain.menu.node import Node, Sound
from ivr.domain.menu.prompt_fields import AudioField
from ivr.domain.menu.templates import PART_AUDIO, brace_faults, named_like, one_variable
from ivr.domain.problems import Problem

_SHOWN = 10


def lint_braces(node: Node) -> Iterator[Problem]:
    """One warning for each thing in braces that is not said as its author may think."""
    audio_fields = {each.name for each in node.fields() if isinstance(each, AudioField)}
    for path, said in node.says():
        if path[0] not in audio_fields:
            for fault in brace_faults(said):
                yield node.warning(fault.code, fault.message, *path)


def lint_name(node: Node, sound: Sound, prompts: Container[str]) -> Iterator[Problem]:
    """A warning where no prompt can be meant; it lists those there are. What a variable holds is not known."""
    if one_variable(sound.audio) is not None:
        return
    there = [name for name in prompts if not PART_AUDIO.fullmatch(name)] if isinstance(prompts, Iterable) else []
    if not named_like(sound.audio, there):
        text = f"no prompt is named like {sound.audio}: callers hear {sound.instead}"
        if there:
            text += f"; there are {', '.join(sorted(there)[:_SHOWN])}" + (", ..." if there[_SHOWN:] else "")
        yield node.warning("audio_not_ready", text, *sound.path)
