"""What FreeSWITCH does with an agent's keys: the wrong ones, none, new ones."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ivr.clients import switch as event_socket
from tests.helpers import wait_until
from tests.sip.srtp_media import SUITE, SrtpMedia, new_key
from tests.sip.test_tls_dialogs import HOST, ROOT, console, end, home, rings, switch  # noqa: F401 - fixtures
from tests.sip.tls_agent import TlsAgent, clear_answer

_FRAME_S = 0.02


def echoed(media: SrtpMedia, *, clear: bool = False) -> bool:
    """Whether a sound of its own comes back that the agent sends for two seconds at most."""
    frame = bytes(each & 0x8F for each in os.urandom(160))
    deadline = time.monotonic() + 2
    while time.monotonic() < deadline:
        media.send(frame, clear=clear)
        if media.hear() == frame:
            return True
        time.sleep(_FRAME_S)
    return False


@contextmanager
def talking(console: event_socket.Switch, directory: Path) -> Iterator[tuple[TlsAgent, SrtpMedia]]:  # noqa: F811
    """An agent that hears its own sound again, encrypted both ways."""
    made: list[SrtpMedia] = []

    def answer(port: int, offer: str) -> str:
        return made[0].answer(port, offer)

    with TlsAgent(ROOT.write(directory, HOST), answer=answer) as agent:
        made.append(SrtpMedia(agent.rtp, new_key()))
        assert rings(console, agent, HOST, srtp="required", then="&echo").startswith("+OK")
        wait_until(lambda: agent.found("ACK"), 20, "the agent's answer is acknowledged")
        yield agent, made[0]
        end(console, agent)


def test_sound_by_other_keys_or_none_is_not_heard_and_the_right_one_still_is(
    console: event_socket.Switch, tmp_path: Path  # noqa: F811
) -> None:
    with talking(console, tmp_path) as (_, media):
        assert echoed(media)
        media.use(new_key())
        assert not echoed(media)
        assert not echoed(media, clear=True)
        media.use(media.key)
        assert echoed(media)


def test_a_reinvite_may_change_the_keys_and_the_old_ones_count_no_more(
    console: event_socket.Switch, tmp_path: Path  # noqa: F811
) -> None:
    with talking(console, tmp_path) as (agent, media):
        assert echoed(media)
        old, media.key = media.key, new_key()
        agent.offer_again(*media.lines())
        again = wait_until(lambda: agent.responded("INVITE"), 20, "the new offer is answered")
        assert again is not None
        assert again.status == 200
        media.read(again.body)
        media.use(media.key)
        assert echoed(media)
        media.use(old)
        assert not echoed(media)


def test_a_reinvite_in_clear_is_refused_and_nothing_goes_in_clear_after_it(
    console: event_socket.Switch, tmp_path: Path  # noqa: F811
) -> None:
    with talking(console, tmp_path) as (agent, media):
        agent.offer_again("m=audio {port} RTP/AVP 0")
        again = wait_until(lambda: agent.responded("INVITE"), 20, "the new offer is answered")
        assert again is not None
        assert again.status == 488
        # FreeSWITCH ends the call, too.
        assert not echoed(media, clear=True)


def test_where_encryption_is_optional_an_agent_answers_as_it_can(
    console: event_socket.Switch, tmp_path: Path  # noqa: F811
) -> None:
    with TlsAgent(ROOT.write(tmp_path, HOST), answer=clear_answer) as agent:
        assert rings(console, agent, HOST, srtp="optional").startswith("+OK")
        invite = agent.found("INVITE")
        assert invite is not None
        assert SUITE in invite.body
        end(console, agent)


def test_keys_are_in_no_log_and_no_list_of_channels(
    console: event_socket.Switch, tmp_path: Path, home: Path  # noqa: F811
) -> None:
    with talking(console, tmp_path) as (agent, media):
        assert echoed(media)
        listed = "".join(console._say("show channels as xml", "show calls as xml", "show detailed_calls as xml"))
        assert HOST in listed
        invite = agent.found("INVITE")
        assert invite is not None
        keys = [line.partition("inline:")[2] for line in invite.body.splitlines() if "inline:" in line]
        assert len(keys) > 1
        for key in keys:
            assert key not in listed
            assert key not in (home / "log.txt").read_text(errors="replace")
