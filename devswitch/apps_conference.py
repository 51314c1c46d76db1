"""conference: the caller in one talk with all who answer.

Facts: mod_conference.c, conference_member.c of FreeSWITCH 1.10.12: `mintwo` ends it when one is left, `endconf` when
the caller leaves; the caller hears conference_moh_sound while they are alone, and all hear conference_enter_sound of
whoever joins.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from devswitch.apps import Application, AppSurroundings
from devswitch.apps_bridge import Race, note_failed_leg, start_leg, when_settled
from devswitch.apps_record import write_session
from devswitch.channel import Channel
from devswitch.conference_commands import JoinDial, read_entry
from devswitch.media import HeardSound
from devswitch.talk import talk_limits

_JOINS = "tone_stream://%(120,40,880);%(160,0,1100)"
_LOOKS_MS = 250.0
_FOREVER_MS = 24 * 3600 * 1000.0
_END_KEYS = {"star": "*", "hash": "#", "none": ""}


@dataclass
class _Member:
    dial: JoinDial
    race: Race
    ends_ms: float
    cause: str  # of its end then


def conference(channel: Channel, around: AppSurroundings, arg: str) -> None:
    name = read_entry(arg)
    if name is None:
        channel.violation(f"conference {arg!r}: not modelled")
        return
    channel.set("conference_name", name)
    dials = [each for each in channel.dialled if each.name == name]
    channel.dialled = [each for each in channel.dialled if each.name != name]
    _Talk(channel, around, dials).run()


class _Talk:
    def __init__(self, channel: Channel, around: AppSurroundings, dials: Sequence[JoinDial]) -> None:
        self._channel, self._around = channel, around
        self._ringing = {each.joined: (each, start_leg(channel, around, each.leg)) for each in dials}
        self._members: list[_Member] = []
        self._hold: HeardSound | None = None
        self._began_ms: float | None = None
        self._keys_before = len(channel.dtmf)
        key = (channel.find_variable("conference_controls") or "none").removeprefix("end-")
        self._end_key = _END_KEYS.get(key, key)

    def run(self) -> None:
        channel = self._channel
        channel.give_keys_to_agent(True)
        self._begin_hold()
        try:
            while channel.is_up and not self._ends_by_key() and self._is_going():
                self._wait()
                self._take_those_who_left()
                self._take_those_who_answered()
        finally:
            self._end_hold()
            for dial, race in self._ringing.values():
                self._fail(dial, race, "ORIGINATOR_CANCEL")
            for member in list(self._members):
                self._leave(member, "NORMAL_CLEARING")
            channel.give_keys_to_agent(False)
            self._keep_sound()

    def _is_going(self) -> bool:
        return bool(self._members) or (bool(self._ringing) and self._began_ms is None)

    def _ends_by_key(self) -> bool:
        return any(each.key in self._end_key for each in self._channel.dtmf[self._keys_before :])

    def _wait(self) -> None:
        channel = self._channel
        ends = [race.ends_ms for _, race in self._ringing.values()] + [each.ends_ms for each in self._members]
        if any(each.race.live for each in self._members):
            ends.append(channel.clock.now_ms + _LOOKS_MS)
        channel.pass_time(max(min(ends), channel.clock.now_ms), self._has_news)

    def _has_news(self) -> bool:
        settled = any(race.is_settled for _, race in self._ringing.values())
        return settled or any(each.race.has_ended for each in self._members) or self._ends_by_key()

    def _take_those_who_answered(self) -> None:
        channel = self._channel
        for dial, race in list(self._ringing.values()):
            if not channel.is_up or not when_settled(channel, race):
                continue
            if race.cause:
                note_failed_leg(channel, race)
                self._fail(dial, race, race.cause)
                continue
            del self._ringing[dial.joined]
            self._join(dial, race)

    def _fail(self, dial: JoinDial, race: Race, cause: str) -> None:
        self._ringing = {name: each for name, each in self._ringing.items() if name != dial.joined}
        race.attempt.ended_ms, race.attempt.cause = self._channel.clock.now_ms, cause
        if race.live is not None:
            race.live.hang_up()
        if cause != "ORIGINATOR_CANCEL":
            self._channel.set(dial.joined, f"{cause};-")

    def _join(self, dial: JoinDial, race: Race) -> None:
        channel, now_ms = self._channel, self._channel.clock.now_ms
        self._end_hold()
        self._began_ms = now_ms if self._began_ms is None else self._began_ms
        race.attempt.answered_ms, race.attempt.ended_ms = now_ms, None
        talk_ms = _FOREVER_MS if race.agent.talk_ms is None or race.live is not None else race.agent.talk_ms
        longest_s = talk_limits(dial.leg.variables).talk_s
        longest_ms = _FOREVER_MS if longest_s is None else longest_s * 1000.0
        cause = "NORMAL_CLEARING" if talk_ms <= longest_ms else "ALLOTTED_TIMEOUT"
        self._members.append(_Member(dial, race, now_ms + min(talk_ms, longest_ms), cause))
        channel.set(dial.joined, f"OK;{time.time_ns() // 1000}")
        channel.note("agent", race.attempt.target)
        sound = dial.leg.variables.get("conference_enter_sound", _JOINS)
        heard = self._around.find_sound(sound)
        if heard is not None:
            channel.heard.append(HeardSound(sound, now_ms, now_ms + heard.length_ms, source="joined"))
        if race.live is not None:
            race.live.join(sound)

    def _take_those_who_left(self) -> None:
        now_ms = self._channel.clock.now_ms
        for member in list(self._members):
            if member.race.has_ended:
                self._leave(member, "NORMAL_CLEARING")
            elif now_ms >= member.ends_ms:
                self._leave(member, member.cause)

    def _leave(self, member: _Member, cause: str) -> None:
        self._members.remove(member)
        member.race.attempt.ended_ms, member.race.attempt.cause = self._channel.clock.now_ms, cause
        in_bye = in_answer = ""
        if member.race.live is not None:
            said = member.race.live.said
            in_bye, in_answer = said.get("ivr_agent_result", ""), said.get("sip_rh_X-IVR-Result", "")
            member.race.live.hang_up()
        elif member.race.agent.talk_ms is not None and self._channel.clock.now_ms >= member.ends_ms:
            in_bye = member.race.agent.reports if member.cause == "NORMAL_CLEARING" else ""
        self._channel.set(member.dial.left, f"{cause};{time.time_ns() // 1000};{in_bye};{in_answer}")

    def _begin_hold(self) -> None:
        channel, sound = self._channel, self._channel.find_variable("conference_moh_sound")
        if sound and channel.media_ready and self._ringing:
            self._hold = HeardSound(sound, channel.clock.now_ms, channel.clock.now_ms, source="ringback")
            channel.heard.append(self._hold)
            channel.note("ringback", sound)

    def _end_hold(self) -> None:
        if self._hold is not None:
            self._hold.ended_ms = self._channel.clock.now_ms
            self._channel.note("ringback_over")
            self._hold = None

    def _keep_sound(self) -> None:
        path = self._channel.find_variable("conference_auto_record")
        if path and self._began_ms is not None:
            self._channel.sessions[path] = self._began_ms
            write_session(self._channel, path)


CONFERENCE_APPLICATIONS: dict[str, Application] = {"conference": conference}
