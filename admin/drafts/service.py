"""Drafts of menus: saved, spoken and published.

To publish one goes by the steps of every other save (`admin.menus.saving`): check what the change is based on, run
the menu's tests on it, check that the cache answers, check the warnings, write, update the cache, and run the tests
again in the background. A refusal at any step before the write leaves menu and draft as they were.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from admin.drafts.errors import DraftBehind, NamesMissing, TextNotSpoken
from admin.drafts.gone import problems_of
from admin.menus.errors import WarningsRefused
from admin.menus.saving import Sentences
from admin.menus.service import MenuService, Versions
from admin.prompts.service import DraftPromptService
from ivr.domain.errors import DraftNotFound, DraftReplaced, IvrError, StorageError
from ivr.domain.menu.document import parse_menu, require_plain_name
from ivr.ports.menu_drafts import DraftStore, MenuDraft
from ivr.ports.menus import StoredMenu
from tts.client.errors import TtsError


class DraftTrials(Protocol):
    """The part of the tests of menus that publishing needs."""

    def require_saved_draft(self, draft: MenuDraft) -> None:
        """Raises TestsFailed when the menu would fail one of its tests as this draft."""

    def after_save(self, stored: StoredMenu) -> None:
        """Run the tests of the saved menu in the background."""


@dataclass(frozen=True, slots=True)
class PublishOptions:
    """`speak`: first what is due. `replace`: although the menu has changed since the version that the draft is based
    on. `if_match`: the revisions that may be published; None: any. The rest is as in every save."""

    actor: str
    strict: bool = False
    require_tests: bool = False
    speak: bool = False
    replace: bool = False
    if_match: Versions = None


@dataclass(frozen=True)
class DraftService:
    drafts: DraftStore
    menus: MenuService
    prompts: DraftPromptService
    trials: DraftTrials
    sentences: Sentences

    def save(
        self, ivr_id: str, document: object, *, based_on: int | None, actor: str, expected: frozenset[int] | None
    ) -> MenuDraft:
        """Raises InvalidMenu, MenuNotFound, DraftReplaced, VersionNotFound."""
        menu = parse_menu(document)
        require_plain_name(menu, self.menus.store.get(ivr_id).document["name"])
        return self.drafts.put(ivr_id, menu.to_json(), actor=actor, based_on=based_on, expected=expected)

    def publish(self, ivr_id: str, options: PublishOptions) -> StoredMenu:
        """The menu as its draft had it, one version on. Raises DraftNotFound, DraftReplaced, DraftBehind,
        NamesMissing, TextNotSpoken, TtsUnavailable, WarningsRefused, TestsFailed, CacheAway, SavedNotLive."""
        draft = self.drafts.get(ivr_id)
        if options.if_match is not None and draft.head.revision not in options.if_match:
            raise DraftReplaced(draft.head.revision)
        _need_current(draft, options)
        _need_named(draft)
        if options.speak:
            draft = self._spoken(draft, options)
            _need_current(draft, options)
        menu = parse_menu(draft.menu.document)
        if options.strict:
            # Spoken first, so that no warning says they are not.
            self.sentences.make(menu.to_json())
            warnings = self.menus.warnings(menu, draft.menu)
            if warnings:
                raise WarningsRefused(warnings)
        if options.require_tests:
            self.trials.require_saved_draft(draft)
        self.menus.need_cache(draft.menu)
        saved = self.drafts.publish(
            ivr_id,
            actor=options.actor,
            revision=draft.head.revision,
            expected_version=None if options.replace else draft.menu.version,
        )
        self.sentences.make(saved.document)
        self.menus.publish(saved)
        self.trials.after_save(saved)
        return saved

    def _spoken(self, draft: MenuDraft, options: PublishOptions) -> MenuDraft:
        """The draft with what is due spoken; it is refused when somebody else writes it meanwhile."""
        ivr_id, revision = draft.menu.ivr_id, draft.head.revision
        for node, slot in self.menus.texts_due(draft.menu):
            wanted = frozenset([revision])
            try:
                done = self.prompts.speak(ivr_id, node, None, None, slot.at, actor=options.actor, if_match=wanted)
            except (IvrError, TtsError) as error:
                if error.retryable or isinstance(error, StorageError | DraftNotFound):
                    raise
                raise TextNotSpoken(node, slot.at, str(error)) from error
            revision = done.stored.draft.revision if done.stored.draft else revision
        now = self.drafts.get(ivr_id)
        if now.head.revision != revision:
            raise DraftReplaced(now.head.revision)
        return now


def _need_current(draft: MenuDraft, options: PublishOptions) -> None:
    if draft.behind and not options.replace:
        raise DraftBehind(draft.head.based_on, draft.menu.version)


def _need_named(draft: MenuDraft) -> None:
    if draft.gone:
        raise NamesMissing(problems_of(draft.menu.document, draft.gone))
