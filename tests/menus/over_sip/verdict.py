"""What is wrong with a real call: compared with the same script offline, and with what went over the wire."""

from __future__ import annotations

import io
import re
import wave
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any
from urllib.parse import unquote

import numpy as np

from ivr.domain.call_records import OF_A_QUESTION
from tests.helpers import wait_until
from tests.menus.over_sip.calling import WHOLE_CALL, Made, addresses
from tests.menus.over_sip.sounds import MUSIC, PERSON, RATE, Samples, find, is_tone, joined, loudest_part
from tests.menus.over_sip.world import BEGINS, World

# What differs with the switch, or is no node's own step.
_ASIDE = frozenset({"not_said", "not_set"})
_SOUND = re.compile(r"sound_[0-9a-f]+_\d+")
_SECONDS = re.compile(r"(\d+) s")
_TOLERANCE_S = 1.5
# A key cut the prompt.
_CUT = frozenset({"key", "no_match", "hang_up"})


def faults(world: World, made: Made) -> list[str]:
    return [
        *made.faults,
        *_of_the_way(world, made),
        *_of_services(world),
        *_of_messages(world, made),
        *_of_people(world, made),
        *_of_lists(world),
        *_of_secrets(world, made),
        *_of_recordings(world, made),
        *_of_what_is_heard(world, made),
    ]


def _of_the_way(world: World, made: Made) -> Iterator[str]:
    offline, record = world.offline.record, made.record
    assert offline
    if record["outcome"] != offline.outcome:
        yield f"the outcome is {record['outcome']}, not {offline.outcome}"
    wanted = [(step.node, step.result, step.key) for step in offline.path]
    path = [step for step in record["path"] if step["node"] != BEGINS]
    found = [(step["node"], step["result"], step["key"]) for step in path]
    if _nodes(found) != _nodes(wanted):
        yield f"the way is {' > '.join(_nodes(found))}, not {' > '.join(_nodes(wanted))}"
    elif _chosen(found) != _chosen(wanted):
        yield f"chosen was {_chosen(found)}, not {_chosen(wanted)}"
    if offline.outcome == "rejected":
        if made.status < 400 or any(100 < each.status < 300 for each in made.received):
            yield f"it is not refused: {[each.status for each in made.received]}"
    elif made.status not in (0, 200):
        yield f"it is not answered: {made.status}"


_Way = Sequence[tuple[str, str, str | None]]


def _nodes(way: _Way) -> list[str]:
    return [node for node, _ in groupby(node for node, result, _ in way if result not in _ASIDE)]


def _chosen(way: _Way) -> list[tuple[str, str, str | None]]:
    what = OF_A_QUESTION | {"switch", "record", "waited", "sent", "each"}
    return [each for each in way if each[1] in what and not (each[1] == "record" and each[2] in WHOLE_CALL)]


def _of_services(world: World) -> Iterator[str]:
    for service in {each["service"] for each in world.offline.sent if "service" in each}:
        wanted = [each["sent"] for each in world.offline.sent if each.get("service") == service]
        own = world.names.own(service)
        if any(each.fails == "unreachable" for each in world.given.services.get(own, ())):
            continue
        _came(lambda own=own: len(world.asked.of(own)), len(wanted))
        found = world.asked.of(own)
        if len(found) != len(wanted):
            yield f"{service} is sent {found}, not {wanted}"
            continue
        for one, other in zip(wanted, found, strict=True):
            compared = {name: value for name, value in one.items() if name not in world.over_sip.get("varies", ())}
            wrong = [name for name, value in compared.items() if not _same(world, value, other.get(name))]
            if wrong or one.keys() != other.keys():
                yield f"{service} is sent {dict(other)}, not {one}"
    expected = {each["service"] for each in world.offline.sent if "service" in each}
    for name, sent in list(world.asked.sent):
        if name.removesuffix(world.names.suffix) not in expected:
            yield f"{name} is sent {dict(sent)}, and should be sent nothing"


def _same(world: World, wanted: Any, found: Any) -> bool:
    if wanted == "(secret)":
        return found not in (None, "", wanted)
    if isinstance(wanted, str) and _SECONDS.fullmatch(wanted):
        return isinstance(found, str) and bool(_SOUND.fullmatch(found)) and _lasts(world, found, int(wanted[:-2]))
    return str(world.names.given(wanted)) == str(found)


def _lasts(world: World, sound: str, seconds: int) -> bool:
    """Whether it is kept, and so long of it is the caller's voice."""

    def found() -> Any:
        answer = world.product.http.get(f"/sounds/{sound}/audio.wav")
        return answer.content if answer.status_code == 200 else None

    content = wait_until(found, 40, "the sound is kept")
    with wave.open(io.BytesIO(content)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")[:: file.getnchannels()]
    loud = np.abs(samples[: len(samples) // 160 * 160].reshape(-1, 160)).max(axis=1) > 3000
    return bool(abs(loud.sum() / 50 - seconds) <= _TOLERANCE_S)


def _of_messages(world: World, made: Made) -> Iterator[str]:
    wanted = [each for each in world.offline.sent if each["what"] == "sent"]
    number = world.caller or world.did
    for kind in ("sms", "mail"):
        of_kind = [each for each in wanted if each["by"].startswith(f"{kind}:")]
        _came(lambda kind=kind: len(_came_by(world, kind, number)), len(of_kind))
        found = _came_by(world, kind, number)
        if len(found) != len(of_kind):
            yield f"{len(found)} messages by {kind}, not {len(of_kind)}: {found}"
            continue
        for one, (to, text, attached) in zip(of_kind, found, strict=True):
            meant = (
                world.names.same.get(one["to"], one["to"])
                if kind == "sms"
                else f"{one['by'].partition(':')[2]}@example.com"
            )
            words = world.names.given(one["text"])
            if to != meant or words not in text or attached != len(one.get("attach", ())):
                yield f"a message to {to} with {attached} sounds: {text!r}; not to {meant}: {words!r}"


def _came_by(world: World, kind: str, number: str) -> list[tuple[str, str, int]]:
    if kind == "sms":
        return [(each["to"], each["text"], 0) for each in world.product.texts.of(number)]
    found = []
    for mail in list(world.product.mails.mails):
        body = mail.get_body(("plain",))
        text = body.get_content() if body else ""
        if world.did in text or number in text or _grouped(world.did) in text:
            attached = [part for part in mail.iter_attachments() if part.get_content_maintype() == "audio"]
            found.append((str(mail["To"]), text, len(attached)))
    return found


def _grouped(number: str) -> str:
    return f"+1 {number[2:5]}-{number[5:8]}-{number[8:]}"


def _came(count: Any, wanted: int) -> None:
    """Wait until so many are there; what is too few is said by the comparison."""
    try:
        wait_until(lambda: count() >= wanted, 30, "it comes")
    except AssertionError:
        return


def _of_people(world: World, made: Made) -> Iterator[str]:
    wanted = [each for each in world.offline.story if each["what"] == "rang"]
    talks = [each for each in world.offline.record.agent if each.result == "answered"] if world.offline.record else []
    joined_legs = [leg for leg in made.rung if leg.joined_s]
    if len(joined_legs) != len(talks):
        yield f"{len(joined_legs)} of those who are rung hear the caller, not {len(talks)}"
    music = sum(is_tone(payload, MUSIC) for _, payload in made.heard)
    if joined_legs and not any(is_tone(payload, PERSON) for _, payload in made.heard):
        yield "the caller does not hear whoever answers"
    expected = {address.removeprefix("+") for each in wanted for address in addresses(world, each["to"])}
    rung = {each.who for each in made.rung}
    if rung != expected:
        yield f"{sorted(rung)} are rung, not {sorted(expected)}"
    for each in wanted:
        who = [address.removeprefix("+") for address in addresses(world, each["to"])]
        legs = [leg for leg in made.rung if leg.who in who]
        node = world.nodes[each["node"]]
        for leg in legs:
            shown = world.names.given(each["caller_id"])
            if leg.caller_id != (shown.removeprefix("+") or "anonymous"):
                yield f"{leg.who} is shown {leg.caller_id}, not {shown}"
        answered = [leg for leg in legs if leg.answered_s]
        if each["whisper"] and answered and not any(map(_whispered, answered)):
            yield f"nobody hears the whisper {each['whisper']!r} before the caller"
        if node.get("ring") == "all" and len(legs) > 1:
            rang_s = [leg.rang_s for leg in legs]
            if max(rang_s) - min(rang_s) > 2 or len(legs) != len(who):
                yield f"they do not ring together: {[round(at - min(rang_s), 1) for at in rang_s]} of {len(who)}"
        for leg in legs:
            if leg.cancelled_s and "ring_timeout_s" in node and not answered:
                rings_s = leg.cancelled_s - leg.rang_s
                if abs(rings_s - node["ring_timeout_s"]) > 2:
                    yield f"{leg.who} rings for {rings_s:.1f} s, not for {node['ring_timeout_s']} s"
        least = 50 * max(0.5, 0.9 * world.over_sip.get("busy", {}).get(each["to"], 0))
        if node.get("hold_audio") and music < least:
            yield f"the caller hears {music / 50:.1f} s of music, not {least / 50:.1f} s"


def _whispered(leg: Any) -> bool:
    """Whether something else than the caller was heard, before the caller was."""
    until = leg.joined_s or float("inf")
    before = [payload for at_s, payload in leg.side.heard if at_s < until]
    samples = joined(before)
    return len(samples) > 0 and int((np.abs(samples) > 500).sum()) > RATE // 20


def _of_lists(world: World) -> Iterator[str]:
    right = world.script["right"]
    if world.caller is None:
        return
    is_out = world.product.target.is_suppressed(world.caller)
    if is_out != (world.offline.record is not None and world.offline.record.outcome == "opted_out"):
        yield f"the caller is {'' if is_out else 'not '}on the do-not-call list"
    for name, wanted in right.get("lists", {}).items():
        path = f"/lists/{name}/numbers/{world.caller}"
        if wanted:
            _came(lambda path=path: world.product.http.get(path).status_code == 200, 1)
        if (world.product.http.get(path).status_code == 200) != wanted:
            yield f"the caller is {'not ' if wanted else ''}on the list {name}"


def _of_secrets(world: World, made: Made) -> Iterator[str]:
    for text in world.script["right"].get("never", ()):
        if re.search(rf"(?<!\w){re.escape(text)}(?!\w)", str(made.record)):
            yield f"{text} stands in the record"
    for header, value in world.script["right"].get("told", {}).items():
        told = [unquote(leg.header.get(header.lower(), "")) for leg in made.rung]
        if value not in told:
            yield f"the agent is told {told}, not {value}"


def _of_recordings(world: World, made: Made) -> Iterator[str]:
    wanted = [each["seconds"] for each in world.offline.story if each["what"] == "recorded"]
    found = [step["value"] for step in made.record["path"]
             if step["result"] == "record" and step["key"] not in WHOLE_CALL and step["value"]]  # fmt: skip
    if len(found) != len(wanted):
        yield f"{len(found)} sounds are kept, not {len(wanted)}"
        return
    for sound, seconds in zip(found, wanted, strict=True):
        if not _lasts(world, sound, seconds):
            yield f"the sound {sound} has not the {seconds} s that were said"
    for step in made.record["path"]:
        if step["result"] != "record":
            continue
        if step["key"] in ("call", "talk") and not _is_kept(world, step["value"]):
            yield f"the {step['key']} is not recorded at {step['node']}"
        if step["key"] == "no_call":
            yield f"the call is not recorded at {step['node']}"
        if step["key"] == "no_talk" and _talks_at(world, made, step["node"]):
            yield f"the talk is not recorded at {step['node']}"
    talks = [step["key"] for step in made.record["path"] if step["result"] == "record" and "talk" in step["key"]]
    joined_at = [each["node"] for each in world.offline.story if each["what"] == "rang"]
    if any(world.nodes[node].get("record") for node in joined_at) and not talks:
        yield "no talk is recorded"


def _talks_at(world: World, made: Made, node: str) -> bool:
    """Whether somebody who is rung by this node talks with the caller."""
    who = [each["to"] for each in world.offline.story if each["what"] == "rang" and each["node"] == node]
    rung = {address.removeprefix("+") for each in who for address in addresses(world, each)}
    return any(leg.joined_s for leg in made.rung if leg.who in rung)


def _is_kept(world: World, sound: str | None) -> bool:
    """A recording of a whole call or talk, of two sides."""
    _came(lambda: world.product.http.get(f"/sounds/{sound}").status_code == 200, 1)
    found = world.product.http.get(f"/sounds/{sound}")
    return bool(sound) and found.status_code == 200 and found.json()["kind"] == "call"


def _of_what_is_heard(world: World, made: Made) -> Iterator[str]:
    """Every prompt of the record is in the sound that came over RTP, in its order: of a question its beginning, of
    all else its end, too."""
    heard = joined([payload for _, payload in made.heard])
    at = 0
    for step in made.record["path"]:
        if step["result"] == "not_said":
            yield f"{step['key']} is not said at {step['node']}"
        names = (step.get("prompt") or "").split("+")
        prompts = [(name, prompt) for name in names if (prompt := _prompt(world, name)) is not None]
        if step["result"] in _CUT:
            prompts = prompts[:1]
        for name, prompt in prompts:
            for where, part in _parts(prompt, step["result"] not in _CUT):
                found = find(part, heard, at)
                if found is None:
                    yield f"the {where} of {name} is not heard at {step['node']}, {at / RATE:.1f} s into the sound"
                else:
                    at = found


def _parts(prompt: Samples, is_whole: bool) -> Iterator[tuple[str, Samples]]:
    """Those that are no silence."""
    parts = [("beginning", loudest_part(prompt[: round(RATE * 0.6)], RATE // 5))]
    if is_whole and len(prompt) > RATE:
        parts.append(("end", loudest_part(prompt[-RATE:], RATE // 5)))
    for where, part in parts:
        if np.abs(part).max() > 500:
            yield where, part


def _prompt(world: World, name: str) -> Samples | None:
    """None: no file, such as the tones of keys."""
    if not name.endswith(".wav"):
        return None
    answer = world.product.http.get(f"/prompts/{name}" if not name.startswith("system/") else f"/prompts/{name[:-4]}")
    if answer.status_code != 200:
        return None
    with wave.open(io.BytesIO(answer.content)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(np.float64)
