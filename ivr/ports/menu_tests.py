"""The saved tests of menus."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from ivr.domain.menu_tests import MenuTest, TestRun
from ivr.ports.checks import accept

# Given the test that is there (None: a new one) and its menu's version.
Check = Callable[[MenuTest | None, int], object]


class MenuTestStore(Protocol):
    """Tests of menus and their last results, in Postgres; deleted with their menu. Changes are in the audit log."""

    def list(self, ivr_id: str) -> Sequence[MenuTest]:
        """In the order of their creation. Raises MenuNotFound."""

    def get(self, ivr_id: str, test_id: str) -> MenuTest:
        """Raises MenuTestNotFound."""

    def create(self, test: MenuTest, *, actor: str, check: Check = accept) -> MenuTest:
        """Raises MenuNotFound, MenuTestTaken, TooManyMenuTests."""

    def replace(self, test: MenuTest, *, actor: str, check: Check = accept) -> MenuTest:
        """Raises MenuTestNotFound, MenuTestTaken."""

    def delete(self, ivr_id: str, test_id: str, *, actor: str, check: Check = accept) -> None:
        """Raises MenuNotFound, MenuTestNotFound."""

    def keep_run(self, run: TestRun) -> None:
        """Keep the run in place of an earlier one of its version; does nothing when the menu was deleted."""

    def find_run(self, ivr_id: str, version: int | None = None) -> TestRun | None:
        """The run of that version, or of the newest version that has one."""

