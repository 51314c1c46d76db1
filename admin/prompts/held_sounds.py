"""Prompts that are spoken one after the other and reach the menu together, as one version.

Until then nobody else sees them, and the menu may change. A place that then has other words, another voice, or
another sound keeps those of the other change.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from admin.menus.service import MenuService, Versions
from ivr.domain.menu.slots import Slot, slots_of
from ivr.ports.menu_drafts import Spoken
from ivr.ports.menus import MenuState, Prompt, StoredMenu

Change = Callable[[dict[str, Any]], Mapping[str, Any]]
# A node and one of its places.
Place = tuple[str, str]


@dataclass
class HeldSounds:
    """Those of one menu."""

    menus: MenuService
    ivr_id: str
    _held: list[_Held] = field(default_factory=list)
    _laid: _Laid | None = None

    def at(self, node: str, at: str) -> HeldPlace:
        """Where to speak the prompt of this place."""
        return HeldPlace(self, (node, at))

    def write(self, *, actor: str) -> set[Place]:
        """Make what is held one version of the menu, which calls hear from then on; the places that somebody else
        has changed, and that are left as they are. Raises MenuNotFound, SavedNotLive."""
        left: set[Place] = set()

        def change(stored: StoredMenu) -> tuple[Mapping[str, Any], Sequence[Prompt]]:
            same = [each for each in self._held if _said_at(stored, each.place) == each.seen]
            left.update(each.place for each in self._held if each not in same)
            laid = self._lay(stored) if len(same) == len(self._held) else _lay(_Laid.of(stored), same)
            return laid.document, [*laid.prompts.values()]

        store = self.menus.store
        stored = store.put_prompts(self.ivr_id, change, actor=actor) if self._held else store.get(self.ivr_id)
        self.menus.publish(stored)
        return left

    def hold(self, held: _Held) -> StoredMenu:
        stored = self.menus.store.get(self.ivr_id)
        self._laid = _lay(self._lay(stored), [held])
        self._held.append(held)
        return self._laid.over(stored)

    def laid(self, stored: StoredMenu) -> StoredMenu:
        """The menu as it would be with what is held."""
        return self._lay(stored).over(stored)

    def _lay(self, stored: StoredMenu) -> _Laid:
        if self._laid is None or self._laid.base != stored.state:
            self._laid = _lay(_Laid.of(stored), self._held)
        return self._laid


class _Laid(NamedTuple):
    """The document with what is held, and the prompts that are new in it; `base`: of this menu."""

    base: MenuState
    document: Mapping[str, Any]
    prompts: Mapping[str, Prompt]

    @classmethod
    def of(cls, stored: StoredMenu) -> _Laid:
        return cls(stored.state, stored.document, {})

    def over(self, stored: StoredMenu) -> StoredMenu:
        return replace(stored, document=self.document, prompts={**stored.prompts, **self.prompts})


@dataclass(eq=False, slots=True)
class _Held:
    """`seen`: what the place said when its prompt was asked for."""

    place: Place
    seen: object
    change: Change
    make: Callable[[Mapping[str, Any]], Spoken]


@dataclass
class HeldPlace:
    """A PromptHolder of the prompt of one place."""

    sounds: HeldSounds
    place: Place
    _seen: object = None

    def get(self, ivr_id: str, if_match: Versions = None) -> tuple[StoredMenu, int | None]:
        stored = self.sounds.menus.store.get(ivr_id)
        self._seen = _said_at(stored, self.place)
        return self.sounds.laid(stored), None

    def need_cache(self, stored: StoredMenu) -> None:
        self.sounds.menus.need_cache(stored)

    def put(
        self,
        ivr_id: str,
        change: Change,
        make: Callable[[Mapping[str, Any]], Spoken],
        *,
        actor: str,
        expected: int | None,
    ) -> StoredMenu:
        return self.sounds.hold(_Held(self.place, self._seen, change, make))

    def settle(self, stored: StoredMenu) -> None:
        """Calls hear it once all is written."""


def _lay(laid: _Laid, held: Sequence[_Held]) -> _Laid:
    document, prompts = laid.document, {**laid.prompts}
    for each in held:
        if _slot(document, each.place) is not None:
            document = each.change({**document})
            spoken = each.make(document)
            prompts.update({prompt.audio: prompt for prompt in (*spoken.parts, spoken.prompt)})
    return _Laid(laid.base, document, prompts)


def _said_at(stored: StoredMenu, place: Place) -> object:
    """What decides how this place sounds; None where it is gone."""
    slot = _slot(stored.document, place)
    if slot is None:
        return None
    node = stored.document["nodes"][place[0]]
    prompt = stored.prompts.get(slot.audio or "")
    rates = node.get("rate"), stored.document.get("rate")
    return slot.text, slot.voice, rates, prompt and (prompt.file, prompt.created_at)


def _slot(document: Mapping[str, Any], place: Place) -> Slot | None:
    node = document["nodes"].get(place[0], {})
    return next((slot for slot in slots_of(node) if slot.at == place[1]), None)
