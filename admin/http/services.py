"""The registry of services: views ask for a service by its class, so that the route table imports no wiring."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

T = TypeVar("T")


class Services:
    """One instance per class or port."""

    def __init__(self, by_class: Mapping[type[Any], Any]) -> None:
        self._by_class = dict(by_class)

    def get(self, kind: type[T]) -> T:
        """The instance registered for this class; raises KeyError where the wiring has none."""
        found: T = self._by_class[kind]
        return found
