"""A script played as a real call: its keys at its questions, its words into its recordings, its silences."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ivr.domain.call_records import OF_A_QUESTION, Step
from tests.helpers import wait_until
from tests.menus.over_sip.caller import Called, Caller, Party
from tests.menus.over_sip.product import TRUNK
from tests.menus.over_sip.sounds import BEEP, CALLER, SILENCE, tone
from tests.menus.over_sip.telephones import Rung
from tests.menus.over_sip.world import World
from tests.menus.runner import keys_of
from tests.sip.phone import Message

_LONGEST_S = 240
# A person hears some of a question before they press; this is within any prompt.
_HEARS_S = 1.0
# They wait for it no longer, since a question need not say anything.
_WORDS_S = 3.0
# What is said of a wrong key or of silence comes before the question, and no key counts in it.
_HEARS_AGAIN_S = 3.5
_SPEAKS = re.compile(r"s(\d+)([0-9*#]*)(h?)")
_HUM = tone(CALLER, 0.02)[0]
_IN_TALK_S = 1.5
# Of a step `record`: what is no recording of a caller's words.
WHOLE_CALL = frozenset({"call", "no_call", "talk", "no_talk"})


@dataclass
class Made:
    """What came of a call, as the wire had it. `faults`: where the call went another way than the script."""

    status: int = 0
    received: list[Message] = field(default_factory=list)
    record: dict[str, Any] = field(default_factory=dict)
    heard: list[tuple[float, bytes]] = field(default_factory=list)
    rung: list[Rung] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    party: Party | None = None
    began_s: float = field(default_factory=time.monotonic)


def call(world: World) -> Made:
    """The call, to its end and its record."""
    made = Made()
    with Caller(world.product.exchange, world.product.sip, world.caller) as phone:
        made.status = phone.call(world.did)
        made.received = phone.received
        if made.status < 300:
            lead(world, phone, made)
    made.heard = list(phone.side.heard)
    made.rung = _rung(world, made.began_s)
    made.record = record_of(world, did=world.did)
    return made


def order(world: World, answers: Sequence[bytes]) -> Made:
    """A call that the product makes; whoever answers says this first, and is led through the menu."""
    made, came = Made(), threading.Event()

    def does(telephones: Any, rung: Rung) -> None:
        telephones.answer(rung)
        rung.side.say(answers)
        made.party = Called(telephones, rung)
        came.set()

    assert world.caller
    telephones = world.product.telephones
    telephones.expect(world.caller, does)
    variables = dict(world.given.variables)
    made_call = world.product.post("/calls", {
        "to": world.caller, "ivr_id": world.ivr_id, "trunk": TRUNK, "from": world.did, "purpose": "service",
        "hours": {"from": "00:00", "to": "23:59", "zone": "UTC"}, "variables": variables,
    })  # fmt: skip
    assert came.wait(_LONGEST_S), "the number is called"
    assert made.party
    lead(world, made.party, made)
    made.heard = list(made.party.side.heard)
    made.rung = _rung(world, made.began_s)

    def ended() -> Any:
        now = world.product.http.get(f"/calls/outgoing/{made_call['id']}").raise_for_status().json()
        return now if now["state"] == "ended" else None

    made.record = record_of(world, ani=world.caller) | {"order": wait_until(ended, 90, "the order has ended")}
    return made


def lead(world: World, party: Party, made: Made) -> None:
    """Returns when the call is over."""
    number = world.caller if world.caller and isinstance(party, Called) else world.did
    humming = threading.Thread(target=_hum, args=(world, number, party), daemon=True)
    humming.start()
    for who, key in world.over_sip.get("presses_in_talk", {}).items():
        threading.Thread(target=_press_in_talk, args=(world, who, key, party), daemon=True).start()
    for who, turns in world.script.get("given", {}).get("people", {}).items():
        if isinstance(turns, dict) and turns.get("ended_by") == "caller":
            threading.Thread(target=_press_in_talk, args=(world, who, "h", party), daemon=True).start()
    since_s, before = 0.0, None
    steps = keys_of(world.script["keys"]).split(",")
    for stop, step in zip(stops(world.offline.record.path if world.offline.record else []), steps, strict=False):
        standing = world.product.watch.comes_to(number, stop.node, since_s, party.over)
        if standing is None:
            made.faults.append(f"the call does not come to {stop.node}, where {step} is due")
            break
        hears_s = _HEARS_S if before is None or before.node != stop.node else _HEARS_AGAIN_S
        began_s = time.monotonic() - (time.time() - standing.since_s)
        time.sleep(max(0.0, began_s + hears_s - time.monotonic()))
        if stop.result != "record":
            _until(party, partial(_hears_words, party, began_s), _WORDS_S)
        _act(party, stop, step, made)
        # A recording stands twice where it is: for its prompt, and from its tone on.
        since_s = time.time() if stop.result == "record" else standing.since_s
        before = stop
    if not party.over.wait(_LONGEST_S):
        made.faults.append("the call does not end")
        party.hang_up()
    party.over.set()
    humming.join(2)


def stops(path: Sequence[Step]) -> list[Step]:
    """Where a script has a step: questions, once for each attempt, and recordings."""
    return [
        step
        for step in path
        if step.result in OF_A_QUESTION or (step.result == "record" and step.key not in WHOLE_CALL)
    ]


def _act(party: Party, stop: Step, step: str, made: Made) -> None:
    spoken = _SPEAKS.fullmatch(step)
    if stop.result == "record":
        began_s = time.monotonic()
        if not _until(party, lambda: party.side.hears(BEEP, began_s - _HEARS_S)):
            made.faults.append(f"no tone is heard at {stop.node}")
            return
        if spoken:
            party.side.say(tone(CALLER, float(spoken[1])))
            _until(party, lambda: not party.side.has_more_to_say)
            step = spoken[2] + spoken[3]
    for key in step.replace("-", ""):
        if key == "h":
            party.hang_up()
        else:
            party.side.key(key)
    if step not in ("-", ""):
        _until(party, lambda: not party.side.has_more_to_say)


def _hears_words(party: Party, began_s: float) -> bool:
    return party.side.loud_s(began_s) >= _HEARS_S / 2


def _until(party: Party, is_so: Callable[[], object], longest_s: float = _LONGEST_S) -> bool:
    until = time.monotonic() + longest_s
    while not is_so():
        if party.over.wait(0.05) or time.monotonic() > until:
            return bool(is_so())
    return True


def _hum(world: World, number: str, party: Party) -> None:
    """The caller says something whenever somebody is rung or talks with them."""
    while not party.over.wait(0.1):
        seen = world.product.watch.of(number)
        is_rung = bool(seen) and seen[-1].phase in ("bridging", "talking")
        party.side.hums = _HUM if is_rung else SILENCE


def _press_in_talk(world: World, who: str, key: str, party: Party) -> None:
    """Once they talk with somebody the caller presses this key, or hangs up (h)."""
    shuffled = world.over_sip.get("shuffled", ())
    them = [address for each in (shuffled if who in shuffled else [who]) for address in addresses(world, each)]
    while not party.over.wait(0.1):
        talks = [each for address in them for each in world.product.telephones.of(address) if each.joined_s]
        if talks and time.monotonic() > (talks[-1].joined_s or 0) + _IN_TALK_S:
            if key == "h":
                party.hang_up()
            else:
                party.side.key(key)
            return


def addresses(world: World, who: str) -> Iterator[str]:
    """As those are rung who are meant by a group, an agent, a number or an address of the script."""
    if who in world.groups:
        yield from world.groups[who]
    elif who in world.menu.document.get("agents", ()):
        yield world.names.own(who)
    else:
        yield world.names.rung(who).removeprefix("sip:").partition("@")[0]


def _rung(world: World, began_s: float) -> list[Rung]:
    """All who were rung for this script, in order."""
    mine = {each.removeprefix("+").partition("@")[0].removeprefix("sip:") for each in world.names.same.values()}
    suffix = world.names.suffix
    return [
        each
        for each in list(world.product.telephones.rung)
        if each.rang_s >= began_s
        and (each.who in mine - {(world.caller or "").removeprefix("+")} or re.search(rf"{suffix}(-\d+)?$", each.who))
    ]


def record_of(world: World, **which: str) -> dict[str, Any]:
    """The record of the call, once it has ended."""

    def ended() -> Any:
        found = world.product.http.get("/calls", params=which).raise_for_status().json()["items"]
        return found[0] if found and found[0]["outcome"] else None

    record: dict[str, Any] = wait_until(ended, 60, "the call is recorded")
    return record
