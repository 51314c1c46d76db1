"""Whole calls of a switch that is not ours: made from what FreeSWITCH says on the wire, with manners of its own. It
goes on with the next socket action when one is lost, and its channel's variables stay."""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Callable
from urllib.parse import quote

import gevent
import pytest
from gevent import socket as gsocket

from tests.helpers import SWITCH_SECRET
from tests.rig import DID, Rig

Framed = Callable[[str], bytes]


def usual(text: str) -> bytes:
    return f"Content-Type: command/reply\nReply-Text: {text}\n\n".encode()


class ForeignCall:
    """One channel. `keys`: what each question brings, a key or other text, None for silence. `lost_at`: the
    connection is reset, once, when this application (or `connect`, `getvar`) comes for the nth time."""

    def __init__(
        self,
        rig: Rig,
        *keys: str | None,
        ani: str = "+14805551234",
        uuid: str = "c0ffee00-0000-4000-8000-000000000001",
        lost_at: tuple[str, int] | None = None,
        hang_up_at: str | None = None,
        unset: str = "-ERR command not found",
        framed: Framed = usual,
        **headers: str,
    ) -> None:
        self.rig = rig
        self.keys = list(keys)
        self.facts = {
            "Event-Name": "CHANNEL_DATA", "Unique-ID": uuid, "Caller-Caller-ID-Number": ani,
            "Caller-Destination-Number": DID, "variable_digitree_proof": SWITCH_SECRET,
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }  # fmt: skip
        self.lost_at, self.hang_up_at, self.unset, self.framed = lost_at, hang_up_at, unset, framed
        self.variables: dict[str, str] = {}
        self.seen: Counter[str] = Counter()
        self.heard: list[str] = []
        self.state = "ringing"
        self.ended = self.lingers = False

    def run(self, sockets: int = 3) -> ForeignCall:
        with gevent.Timeout(20):
            for _ in range(sockets):
                if self.ended:
                    break
                with self.rig.connect() as self.peer:
                    self.lingers = False
                    self._serve()
            self.rig.drained()
        return self

    def _serve(self) -> None:
        buffer = b""
        try:
            while True:
                while b"\n\n" not in buffer:
                    data = self.peer.recv(65536)
                    if not data:
                        return
                    buffer += data
                command, buffer = buffer.split(b"\n\n", 1)
                if not self._obey(command.decode()):
                    return
        except OSError:
            return

    def _obey(self, command: str) -> bool:
        word, _, rest = command.partition("\n" if command.startswith("sendmsg") else " ")
        lines = dict(line.split(": ", 1) for line in rest.splitlines() if ": " in line)
        name = lines.get("execute-app-name", word)
        self.seen[name] += 1
        if self.lost_at == (name, self.seen[name]):
            self.peer.setsockopt(gsocket.SOL_SOCKET, gsocket.SO_LINGER, struct.pack("ii", 1, 0))
            return False
        if name == "connect":
            values = {**self.facts, "Answer-State": self.state}
            values |= {f"variable_{each}": value for each, value in self.variables.items()}
            told = "".join(f"{each}: {quote(value, safe='')}\n" for each, value in values.items())
            self.peer.sendall(told.encode() + b"Content-Type: command/reply\nReply-Text: %2BOK%0A\n\n")
        elif name == "getvar":
            self.peer.sendall(self.framed(self.variables.get(rest, self.unset)))
        elif name == "linger":
            self.lingers = True
            self.peer.sendall(self.framed("+OK will linger"))
        else:
            if not self.ended:
                self._run(name, lines.get("execute-app-arg", ""))
            self.peer.sendall(self.framed("+OK"))
        return not (self.ended and name in ("hangup", "respond"))

    def _run(self, name: str, argument: str) -> None:
        if name == self.hang_up_at or name in ("hangup", "respond"):
            self.ended = True
            disposition = b"linger" if self.lingers else b"disconnect"
            notice = b"Content-Type: text/disconnect-notice\nContent-Disposition: %b\nContent-Length: 0\n\n"
            self.peer.sendall(notice % disposition)
            return
        if name == "answer":
            self.state = "answered"
        elif name == "set":
            variable, _, value = argument.partition("=")
            self.variables[variable] = value
        elif name == "playback":
            self.heard.append(argument.rsplit("/", 1)[-1])
        elif name == "play_and_get_digits":
            variable = argument.split(" ")[7]
            self.variables.pop(variable, None)
            key = self.keys.pop(0) if self.keys else None
            self.variables["read_result"] = "success" if key else "failure"
            if key is not None:
                self.variables[variable] = key
        elif name == "bridge":
            self.variables["originate_disposition"] = "SUCCESS"


def record(rig: Rig) -> dict:
    """The last of the one call there was."""
    ended = rig.records.of("call_ended")
    assert len({each["call_id"] for each in (*rig.records.of("call_started"), *ended)}) == 1
    return ended[-1]


@pytest.mark.parametrize("unset", ["", "_undef_", "-ERR no such variable", "-USAGE: getvar <name>", "(null)"])
def test_silence_is_silence_however_an_unset_variable_is_told(rig: Rig, unset: str) -> None:
    ForeignCall(rig, unset=unset).run()
    assert record(rig)["outcome"] == "no_input"


@pytest.mark.parametrize("junk", ["12", "1 ", "\u00e9", "x" * 511])
def test_a_key_that_is_none_is_no_answer_and_the_call_goes_on(rig: Rig, junk: str) -> None:
    ForeignCall(rig, junk, "1", "1", "1").run(sockets=1)
    assert record(rig)["outcome"] == "transferred"
    assert record(rig)["path"][0]["result"] == "no_input"


@pytest.mark.parametrize(
    "lost_at",
    [
        ("answer", 1), ("sleep", 1), ("flush_dtmf", 1), ("play_and_get_digits", 1), ("play_and_get_digits", 3),
        ("getvar", 1), ("getvar", 3), ("bridge", 1), ("hangup", 1),
    ],
)  # fmt: skip
def test_a_connection_reset_at_any_moment_is_one_call_and_one_record(rig: Rig, lost_at: tuple[str, int]) -> None:
    call = ForeignCall(rig, "1", "1", "1", lost_at=lost_at).run()
    assert call.ended
    assert call.state == "answered"
    assert (record(rig)["outcome"], record(rig)["take_overs"]) == ("transferred", 1)


@pytest.mark.parametrize("lost_at", [("answer", 1), ("play_and_get_digits", 1), ("getvar", 1), ("playback", 2)])
def test_an_opt_out_is_one_event_whenever_the_connection_is_reset(rig: Rig, lost_at: tuple[str, int]) -> None:
    ForeignCall(rig, "9", "9", lost_at=lost_at).run()
    assert len({each.event_id for each in rig.records.of("opt_out")}) == 1
    assert record(rig)["outcome"] == "opted_out"


@pytest.mark.parametrize(
    "point", ["answer", "set", "sleep", "flush_dtmf", "play_and_get_digits", "bridge"]
)
def test_a_caller_may_leave_at_any_moment(rig: Rig, point: str) -> None:
    ForeignCall(rig, "1", "1", "1", hang_up_at=point).run()
    assert record(rig)["outcome"] == "caller_hung_up"


@pytest.mark.parametrize("nth", [1, 2, 4, 6, 9, 13])
def test_one_reply_that_is_none_costs_its_connection_and_not_the_call(rig: Rig, nth: int) -> None:
    count = 0

    def once_broken(text: str) -> bytes:
        nonlocal count
        count += 1
        return b"garbage\n\n" if count == nth else usual(text)

    call = ForeignCall(rig, *"1111", framed=once_broken).run()
    assert call.ended
    assert (record(rig)["outcome"], record(rig)["take_overs"]) == ("transferred", 1)


def test_two_calls_that_claim_the_same_channel_are_two_calls(rig: Rig) -> None:
    calls = [ForeignCall(rig, *"111", ani=f"+1480555000{n}") for n in (1, 2)]
    gevent.joinall([gevent.spawn(each.run) for each in calls], raise_error=True)
    ended = rig.records.of("call_ended")
    assert {each["ani"]: each["outcome"] for each in ended} == dict.fromkeys(
        ("+14805550001", "+14805550002"), "transferred"
    )


@pytest.mark.parametrize("uuid", ["", "../../x", "a b\napi quit", "x" * 500, "${system(id)}"])
def test_a_channel_without_a_fit_name_is_served_all_the_same(rig: Rig, uuid: str) -> None:
    ForeignCall(rig, *"111", uuid=uuid).run()
    assert (record(rig)["outcome"], record(rig)["channel_uuid"]) == ("transferred", "unknown")


def test_a_worker_that_fails_before_it_knows_the_menu_leaves_the_call_its_record(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, times = rig.menus.pointer_of, []

    def fails_once(did: str) -> bytes | None:
        times.append(did)
        if len(times) == 1:
            raise RuntimeError("nobody foresaw this")
        return found(did)

    monkeypatch.setattr(rig.menus, "pointer_of", fails_once)
    call = ForeignCall(rig, *"111").run()
    assert call.ended
    assert (record(rig)["outcome"], record(rig)["take_overs"]) == ("transferred", 1)


def test_a_call_that_every_worker_fails_at_is_one_record(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(did: str) -> bytes | None:
        raise RuntimeError("nobody foresaw this")

    monkeypatch.setattr(rig.menus, "pointer_of", fails)
    ForeignCall(rig, *"111").run()
    assert (record(rig)["outcome"], record(rig)["take_overs"]) == ("failed", 2)
