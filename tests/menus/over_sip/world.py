"""What is given for a script, made true in the running product: its menu on a number, with its prompts; services,
hours, people, agents and lists."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

import httpx

from ivr.domain.menu.given import Given, GivenAgent, GivenAnswer
from tests.menus.http_services import Asked, http_services
from tests.menus.over_sip.hours import moved
from tests.menus.over_sip.names import Names, new_number
from tests.menus.over_sip.product import Product, did_of, recording
from tests.menus.over_sip.telephones import in_turn, somebody
from tests.menus.runner import CALLER, Played, WrittenMenu, given_of
from tests.rig import DID

_SPOKEN = {
    "text": "audio", "again_text": "again_audio", "no_input_text": "no_input_audio", "no_match_text": "no_match_audio",
    "whisper_text": "whisper_audio", "wait_text": "wait_audio",
}  # fmt: skip
_WAV = re.compile(r"[A-Za-z0-9_-]+\.wav")
# Nobody answers there.
_CLOSED_PORT = "http://127.0.0.1:9/"
# A group of which all ring at once has three people, as the menus say.
_TOGETHER = 3


@dataclass
class World:
    """`offline` is the same script's call offline; `asked` has what the services were sent."""

    product: Product
    menu: WrittenMenu
    script: Mapping[str, Any]
    offline: Played
    place: int
    asked: Asked
    given: Given
    names: Names
    did: str
    caller: str | None
    ivr_id: str = ""
    made: list[str] = field(default_factory=list)
    groups: dict[str, list[str]] = field(default_factory=dict)

    @property
    def over_sip(self) -> Mapping[str, Any]:
        """What a script says of its real call alone."""
        return dict(self.script.get("over_sip", {}))

    @property
    def nodes(self) -> dict[str, Any]:
        return dict(self.menu.menu["nodes"])

    def came_to(self, node: str) -> bool:
        return node in self.offline.path

    # -- making it ------------------------------------------------------------------------------------------------

    def make(self) -> None:
        self._services()
        self._hours()
        self._people()
        self._agents()
        for name in self.given.lists:
            self.product.http.put(f"/lists/{name}/numbers/{self.caller}", json={"days": 1}).raise_for_status()
        self._menu()

    def _new(self, kind: str, body: Mapping[str, Any]) -> None:
        self.product.post(f"/{kind}", body)
        self.made.append(f"/{kind}/{body['name']}")

    def _services(self) -> None:
        for name in sorted({node["service"] for node in self.nodes.values() if "service" in node}):
            turns = self.given.services.get(self.names.own(name), ())
            closed = any(each.fails == "unreachable" for each in turns)
            url = _CLOSED_PORT if closed else self.asked.url
            self._new("services", {"name": self.names.own(name), "url": url, "cache_s": 0})

    def _hours(self) -> None:
        for name, hours in self.menu.document.get("hours", {}).items():
            here = moved(hours, self.given.at) if self.given.at else hours
            self._new("hours", {"name": self.names.own(name), **here})

    def _people(self) -> None:
        given = given_of(self.script).people
        accept = {node.get("people") or node.get("to"): node.get("accept_key") for node in self.nodes.values()}
        groups = {node["people"]: node for node in self.nodes.values() if "people" in node}
        for who, turns in given.items():
            stays = self._stays(who)
            if who not in groups:
                key = accept.get(who) or next((each for each in accept.values() if each), None)
                self._expects(self.names.rung(who), turns, key, stays)
        for group, node in groups.items():
            turns = given.get(group, ())
            together = _TOGETHER if node.get("ring") == "all" else 1
            for at in range(1, together + 1):
                name = f"{self.names.own(group)}-{at}"
                self.groups.setdefault(group, []).append(name)
                duty = "on" if turns and turns[0].result != "closed" else "off"
                body = {"name": name, "address": f"sip:{name}@{self.names.telephones}", "groups": [self.names.own(group)],
                        "place": at, "duty": duty}  # fmt: skip
                # Of those who ring together the last answers first; the others would later.
                late = [replace(each, rings_s=each.rings_s + 30 * (at < together)) for each in turns]
                # Whoever is busy when the script begins is in a talk with another caller.
                turns_of = in_turn(late or [GivenAgent("no_answer")], node.get("accept_key"), stays=self._stays(group))
                first = [somebody(GivenAgent(rings_s=0.2), stays=True)] if group in self.over_sip.get("busy", {}) else []
                self.product.telephones.expect(name, *first, *turns_of)
                self._new("people", body)

    def _stays(self, who: str) -> bool:
        """Whether the caller ends the talk with them."""
        turns = self.script.get("given", {}).get("people", {}).get(who, {})
        turns = turns if isinstance(turns, list) else [turns]
        return any("ended_by" in each for each in turns) or who in self.over_sip.get("presses_in_talk", {})

    def _expects(self, address: str, turns: Any, accept_key: str | None, stays: bool) -> None:
        who = address.removeprefix("sip:").partition("@")[0]
        self.product.telephones.expect(who, *in_turn(turns, accept_key, stays=stays))

    def _agents(self) -> None:
        for name in self.menu.document.get("agents", ()):
            own = self.names.own(name)
            turns = given_of(self.script).agents.get(name, (GivenAgent(),))
            self._expects(own, turns, None, self._stays(name))
            self._new("agents", {"name": own, "targets": [{"uri": f"sip:{own}@{self.names.telephones}"}]})

    def _menu(self) -> None:
        document = self.names.menu(self.menu.menu)
        self.ivr_id = self.product.post("/ivr", document)["id"]
        for name in self._recordings(document):
            self.product.http.put(
                f"/ivr/{self.ivr_id}/audio/{name}?silence=keep", content=recording(name), headers={"Content-Type": "audio/wav"}
            ).raise_for_status()
        for node in dict.fromkeys(self.offline.path):
            for body in _to_speak(node, self.nodes[node]):
                self.product.post(f"/ivr/{self.ivr_id}/audio", body)
        self.product.post(f"/ivr/{self.ivr_id}/assign", {"did": self.did})

    def _recordings(self, document: Mapping[str, Any]) -> list[str]:
        """All that are named without a variable, and those that were heard of the others."""
        named = [each for node in document["nodes"].values() for each in _named(node)]
        heard = [str(each["text"]) for each in self.offline.story if each["what"] == "heard"]
        return sorted({name for text in (*named, *heard) for name in _WAV.findall(text) if not name.startswith("system")})

    def clear(self) -> None:
        with suppress(httpx.HTTPError):
            self.product.http.delete(f"/ivr/{self.ivr_id}?force=true")
            for path in reversed(self.made):
                self.product.http.delete(f"{path}?force=true")


def _named(node: Mapping[str, Any]) -> Iterator[str]:
    for name in (*_SPOKEN.values(), "hold_audio"):
        yield from (each for each in _texts(node.get(name)) if "{" not in each)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)


def _to_speak(node_id: str, node: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    if node.get("action") == "send":
        return
    for words, audio in _SPOKEN.items():
        if words in node and audio not in node:
            for at, text in _places(audio, node[words]):
                yield {"node": node_id, "text": text, "at": at}


def _places(at: str, texts: Any) -> Iterator[tuple[str, str]]:
    if isinstance(texts, str):
        yield at, texts
        return
    for name, each in texts.items() if isinstance(texts, Mapping) else enumerate(texts):
        yield from _places(f"{at}/{name}", each)


@contextmanager
def made_true(product: Product, menu: WrittenMenu, at: int, offline: Played, place: int) -> Iterator[World]:
    """`at`: which of its scripts; `place`: which of all."""
    script = menu.scripts[at]
    telephones = f"127.0.0.1:{product.telephones.port}"
    given = given_of(script)
    names = Names(f"-{menu.number.lower()}-{at}", telephones)
    did = did_of(place)
    caller = None if given.caller == "anonymous" else new_number()
    names.same |= {CALLER: caller or "anonymous", given.called or DID: did}
    services = {name: tuple(_own(each, names) for each in turns) for name, turns in given.services.items()}
    given = replace(given, services={names.own(name): turns for name, turns in services.items()})
    with ExitStack() as stack:
        asked = stack.enter_context(http_services(given))
        world = World(product, menu, script, offline, place, asked, given, names, did, caller)
        try:
            world.make()
            yield world
        finally:
            world.clear()


def _own(answer: GivenAnswer, names: Names) -> GivenAnswer:
    when = {name: names.given(value) for name, value in answer.when.items()}
    return replace(answer, answer=names.given(answer.answer), when=when)
