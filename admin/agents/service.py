"""Agents, the targets of transfers. A change applies from the next call of every menu that names the agent."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from admin.menus.service import MenuService
from ivr.domain import signing
from ivr.domain.agents import Agent, Sent, Target
from ivr.domain.numbers import E164
from ivr.domain.problems import Problem, pointer
from ivr.domain.telephones.errors import DestinationRefused, NoWayOut
from ivr.domain.telephones.way_out import OutTrunk, gateways_out, route
from ivr.ports.agents import AgentStore, StoredAgent
from ivr.ports.checks import accept
from ivr.ports.trunks import TrunkStore
from ivr.secrets import Sealer

# Name in a body -> field of Agent.
_FIELDS = {
    "ring_timeout_s": "ring_s",
    "no_progress_timeout_s": "no_progress_s",
    "max_talk_s": "max_talk_s",
    "silence_timeout_s": "silent_s",
    "media_timeout_s": "media_timeout_s",
    "header_style": "header_style",
    "prepare_url": "prepare_url",
    "options_ping": "options_ping",
    "srtp": "srtp",
    "tls_verify": "tls_verify",
}


@dataclass(frozen=True)
class AgentService:
    agents: AgentStore
    menus: MenuService
    sealer: Sealer
    # Over which trunks numbers are dialled, and in which countries they may be beside the trunk's own.
    trunks: TrunkStore
    countries: Collection[str] = ()
    # Has the switch know a password, by what is sealed, before any call uses it.
    tell_switch: Callable[[str, str], None] = lambda sealed, password: None

    def create(
        self, name: str, body: Mapping[str, Any], *, actor: str, check: Callable[[Agent], object] = accept
    ) -> tuple[StoredAgent, str | None]:
        """Create an agent from a body checked by admin.agents.schema.CreateAgent; returns also the secret of the
        prepare URL if one was made. Raises AgentTaken. `check` may refuse the agent by an exception."""
        self.menus.ask_cache()
        made = _new_secret(body, None)
        agent = self._laid_over(Agent(name, ()), body, made)
        check(agent)
        stored = self.agents.create(agent, actor=actor)
        self.menus.publish_all()
        return stored, made

    def patch(
        self,
        name: str,
        body: Mapping[str, Any],
        *,
        actor: str,
        check: Callable[[Agent], object] = accept,
        check_new: Callable[[Agent], object] = accept,
    ) -> tuple[StoredAgent, str | None] | None:
        """Replace the fields in `body`; the result is as in `create`, None when there is no such agent. `check` may
        refuse the agent that is there by an exception, `check_new` what it would become."""
        self.menus.ask_cache()
        made: list[str | None] = [None]

        def change(agent: Agent) -> Agent:
            check(agent)
            made[0] = _new_secret(body, agent)
            changed = self._laid_over(agent, body, made[0])
            check_new(changed)
            return changed

        stored = self.agents.edit(name, change, actor=actor)
        if stored is None:
            return None
        self.menus.publish_all()
        return stored, made[0]

    def delete(
        self, name: str, *, force: bool, actor: str, check: Callable[[Agent], object] = accept
    ) -> bool:
        """Delete an agent; False when there is no such agent. Raises AgentInUse. `check` as in `patch`."""
        self.menus.ask_cache()
        deleted = self.agents.delete(name, actor=actor, force=force, check=check)
        if deleted:
            self.menus.publish_all()
        return deleted

    def restored(self, name: str) -> None:
        """An agent is there again: have the switch know its passwords before any call uses them."""
        stored = self.agents.find(name)
        for sealed in stored.agent.sealed if stored else ():
            if (password := self.sealer.find(sealed)) is not None:
                self.tell_switch(sealed, password)

    def warnings(self, agents: Sequence[Agent]) -> list[list[Problem]]:
        """For each of these agents, its telephone numbers that calls would not ring now."""
        trunks: list[OutTrunk] | None = None
        found: list[list[Problem]] = []
        for agent in agents:
            warned: list[Problem] = []
            for index, target in enumerate(agent.targets):
                if target.number is None:
                    continue
                if trunks is None:
                    trunks = self._trunks_out()
                refused = self._refusal(target.number, trunks)
                if refused is not None:
                    # A refusal names the number itself.
                    named = "" if isinstance(refused, DestinationRefused) else f"{target.number} is not rung: "
                    warned.append(Problem(pointer("targets", index, "uri"), refused.code, f"{named}{refused}"))
            found.append(warned)
        return found

    def find_refusal(self, number: E164) -> str | None:
        """Why calls would not ring this number now, as a sentence; None: they would, or a trunk is missing."""
        refused = self._refusal(number, self._trunks_out())
        return str(refused) if isinstance(refused, DestinationRefused) else None

    def _trunks_out(self) -> list[OutTrunk]:
        return [OutTrunk(each, gateways_out(each)) for each in self.trunks.all()]

    def _refusal(self, number: E164, trunks: Sequence[OutTrunk]) -> NoWayOut | DestinationRefused | None:
        try:
            route(number, trunks, self.countries)
        except (NoWayOut, DestinationRefused) as error:
            return error
        return None

    def _laid_over(self, agent: Agent, body: Mapping[str, Any], made: str | None) -> Agent:
        changes: dict[str, Any] = {field: body[name] for name, field in _FIELDS.items() if name in body}
        if "send" in body:
            changes["sent"] = cast(tuple[Sent, ...], tuple(dict.fromkeys(body["send"])))
        if "codecs" in body:
            changes["codecs"] = tuple(dict.fromkeys(body["codecs"]))
        if "may_transfer_to" in body:
            changes["may_transfer_to"] = tuple(dict.fromkeys(body["may_transfer_to"]))
        if "targets" in body:
            changes["targets"] = tuple(self._target(each, agent.targets) for each in body["targets"])
        secret = body.get("prepare_secret") or made
        if secret is not None:
            changes["prepare_sealed"] = self.sealer.seal(secret)
        return replace(agent, **changes)

    def _target(self, given: Mapping[str, Any], known: Sequence[Target]) -> Target:
        """A target from a request. Without a password the address keeps its present one for this user: passwords are
        never shown, so no client can send them back."""
        uri, username, password = given["uri"], given.get("username"), given.get("password")
        if password is not None:
            sealed = self.sealer.seal(password)
            self.tell_switch(sealed, password)
            return Target(uri, username, sealed)
        kept = next((each for each in known if username and (each.uri, each.username) == (uri, username)), None)
        return Target(uri, username, kept.sealed if kept else None)


def _new_secret(body: Mapping[str, Any], agent: Agent | None) -> str | None:
    """A secret for a prepare URL that has none yet."""
    has_one = body.get("prepare_secret") is not None or (agent is not None and agent.prepare_sealed is not None)
    return signing.new_secret() if body.get("prepare_url") and not has_one else None
