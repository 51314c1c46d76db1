"""The compiled menus of this process, in front of the source of menus."""

from __future__ import annotations

from collections import OrderedDict

from esl_server.call.compiled_menu import CompiledMenu, PromptPaths
from esl_server.call.filling import SILENT, Voice
from ivr.domain.errors import StorageUnavailable
from ivr.domain.menu.published import PublishedMenu
from ivr.domain.numbers import E164
from ivr.domain.tickets import Ticket
from ivr.ports.menu_source import MenuSource

MAX_MENUS = 2000


class CompiledMenus:
    def __init__(self, source: MenuSource, paths: PromptPaths, voice: Voice = SILENT) -> None:
        self._source = source
        self._paths = paths
        self._voice = voice
        self._built: OrderedDict[tuple[str, int], CompiledMenu] = OrderedDict()

    def find(self, did: E164) -> tuple[CompiledMenu, str] | None:
        """The menu of a DID and the language of its callers (empty: not known by it), None when it has no menu;
        StorageUnavailable when no source can tell."""
        found = self._source.find(did)
        return (self._build(found.menu), found.language) if found is not None else None

    def find_ticket(self, dialled: str) -> tuple[CompiledMenu, Ticket] | None:
        """The menu of a test call or of a call that we make, and its ticket; StorageUnavailable when no source can
        tell."""
        found = self._source.find_ticket(dialled)
        return (self._build(found[0]), found[1]) if found is not None else None

    def get_version(self, pointer: str) -> CompiledMenu:
        """The version a call under way is pinned to; StorageUnavailable when it is gone."""
        ivr_id, _, version = pointer.partition(":")
        built = self._built.get((ivr_id, int(version)))
        if built is not None:
            return built
        published = self._source.find_version(ivr_id, int(version))
        if published is None:
            raise StorageUnavailable(f"menu {pointer} is in none of the stores")
        return self._build(published)

    def _build(self, published: PublishedMenu) -> CompiledMenu:
        key = published.ivr_id, published.version
        menu = self._built.get(key)
        if menu is None:
            menu = self._built[key] = CompiledMenu.of(published, self._paths, self._voice)
            if len(self._built) > MAX_MENUS:
                self._built.popitem(last=False)
        return menu
