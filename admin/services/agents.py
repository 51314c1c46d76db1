"""Agents: who a transfer reaches. A change is heard by the next call of every menu that names the agent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from admin.services.menus import MenuService
from ivr.domain.agents import Agent, AgentStore, Sent, StoredAgent, Target
from ivr.domain.ports import Page

# Name in a body -> field of Agent.
_FIELDS = {
    "ring_timeout_s": "ring_s",
    "no_progress_timeout_s": "no_progress_s",
    "max_talk_s": "max_talk_s",
    "silence_timeout_s": "silent_s",
    "header_style": "header_style",
}


@dataclass(frozen=True)
class AgentService:
    agents: AgentStore
    menus: MenuService

    def create(self, name: str, body: Mapping[str, Any], *, actor: str) -> StoredAgent:
        """`body` as checked by agent_models.CreateAgent; raises AgentTaken."""
        self.menus.ask_cache()
        stored = self.agents.create(_laid_over(Agent(name, ()), body), actor=actor)
        self.menus.publish_all()
        return stored

    def find(self, name: str) -> StoredAgent | None:
        return self.agents.find(name)

    def list(self, limit: int, cursor: str | None) -> Page[StoredAgent]:
        return self.agents.list(limit=limit, cursor=cursor)

    def patch(self, name: str, body: Mapping[str, Any], *, actor: str) -> StoredAgent | None:
        """What `body` has replaces what was; None when there is no such agent."""
        self.menus.ask_cache()
        stored = self.agents.edit(name, lambda agent: _laid_over(agent, body), actor=actor)
        if stored is not None:
            self.menus.publish_all()
        return stored

    def delete(self, name: str, *, force: bool, actor: str) -> bool:
        """False when there is no such agent; raises AgentInUse."""
        self.menus.ask_cache()
        deleted = self.agents.delete(name, actor=actor, force=force)
        if deleted:
            self.menus.publish_all()
        return deleted


def _laid_over(agent: Agent, body: Mapping[str, Any]) -> Agent:
    changes: dict[str, Any] = {field: body[name] for name, field in _FIELDS.items() if name in body}
    if "send" in body:
        changes["sent"] = cast(tuple[Sent, ...], tuple(dict.fromkeys(body["send"])))
    if "targets" in body:
        changes["targets"] = tuple(_target(each, agent.targets) for each in body["targets"])
    return replace(agent, **changes)


def _target(given: Mapping[str, Any], known: Sequence[Target]) -> Target:
    """A password that is not given is the one this address and user had: it is never shown, so nobody can send it
    back."""
    uri, username, password = given["uri"], given.get("username"), given.get("password")
    if password is None and username is not None:
        password = next((each.password for each in known if (each.uri, each.username) == (uri, username)), None)
    return Target(uri, username, password)
