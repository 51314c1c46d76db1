"""A cache of menus as JSON text: parsing, linting and rendering a menu costs more than the rest of a read.

A menu's state (its version, its numbers, the times of its prompts) tells whether the cached text is still valid, so a
read asks Postgres only for the state. Whether the prompt files are on disk is checked each time.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from admin.http.routing import dump_json
from admin.menus.language_sentences import sentence_files
from admin.menus.views import menu_json
from ivr.ports.menus import MenuState, StoredMenu

MAX_KEPT_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Kept:
    """`files`: audio name -> its file, `ready`: the names whose file was on disk, `voices`: those there were,
    `languages`: those that the system prompts were spoken in, `old`: the sentences that another voice had spoken;
    `document`: empty where it has none."""

    state: MenuState
    files: Mapping[str, str]
    ready: frozenset[str]
    voices: Mapping[str, str] | None
    languages: Collection[str] | None
    document: Mapping[str, Any]
    old: Collection[str]
    text: str


class RenderedMenus:
    """One per process."""

    def __init__(
        self,
        voices: Callable[[], Mapping[str, str] | None] = lambda: None,
        languages: Callable[[], Collection[str] | None] = lambda: None,
        old_sentences: Callable[[Mapping[str, Any]], Collection[str]] = lambda document: (),
        max_bytes: int = MAX_KEPT_BYTES,
    ) -> None:
        self._voices, self._languages, self._max_bytes = voices, languages, max_bytes
        self._old_sentences = old_sentences
        self._bytes = 0
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    def find(self, state: MenuState, exists: Callable[[str], bool]) -> str | None:
        """The menu as `GET /ivr/{id}` answers it, if it is cached in this state; `exists` looks for a prompt file."""
        kept = self._kept.get(state.ivr_id)
        if kept is None or kept.state != state or (kept.voices, kept.languages) != self._there():
            return None
        if {audio for audio, file in kept.files.items() if exists(file)} != kept.ready:
            return None
        if kept.document and self._old_sentences(kept.document) != kept.old:
            return None
        self._kept.move_to_end(state.ivr_id)
        return kept.text

    def menu(self, stored: StoredMenu, ready: Collection[str]) -> str:
        """The same, rendered if necessary; `ready` are the audio names whose file is on disk."""
        files = {audio: prompt.file for audio, prompt in stored.prompts.items()}
        sentences = sentence_files(stored.document)
        files |= {name: name for name in sentences}
        document = stored.document if sentences else {}
        old = self._old_sentences(document) if document else ()
        kept, there = self._kept.pop(stored.ivr_id, None), self._there()
        now = stored.state, frozenset(ready), *there, old
        if kept is None or (kept.state, kept.ready, kept.voices, kept.languages, kept.old) != now:
            self._bytes -= len(kept.text) if kept else 0
            text = dump_json(menu_json(stored, ready, *there, old))
            kept = _Kept(stored.state, files, frozenset(ready), *there, document, old, text)
            self._bytes += len(kept.text)
        self._kept[stored.ivr_id] = kept
        while self._bytes > self._max_bytes and len(self._kept) > 1:
            _, oldest = self._kept.popitem(last=False)
            self._bytes -= len(oldest.text)
        return kept.text

    def _there(self) -> tuple[Mapping[str, str] | None, Collection[str] | None]:
        return self._voices(), self._languages()
