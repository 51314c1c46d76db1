"""Agents."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ivr.domain.agents import Agent
from ivr.ports.checks import accept
from ivr.ports.pages import ListPage, NameSort


@dataclass(frozen=True, slots=True)
class StoredAgent:
    agent: Agent
    created_at: datetime
    updated_at: datetime



class AgentStore(Protocol):
    """Agents in Postgres. A change gives each menu that names the agent a new version, in the same transaction, so
    that a version of a menu never stands for two agents. Calls use it once `MenuPublisher.publish` has run."""

    def create(self, agent: Agent, *, actor: str) -> StoredAgent:
        """Raises AgentTaken when the name is in use."""

    def find(self, name: str) -> StoredAgent | None: ...

    def existing(self, names: Sequence[str]) -> set[str]:
        """Those of the names that agents have."""

    def list(
        self, *, limit: int, cursor: str | None = None, sort: NameSort | None = None, total: bool = False
    ) -> ListPage[StoredAgent]:
        """By name unless `sort` says otherwise."""

    def edit(self, name: str, change: Callable[[Agent], Agent], *, actor: str) -> StoredAgent | None:
        """Read, change and write under a lock; None when there is no such agent."""

    def delete(
        self, name: str, *, actor: str, force: bool = False, check: Callable[[Agent], object] = accept
    ) -> bool:
        """Move it to the bin. `check` may refuse the agent that is there by an exception. False when there is no such
        agent. Raises AgentInUse while a menu names it, unless forced: then that menu's transfers reach the default
        agent."""

