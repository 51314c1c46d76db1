"""Drafts of menus: a document and sounds that callers hear nothing of until they are published as one version."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from ivr.ports.menus import DraftHead, Prompt, StoredMenu

# Stands for "there is no draft" among the revisions that a write may find.
NO_DRAFT = 0


class Gone(NamedTuple):
    """What a draft names and what was deleted since the draft was written; `kind`: agents, hours, services, lists,
    channels or groups."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class MenuDraft:
    """`menu` is the menu as it would be: the draft's document, and the draft's `sounds` laid over the menu's; its
    version is that of the menu. `behind`: that version says something else than the one the draft is based on."""

    head: DraftHead
    menu: StoredMenu
    sounds: Mapping[str, Prompt]
    behind: bool
    gone: Sequence[Gone]


class Spoken(NamedTuple):
    """A prompt with those of its parts, for an audio name that the changed document has."""

    prompt: Prompt
    parts: Sequence[Prompt] = ()


class DraftStore(Protocol):
    """Drafts of menus, at most one of each, in Postgres; every write is one transaction with its audit entry. Raises
    MenuNotFound. `expected` are the revisions that a write may find, NO_DRAFT for none; None: any. Otherwise it
    raises DraftReplaced. What needs a draft raises DraftNotFound."""

    def get(self, ivr_id: str) -> MenuDraft: ...

    def put(
        self,
        ivr_id: str,
        document: Mapping[str, Any],
        *,
        actor: str,
        based_on: int | None = None,
        expected: frozenset[int] | None = None,
    ) -> MenuDraft:
        """The draft's document; its sounds stay. The same document makes no new revision. `document` has been checked
        by parse_menu. `based_on` None: as the draft was, and for a new one the menu's version. Raises
        VersionNotFound."""

    def put_sounds(
        self,
        ivr_id: str,
        change: Callable[[dict[str, Any]], Mapping[str, Any]],
        make: Callable[[Mapping[str, Any]], Spoken],
        *,
        actor: str,
        expected: frozenset[int] | None = None,
    ) -> MenuDraft:
        """Change the document, and add the prompts that `make` gives for the changed one: one revision. Their costs
        are charged now."""

    def delete(self, ivr_id: str, *, actor: str, expected: frozenset[int] | None = None) -> None:
        """Discard the draft with its sounds."""

    def publish(self, ivr_id: str, *, actor: str, revision: int, expected_version: int | None = None) -> StoredMenu:
        """Make the draft of this revision a version of the menu, all its sounds included, and delete it. Nothing is
        charged again. Raises DraftReplaced, and VersionReplaced unless the menu is at the expected version."""
