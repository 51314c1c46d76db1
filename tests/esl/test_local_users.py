"""A user of this machine who plays FreeSWITCH's part to the call server."""

from __future__ import annotations

import os
import pwd
from urllib.parse import quote

import gevent
import pytest
from gevent import subprocess

from esl_server.switch.local_users import LocalUsers, accepted_uids
from esl_server.switch.socket_owner import Address
from ivr.domain.errors import EslConnectionLost, EslNotProven
from ivr.domain.switch_proof import prove
from tests.helpers import SWITCH_SECRET
from tests.other_user import UID, needs_root, say_as_other_user
from tests.rig import DID, Rig

CHANNEL_UUID = "11111111-2222-3333-4444-555555555555"
HERE, THERE, OURS = ("127.0.0.1", 41000), ("192.0.2.7", 41000), ("127.0.0.1", 8084)


def greeting(proof: str) -> bytes:
    """All that FreeSWITCH says of a channel, and a key for every question: enough for an opt-out."""
    facts = {
        "Event-Name": "CHANNEL_DATA", "Unique-ID": CHANNEL_UUID, "Caller-Caller-ID-Number": "+14805551234",
        "Caller-Destination-Number": DID, "Answer-State": "ringing", "variable_digitree_proof": proof,
    }  # fmt: skip
    told = "".join(f"{name}: {quote(value, safe='')}\n" for name, value in facts.items())
    replies = b"Content-Type: command/reply\nReply-Text: 9\n\n" * 20
    return told.encode() + b"Content-Type: command/reply\nReply-Text: %2BOK%0A\n\n" + replies


def all_told(process: subprocess.Popen[bytes]) -> bytes:
    with gevent.Timeout(20):
        while process.poll() is None:
            gevent.sleep(0.01)
    assert process.stdout is not None
    return bytes(process.stdout.read())


@needs_root
@pytest.mark.parametrize("proof", ["", prove(CHANNEL_UUID, SWITCH_SECRET)], ids=["no proof", "a stolen proof"])
def test_another_user_of_this_machine_is_told_nothing_and_writes_no_record(rig: Rig, proof: str) -> None:
    told = all_told(say_as_other_user(rig.address[1], greeting(proof)))
    rig.drained()
    assert told == b""
    assert rig.records.written == []
    assert rig.server.counters == {"unproven_user": 1}


def test_our_own_user_without_the_secret_is_told_no_command_and_writes_no_record(rig: Rig) -> None:
    with rig.connect() as peer:
        peer.sendall(greeting(prove(CHANNEL_UUID, "another secret")))
        told = b""
        while data := peer.recv(65536):
            told += data
    rig.drained()
    assert told == b"connect\n\n"
    assert rig.records.written == []
    assert rig.server.counters == {"unproven_secret": 1}


def test_a_flood_of_unproven_connections_is_a_line_in_the_log(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(30):
        with rig.connect() as peer:
            peer.sendall(greeting("x"))
            while peer.recv(65536):
                pass
    rig.drained()
    assert rig.server.counters["unproven_secret"] == 30
    lines = [line for line in caplog.messages if "DIGITREE_ESL_SECRET" in line]
    assert 1 <= len(lines) < 30


@needs_root
def test_freeswitchs_own_account_is_served_when_it_is_named() -> None:
    assert UID not in accepted_uids("freeswitch")
    assert UID in accepted_uids(f"freeswitch, {UID}")


def test_our_own_user_and_root_are_accepted_and_unknown_names_are_passed_over() -> None:
    root = pwd.getpwuid(0).pw_name
    assert accepted_uids("") == {os.geteuid(), 0}
    assert accepted_uids(f"no-such-account,{root},12") == {os.geteuid(), 0, 12}


@pytest.mark.parametrize(
    ("peer", "owner", "refused"),
    [
        (HERE, 7, None),
        (HERE, 8, EslNotProven),
        (HERE, None, EslConnectionLost),
        # On another machine, as far as this one can tell: the secret decides.
        (THERE, None, None),
        (THERE, 8, EslNotProven),
    ],
)
def test_users_are_judged_where_the_peer_is_on_this_machine(
    peer: tuple[str, int], owner: int | None, refused: type[Exception] | None
) -> None:
    asked: list[tuple[Address, Address]] = []

    def find_owner(*ends: Address) -> int | None:
        asked.append(ends)  # type: ignore[arg-type]
        return owner

    users = LocalUsers({7}, find_owner)
    if refused is None:
        assert users.check(peer, OURS) is (peer == HERE)
    else:
        with pytest.raises(refused, match=r"^closed at once$|^user 8 of this machine is not in DIGITREE_ESL_USERS$"):
            users.check(peer, OURS)
    assert asked == [(peer, OURS)]


def test_a_failing_lookup_lets_nobody_in() -> None:
    def fails(*_: object) -> int:
        raise OSError("no netlink any more")

    with pytest.raises(EslNotProven, match="not known"):
        LocalUsers({7}, fails).check(HERE, OURS)


def test_without_any_lookup_the_secret_alone_decides() -> None:
    assert LocalUsers({7}, None).check(HERE, OURS) is False
