"""Where the editor's cards stand: a matter of its pages, kept beside the menu and no part of any version."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol


class CardPlace(NamedTuple):
    """The upper left corner of a node's card, in pixels of the graph at its full size."""

    x: int
    y: int


class CardPlaceStore(Protocol):
    """One set of places a menu, shared by all who edit it. Calls and versions know nothing of it."""

    def get(self, ivr_id: str) -> Mapping[str, CardPlace]:
        """Places by node; empty: the layout puts them all, or there is no such menu."""

    def put(self, ivr_id: str, places: Mapping[str, CardPlace]) -> None:
        """Replace them all. Nothing is stored for a menu that does not exist."""
