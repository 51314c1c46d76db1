"""Each place of the larger requests, spoiled with each kind of value: taken, or refused with where and why it is."""

from __future__ import annotations

import copy
import io
import json
import random
import re
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.admin.conftest import Api
from tests.admin.test_bundles import TREE, bring, bundle_of, changed, make
from tests.admin.test_messages import _UNREADABLE

Path = tuple[str | int, ...]
# How an entry of several digits is written, also for people.
_LENGTH = re.compile(r"X\{\d+,\d+\}")

# Thinks and acts: every kind of node with all of its fields.
MENU: dict[str, Any] = {
    "name": "Plumbing after hours",
    "languages": ["en", "es"],
    "answer": False,
    "nodes": {
        "banned": {"switch": "list:blocked", "case": {"true": "refuse"}, "default": "office"},
        "refuse": {"action": "reject", "reason": "busy"},
        "office": {"switch": "hours:office", "case": {"open": "hello", "holiday": "feast"}, "default": "night"},
        "feast": {"text": {"en": ["Closed.", "Call later"], "es": "Cerrado."}, "voice": {"en": "joe"}, "next": "bye"},
        "night": {"set": {"why": "night {caller}", "tries": 0, "list:texted": "30d"}, "next": "hello"},
        "hello": {
            "audio": {"en": ["welcome.wav", "choose.wav"], "es": "hola.wav"},
            "gather": {"1": "zip", "2": "spanish", "9": "out"}, "max_visits": 5, "over_node": "bye", "count": "round",
        },
        "out": {"action": "suppress"},
        "spanish": {"set": {"language": "es"}, "next": "hello"},
        "zip": {
            "text": "Enter your zip code.", "gather": {"XXXXX": "pin", "X{6,16}": "pin"}, "save": "zip",
            "timeout_s": 10, "between_s": 4, "entry_s": 20, "end_key": "*", "again_text": ["Again.", "Once more."],
            "no_input_text": "I heard nothing.", "no_match_audio": "no-zip.wav", "barge_in": True,
            "type_ahead": "keep", "max_attempts": {"no_input": 2, "no_match": 3}, "no_input_node": "bye",
            "no_match_node": "bye", "timeout_node": "zip",
        },
        "pin": {"text": "Your PIN?", "gather": {"X{4,8}": "find"}, "save": "pin", "secret": True},
        "find": {
            "action": "request", "service": "crm", "send": {"zip": "{zip}", "n": 7}, "save": "found", "secret": False,
            "next": "known", "fail_node": "bye",
        },
        "known": {"switch": "found.known", "case": {"": "chance", "5..60": "people", "a*": "call"}, "default": "bye"},
        "chance": {"switch": "random", "case": {"1..50": "call"}, "default": "people"},
        "people": {
            "action": "each", "list": "found.people", "save": "who", "shuffle": True, "max": 5, "next": "tell",
            "done_node": "call", "empty_node": "bye",
        },
        "tell": {"text": "{who.name} has {found.amount:money:USD}.", "next": "people"},
        "call": {
            "action": "transfer", "agent": "sales", "outcome": "lead", "headers": {"X-IVR-Zip": "{zip}"},
            "hold_audio": "hold.wav", "fallback_node": "notice", "on_agent_hangup": {"sale": "bye", "any": "notice"},
        },
        "notice": {"action": "request", "wait": False, "service": "crm", "send": ["zip", "caller"], "next": "bye"},
        "bye": {"action": "hangup", "text": {"en": "Goodbye.", "es": "Adiós."}},
    },
}  # fmt: skip
GIVEN: dict[str, Any] = {
    "random": 7,
    "at": "2026-12-24T22:00:00-07:00",
    "caller": "+14155550111",
    "called": "+14155550112",
    "variables": {"call.id": "A7", "zip": 85001, "found.known": True},
    "lists": ["blocked"],
    "services": {"crm": [{"answer": {"known": True}, "when": {"zip": "85001"}, "delay_s": 1}, {"fails": "timeout"}]},
    "agents": {"sales": {"result": "busy", "rings_s": 3, "talks_s": 2, "reports": "sold"}},
}
# What the menu of a bundle asks.
OF_TREE: dict[str, Any] = {
    "lists": ["regulars"], "services": {}, "agents": {"desk": {}}, "variables": {"call.id": "A7"},
}  # fmt: skip
TEST: dict[str, Any] = {
    "name": "a customer at night",
    "script": "1,85001",
    "agent": "busy",
    "given": GIVEN,
    "expected": {
        "outcome": "hung_up", "node": "bye", "path": ["hello", "bye"], "heard": [{"text": "Goodbye", "node": "bye"}],
        "requests": [{"service": "crm", "sent": {"zip": "85001"}}], "notices": [], "rang": ["sales"],
        "opted_out": False,
    },
}  # fmt: skip
SERVICE: dict[str, Any] = {
    "name": "crm", "url": "https://crm.example.com/callers", "method": "GET", "headers": {"Authorization": "x"},
    "secret": "whsec_" + "A" * 32, "timeout_s": 1.5, "cache_s": 60, "allow_private": True,
}  # fmt: skip
HOURS: dict[str, Any] = {
    "name": "office",
    "zone": "America/Phoenix",
    "week": {"mon": ["08:00-12:00", "13:00-17:30"], "sat": ["20:00-02:00"]},
    "overrides": [{"date": "2027-08-02", "last_date": "2027-08-13", "open": ["09:00-10:00"], "label": "Summer"}],
    "holidays": [{"country": "US", "subdivision": "AZ", "skip": ["Columbus Day"], "observed": True}],
}
NUMBERS: dict[str, Any] = {"numbers": ["+14805550177"], "days": 30, "note": "threats"}


# Of each request: more of them take longer than they find.
MOST = 400


def _deep(levels: int) -> Any:
    value: Any = 1
    for level in range(levels):
        value = [value] if level % 2 else {"a": value}
    return value


SPOILED: tuple[Any, ...] = (
    None, True, -1, 0, 2**31, 2**63, -(2**63) - 1, 10**19, 1e308, 0.1, "", " ", "\x00", "a\x00b", "\ud800",
    "x" * 5000, "\u202ex", "٣", "{", "{x", "{x:money:ZZZ}", "${x}", "\r\nX: y", "-1d", "999999999999999d", "{caller}",
    "9999-12-31", "0001-01-01", "2026-02-30", "24:00-24:00", "X{999,9999}", "9" * 400, "99999..1",
    [], [None], [[]], ["x"] * 300, ["\x00"], [{"a": "\ud800"}], {}, {"": ""}, {"\x00": "x"}, {"x": "\ud800"},
    {"x": None}, {"__proto__": {}}, {"x" * 300: 1}, _deep(40),
)  # fmt: skip


def places(body: Any, path: Path = ()) -> Iterator[Path]:
    if path:
        yield path
    items: Any = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    for name, value in items:
        yield from places(value, (*path, name))


def spoiled(body: Any, path: Path, value: Any) -> Any:
    """With this value at this place."""
    made = copy.deepcopy(body)
    above = made
    for part in path[:-1]:
        above = above[part]
    above[path[-1]] = value
    return made


def renamed(body: Any, path: Path, name: str) -> Any:
    """With another name at this place."""
    made = copy.deepcopy(body)
    above = made
    for part in path[:-1]:
        above = above[part]
    above[name] = above.pop(path[-1])
    return made


def parts_of(pointer: str) -> list[str]:
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def stands(body: Any, pointer: str) -> bool:
    """Whether this is a place of the body, or of a field that it lacks."""
    *above, last = parts_of(pointer) or [""]
    for part in above:
        try:
            body = body[int(part)] if isinstance(body, list) else body[part]
        except (KeyError, IndexError, TypeError, ValueError):
            return False
    if isinstance(body, list):
        return not pointer or (last.isdigit() and int(last) < len(body))
    return isinstance(body, dict) or not pointer


def is_near(pointer: str, path: Path) -> bool:
    """Whether it is in the same object as this place, or above it: a field may be wrong because of another."""
    one, other = parts_of(pointer), [str(part) for part in path[:-1]]
    return all(a == b for a, b in zip(one, other, strict=False))


def faults_of(answer: Any, body: Any, path: Path, above: str = "") -> list[str]:
    """What is wrong with an answer to a request that is spoiled at this place."""
    if answer.status_code < 300:
        return []
    if not 400 <= answer.status_code < 500:
        return [f"{answer.status_code}"]
    found = []
    for error in answer.json["errors"]:
        pointer = error["pointer"].removeprefix(f"{above}.json").removeprefix(above)
        if answer.status_code == 422 and not stands(body, pointer):
            found.append(f"{error['pointer']} is no place: {error['message']}")
        if answer.status_code == 422 and not is_near(pointer, path):
            found.append(f"{error['pointer']} is elsewhere: {error['message']}")
        if _UNREADABLE.search(_LENGTH.sub("", error["message"])) or len(error["message"]) > 700:
            found.append(f"unreadable: {error['message'][:300]}")
    if answer.status_code == 422 and not answer.json["errors"]:
        found.append("says nowhere what is wrong")
    return found


def check(body: Any, send: Callable[[Any], Any], above: str = "") -> None:
    wrong: list[str] = []
    taken = refused = 0
    tries = [(path, value, False) for path in places(body) for value in SPOILED]
    tries += [(path, value, True) for path, value, _ in tries if isinstance(path[-1], str) and isinstance(value, str)]
    for path, value, renames in random.Random(7).sample(tries, min(len(tries), MOST)):
        request = (renamed if renames else spoiled)(body, path, value)
        place = (*path[:-1], value) if renames else path
        answer = send(request)
        taken, refused = taken + (answer.status_code < 300), refused + (answer.status_code >= 400)
        wrong += [f"{place} {said}" for said in faults_of(answer, request, place, above)]
    assert not wrong, "\n".join(sorted(set(wrong)))
    assert refused > 100
    assert taken > 0


def test_a_menu_of_all_kinds(api: Api) -> None:
    def send(body: Any) -> Any:
        answer = api("POST", "/ivr", body)
        if answer.status_code == 201:
            assert api("DELETE", f"/ivr/{answer.json['id']}").status_code == 204
        return answer

    check(MENU, send)


def test_what_a_test_gives_and_expects(api: Api) -> None:
    menu = api.create(MENU)

    def send(body: Any) -> Any:
        answer = api("POST", f"/ivr/{menu}/tests", body)
        if answer.status_code == 201:
            assert api("DELETE", f"/ivr/{menu}/tests/{answer.json['id']}").status_code == 204
        return answer

    check(TEST, send)
    check({"given": GIVEN}, lambda body: api("POST", f"/ivr/{menu}/tests/run", body))


@pytest.mark.parametrize(("path", "body"), [("/services", SERVICE), ("/hours", HOURS)])
def test_what_a_menu_asks(api: Api, path: str, body: dict[str, Any]) -> None:
    def send(request: Any) -> Any:
        answer = api("POST", path, request)
        if answer.status_code == 201:
            assert api("DELETE", f"{path}/{answer.json['name']}").status_code == 204
        return answer

    check(body, send)
    assert api("POST", path, body).status_code == 201
    change = {name: value for name, value in body.items() if name != "name"}
    check(change, lambda request: api("PATCH", f"{path}/{body['name']}", request))


def test_numbers_of_a_list(api: Api) -> None:
    api("POST", "/lists", {"name": "blocked"})
    check(NUMBERS, lambda body: api("POST", "/lists/blocked/numbers", body))
    entry = {"days": 30, "note": "threats"}
    check(entry, lambda body: api("PUT", "/lists/blocked/numbers/+14805550177", body))


@pytest.mark.parametrize("part", ["menu.json", "tests.json", "prompts.json"])
def test_a_bundle(api: Api, part: str) -> None:
    bundle = bundle_of(api, make(api, TREE, [{**TEST, "given": {**GIVEN, **OF_TREE}}]))
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        body = json.loads(archive.read(part))

    def send(request: Any) -> Any:
        answer = bring(api, changed(bundle, part, lambda _: request))
        if answer.status_code == 201:
            assert api("DELETE", f"/ivr/{answer.json['id']}").status_code == 204
        return answer

    check(body, send, "/" + part.removesuffix(".json"))
