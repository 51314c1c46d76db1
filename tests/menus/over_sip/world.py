"""What is given for a script, made true in the running product: its menu on a number, with its prompts; services,
hours, people, agents and lists."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

import httpx

from ivr.domain.menu.answered_by import ANSWERED_BY_VARIABLE
from ivr.domain.menu.given import RINGS_S, Given, GivenAgent, GivenAnswer
from tests.menus.http_services import Asked, http_services
from tests.menus.over_sip.hours import moved
from tests.menus.over_sip.names import Names, new_number
from tests.menus.over_sip.product import Product, did_of, recording
from tests.menus.over_sip.telephones import in_turn, somebody
from tests.menus.runner import CALLER, Played, WrittenMenu, given_of
from tests.rig import DID

_SPOKEN = {
    "text": "audio", "again_text": "again_audio", "no_input_text": "no_input_audio",
    "no_match_text": "no_match_audio", "whisper_text": "whisper_audio", "wait_text": "wait_audio",
}  # fmt: skip
_WAV = re.compile(r"[A-Za-z0-9_-]+\.wav")
# Menus of calls that the product makes.
WE_CALL = frozenset({"M17", "M19"})
BEGINS = "begins"
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

    @property
    def is_called_in(self) -> bool:
        """Of a call that the product makes: on the development switch, which makes none, the number called calls in,
        and a node sets what the order would bring."""
        return self.product.switch == "devswitch" and self.menu.number in WE_CALL

    @property
    def says_variables(self) -> bool:
        """Whether its call comes to a prompt with a variable."""
        return any("{" in text for body in self._spoken() for text in [body["text"]])

    def _spoken(self) -> list[dict[str, str]]:
        """What is to be spoken of the nodes that its call comes to."""
        return [body for node in dict.fromkeys(self.offline.path) for body in _to_speak(node, self.nodes[node])]

    def _known_at_first(self) -> dict[str, Any]:
        answered_by = {ANSWERED_BY_VARIABLE: self.given.answered_by} if self.given.answered_by else {}
        return {**self.given.variables, **answered_by}

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
        shuffled = self.over_sip.get("shuffled", ())
        in_order = [each for who in shuffled for each in in_turn(given[who], stays=self._stays(who))]
        for who, turns in given.items():
            stays = self._stays(who)
            if who in shuffled:
                self.product.telephones.expect(self.names.rung(who), lambda *rung: in_order.pop(0)(*rung))
            elif who not in groups:
                key = accept.get(who) or next((each for each in accept.values() if each), None)
                self._expects(self.names.rung(who), turns, key, stays)
        for group, node in groups.items():
            turns = given.get(group, ())
            together = _TOGETHER if node.get("ring") == "all" else 1
            for at in range(1, together + 1):
                name = f"{self.names.own(group)}-{at}"
                self.groups.setdefault(group, []).append(name)
                duty = "on" if turns and turns[0].result != "closed" else "off"
                address = f"sip:{name}@{self.names.telephones}"
                body = {
                    "name": name,
                    "address": address,
                    "groups": [self.names.own(group)],
                    "place": at,
                    "duty": duty,
                }
                # Of those who ring together the last answers first; the others would later.
                late = [replace(each, rings_s=each.rings_s + 30 * (at < together)) for each in turns]
                first = []
                if group in self.over_sip.get("busy", {}):
                    # They talk with another caller when the script begins, and answer soon once they are free.
                    first = [somebody(GivenAgent(rings_s=0.2), stays=True)]
                    late = [replace(each, rings_s=RINGS_S) for each in late]
                turns_of = in_turn(
                    late or [GivenAgent("no_answer")], node.get("accept_key"), stays=self._stays(group)
                )
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
        if self.is_called_in:
            document["start"] = BEGINS
            document["nodes"][BEGINS] = {"set": self._known_at_first(), "next": next(iter(self.nodes))}
        self.ivr_id = self.product.post("/ivr", document)["id"]
        for name in self._recordings(document):
            self.product.http.put(
                f"/ivr/{self.ivr_id}/audio/{name}?silence=keep",
                content=recording(name),
                headers={"Content-Type": "audio/wav"},
            ).raise_for_status()
        if self.says_variables:
            self.product.can_say_values()
        for words in sorted(set(_words([each.answer for turns in self.given.services.values() for each in turns]))
                            | set(_words(dict(self.given.variables)))):  # fmt: skip
            self.product.has_spoken(words)
        for body in self._spoken():
            self.product.post(f"/ivr/{self.ivr_id}/audio", body)
        self.product.post(f"/ivr/{self.ivr_id}/assign", {"did": self.did})

    def _recordings(self, document: Mapping[str, Any]) -> list[str]:
        """All that are named without a variable, and those that were heard of the others."""
        named = [each for node in document["nodes"].values() for each in _named(node)]
        heard = [str(each["text"]) for each in self.offline.story if each["what"] == "heard"]
        return sorted(
            {name for text in (*named, *heard) for name in _WAV.findall(text) if not name.startswith("system")}
        )

    def clear(self) -> None:
        with suppress(httpx.HTTPError):
            self.product.http.delete(f"/ivr/{self.ivr_id}?force=true")
            for path in reversed(self.made):
                if self.product.http.delete(f"{path}?force=true").status_code == 422:
                    self.product.http.delete(path)


def _named(node: Mapping[str, Any]) -> Iterator[str]:
    for name in (*_SPOKEN.values(), "hold_audio"):
        yield from (each for each in _texts(node.get(name)) if "{" not in each)


def _words(answers: Any) -> Iterator[str]:
    """Values that a menu may say and that no piece says."""
    for each in _texts(answers):
        if re.search("[A-Za-z]{2}", each) and not re.search(r"sips?:|https?:|\.wav$", each):
            yield each


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
