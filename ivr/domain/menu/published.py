"""A menu as calls read it: one immutable version of a tree with the files of its prompts.

This is the document that the admin app writes to the cache and the ESL server reads.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ivr.domain.agents import Agent, parse_agent
from ivr.domain.hours.document import parse_hours
from ivr.domain.hours.model import Hours
from ivr.domain.menu.document import Menu, parse_menu
from ivr.domain.menu.fields import AUDIO_NAME
from ivr.domain.menu.given import NOTHING_GIVEN, Given, parse_given

FORMAT = 1
IVR_ID = re.compile(r"ivr_[A-Za-z0-9]{6,40}", re.ASCII)
PROMPT_FILE = re.compile(r"[0-9a-f]{32}\.wav", re.ASCII)
# A sound that tells a secret to one caller: its random name is in no record, and nothing of the API gives it out.
ONCE_FILE = re.compile(r"once-[0-9a-f]{32}\.wav", re.ASCII)


@dataclass(frozen=True, slots=True)
class PromptFile:
    """The file behind an audio name: its content-hashed name in the prompt directory, and its length. `template`: the
    prompt says variables, and this is the text with them, spoken by `voice`; the file only shows what it is like, and
    no caller hears it."""

    file: str
    duration_ms: int
    template: str | None = None
    voice: str | None = None

    @property
    def in_records(self) -> str:
        """What records name it; empty: they do not."""
        return "" if ONCE_FILE.fullmatch(self.file) else self.file

    def to_json(self) -> dict[str, Any]:
        plain = {"file": self.file, "duration_ms": self.duration_ms}
        return plain if self.template is None else {**plain, "template": self.template, "voice": self.voice}


def read_prompt_file(entry: Mapping[str, Any]) -> PromptFile:
    """The inverse of `to_json`; raises KeyError, TypeError or ValueError."""
    return PromptFile(entry["file"], int(entry["duration_ms"]), entry.get("template"), entry.get("voice"))


@dataclass(frozen=True, slots=True)
class PublishedMenu:
    """`version` counts every write to the menu; (ivr_id, version) never changes its content. A prompt whose name no
    audio can have is left out: calls refuse a menu with such a one. `agents` and `hours` are those that the tree
    names and that exist; `given` is of drafts alone."""

    ivr_id: str
    version: int
    tree: Menu
    prompts: Mapping[str, PromptFile]
    agents: Mapping[str, Agent] = field(default_factory=dict)
    hours: Mapping[str, Hours] = field(default_factory=dict)
    given: Given = NOTHING_GIVEN

    def to_json(self) -> str:
        return json.dumps(
            {
                "format": FORMAT,
                "ivr_id": self.ivr_id,
                "version": self.version,
                **self.tree.to_json(),
                "prompts": {
                    name: prompt.to_json() for name, prompt in self.prompts.items() if AUDIO_NAME.fullmatch(name)
                },
                **({"agents": {name: each.to_json() for name, each in self.agents.items()}} if self.agents else {}),
                **({"hours": {name: each.to_json() for name, each in self.hours.items()}} if self.hours else {}),
                **({"given": self.given.to_json()} if self.given != NOTHING_GIVEN else {}),
            },
            ensure_ascii=False,
            separators=(",", ":"),
        )


class AssignedMenu(NamedTuple):
    """What a number leads to: a menu, and the language of its callers, where it has one of its own."""

    menu: PublishedMenu
    language: str = ""


def parse_published_menu(text: str | bytes) -> PublishedMenu:
    """The cached document; raises ValueError (or InvalidMenu) when it was not written by this product."""
    document = json.loads(text)
    if not isinstance(document, dict) or document.pop("format", None) != FORMAT:
        raise ValueError("not a published menu of a known format")
    try:
        ivr_id, version, prompts = document.pop("ivr_id"), document.pop("version"), document.pop("prompts")
        if not IVR_ID.fullmatch(ivr_id) or type(version) is not int or version < 1:
            raise ValueError("a published menu without id or version")
        files = {name: read_prompt_file(entry) for name, entry in prompts.items()}
        for name, prompt in files.items():
            is_prompt = PROMPT_FILE.fullmatch(prompt.file) or ONCE_FILE.fullmatch(prompt.file)
            if not AUDIO_NAME.fullmatch(name) or not is_prompt:
                raise ValueError("a published menu with a prompt outside the prompt directory")
        agents = {name: parse_agent(name, entry) for name, entry in document.pop("agents", {}).items()}
        hours = {name: parse_hours(name, entry) for name, entry in document.pop("hours", {}).items()}
        given = parse_given(document.pop("given", {}))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"a published menu with a part missing or malformed: {error!r}") from error
    return PublishedMenu(ivr_id, version, parse_menu(document), files, agents, hours, given)


def cache_pointer(ivr_id: str, version: int) -> str:
    """The name of a version in the cache: `ivr_abc123:7`."""
    return f"{ivr_id}:{version}"


def did_pointer(ivr_id: str, version: int, language: str = "") -> str:
    """What a DID's cache entry holds: `ivr_abc123:7`, or `ivr_abc123:7:es` where its callers speak that language."""
    pointer = cache_pointer(ivr_id, version)
    return f"{pointer}:{language}" if language else pointer
