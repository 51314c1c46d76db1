"""The development switch: strict stand-in for the FreeSWITCH that dials our event-socket server.

Theory of operation. A call is one greenlet. It runs a dialplan as the real thing does: the `socket` action, twice by
default, so that a server that dies in mid-call is followed by a second connection carrying all variables; then the
last resort. `session` has the commands and replies, `channel` and the `apps` have their effects on the channel.
Strict means: everything that FreeSWITCH would refuse, ignore, or obey to our harm is a violation, and `call` raises
on violations.

    switch = DevSwitch("127.0.0.1:8084", speed=50)
    result = switch.call(CallSetup(did="+14155550100", ani="+14805551234", script=CallScript.parse("1,1,1")))
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import gevent
from gevent import socket as gsocket

from devswitch import channel_data, media
from devswitch.apps import AppSurroundings, BridgeAttempt
from devswitch.apps_record import write_session
from devswitch.caller import AgentBook, CallerAct, CallScript, DtmfSource, LiveAgent, ScriptedAgent, ScriptedCaller
from devswitch.causes import sip_status_of
from devswitch.channel import Channel, ChannelNote, Dtmf
from devswitch.clock import CallClock
from devswitch.dialplan import Action, Dialplan, sockets_only
from devswitch.media import ChannelSound, HeardSound
from devswitch.referral import send_on
from devswitch.session import CommandLog, SocketSession, execute

# FreeSWITCH waits for the kernel's time-out, which is not modelled.
_CONNECT_TIMEOUT_S = 5.0


@dataclass(frozen=True)
class CallSetup:
    """One call to be made.

    header_overrides: raw values for headers of the `connect` reply, in place of the channel's (they are
    percent-encoded on the way out); extra_variables: channel variables set before the dialplan starts, such as
    `sip_h_X-Name` for a header from the caller.
    """

    did: str
    ani: str = "+14805551234"
    name: str = ""
    script: CallScript = field(default_factory=CallScript)
    extra_variables: Mapping[str, str] = field(default_factory=dict)
    header_overrides: Mapping[str, str] = field(default_factory=dict)
    channel_uuid: str | None = None
    on_note: Callable[[ChannelNote], None] | None = None


@dataclass
class CallResult:
    """The result of a call; all times in ms since it came in.

    ended_by: caller, agent (hung up after a bridge), switch (our server's order or a failed bridge), refused (never
    answered), last_resort (no server was left).
    """

    setup: CallSetup
    channel_uuid: str
    ended_by: str
    hangup_cause: str
    sip_status: int  # 200 if answered, else the refusal's
    duration_ms: float
    answered_ms: float | None
    heard: list[HeardSound]
    dtmf: list[Dtmf]
    bridges: list[BridgeAttempt]
    commands: list[CommandLog]
    violations: list[str]
    unknown_commands: list[str]
    key_to_prompt_ms: list[float]
    variables: dict[str, str]
    connections: int  # sessions that were opened
    connects_refused: int
    gathers: int

    @property
    def prompts(self) -> list[str]:
        """Files and tones that were played, without silence, ringing and the agent's sound."""
        return [heard.file for heard in self.heard if heard.source == "prompt" and not heard.is_silence]

    @property
    def prompt_names(self) -> list[str]:
        return [Path(file).stem for file in self.prompts]

    @property
    def agent(self) -> BridgeAttempt | None:
        """The agent the caller was connected to, if any."""
        return next((leg for leg in reversed(self.bridges) if leg.answered_ms is not None), None)

    @property
    def talk_ended_it(self) -> bool:
        """Whether the agent hung up and nothing was heard after that."""
        talk = self.bridges[-1] if self.bridges else None
        if self.ended_by != "switch" or talk is None or talk.answered_ms is None or talk.ended_ms is None:
            return False
        return not any(heard.started_ms >= talk.ended_ms for heard in self.heard)

    @property
    def keys_taken(self) -> str:
        return "".join(key.key for key in self.dtmf if key.fate == "gather")

    def save_audio(self, path: Path) -> None:
        """What the caller heard, as an 8 kHz mono WAV."""
        media.render(self.heard, self.duration_ms, path)


class StrictnessError(AssertionError):
    """The server did what it must not do to a FreeSWITCH; the call's result is in `result`."""

    def __init__(self, result: CallResult) -> None:
        super().__init__("; ".join(result.violations))
        self.result = result


class SwitchCall:
    """A call under way: a caller at a keyboard, or a test, may still act."""

    def __init__(self, channel: Channel, caller: ScriptedCaller) -> None:
        self.channel = channel
        self._caller = caller
        self._greenlet: gevent.Greenlet | None = None
        self._strict = True

    def press(self, key: str, source: DtmfSource = "RTP") -> None:
        self._post(CallerAct(0.0, key, source))

    def hang_up(self) -> None:
        self._post(CallerAct(0.0))

    def agree(self, dtmf_type: str) -> None:
        """Set how keys will come, where it was not known when the call came in."""
        self.channel.set("dtmf_type", dtmf_type)

    def reinvited(self, flow: str) -> None:
        """Note the direction of our sound, and do what the dialplan has for a re-INVITE."""
        self.channel.set("audio_media_flow", flow)
        for name, value in list(self.channel.variables.items()):
            if name.startswith("execute_on_sip_reinvite") and value.startswith("set "):
                variable, _, text = value.removeprefix("set ").partition("=")
                self.channel.set(variable, text)

    def kill(self, cause: str) -> None:
        """End the call from the switch's side, whatever it is doing."""
        self.channel.hang_up(cause, "switch")
        self.channel.wake.set()

    def _post(self, act: CallerAct) -> None:
        # At time 0: due at once, whatever the call's clock says.
        self._caller.post(act)
        self.channel.wake.set()

    def start(self, greenlet: gevent.Greenlet, strict: bool) -> None:
        self._greenlet, self._strict = greenlet, strict

    def drop(self) -> None:
        """Forget the call in any state; no effect on a call that is over."""
        if self._greenlet is not None:
            self._greenlet.kill()

    @property
    def is_over(self) -> bool:
        return self._greenlet is not None and self._greenlet.ready()

    def wait(self, timeout_s: float | None = None) -> CallResult:
        """The result; gevent.Timeout if it takes longer, StrictnessError on violations if the switch is strict."""
        if self._greenlet is None:
            raise RuntimeError("the call was never started")
        result: CallResult = self._greenlet.get(timeout=timeout_s)
        if self._strict and result.violations:
            raise StrictnessError(result)
        return result


class DevSwitch:
    """The switch, which makes calls to our server.

    targets: `host:port` (for both socket actions), the list of socket actions, each `host:port` or
    `host:port|host:port`, or a whole dialplan. speed: how much faster than real time applications run. agents: the
    scripted far ends of bridges; dial: tried before them, for far ends without a script. find_sound: finds the sound
    of a file's name. counts_idle: whether a call's clock runs while the server works. strict: raise StrictnessError
    at the end of a call with violations.
    """

    def __init__(
        self,
        targets: str | Sequence[str] | Dialplan,
        *,
        speed: float = 1.0,
        agents: Mapping[str, ScriptedAgent] | AgentBook | None = None,
        find_sound: Callable[[str], ChannelSound | None] = media.find_sound,
        dial: Callable[[Channel, BridgeAttempt], LiveAgent | None] | None = None,
        counts_idle: bool = True,
        strict: bool = True,
    ) -> None:
        if isinstance(targets, str):
            targets = (targets, targets)
        self.dialplan = targets if isinstance(targets, Dialplan) else sockets_only(*targets)
        self.speed = speed
        self.counts_idle = counts_idle
        self.agents = agents if isinstance(agents, AgentBook) else AgentBook(agents)
        self.find_sound = find_sound
        self.dial = dial
        self.strict = strict

    def call(self, setup: CallSetup, timeout_s: float | None = None) -> CallResult:
        """Make the call and wait for its end; after the time-out the call is dropped and gevent.Timeout raised."""
        live = self.start(setup)
        try:
            return live.wait(timeout_s)
        finally:
            live.drop()

    def start(self, setup: CallSetup) -> SwitchCall:
        """Make the call in its own greenlet."""
        clock = CallClock(self.speed, self.counts_idle)
        caller = ScriptedCaller(setup.script)
        who = channel_data.make_identity(
            setup.did, setup.ani, setup.name, setup.channel_uuid, clock.started_wall_s
        )
        channel = Channel(who, caller, clock, setup.extra_variables, setup.header_overrides, setup.on_note)
        self.dialplan.prepare(channel)
        live = SwitchCall(channel, caller)
        live.start(gevent.spawn(self._run, setup, channel), self.strict)
        return live

    def _run(self, setup: CallSetup, channel: Channel) -> CallResult:
        around = AppSurroundings(self.agents, self.find_sound, dial=self.dial)
        sessions: list[SocketSession] = []
        refused = 0

        def perform(actions: Sequence[Action], *, is_up: bool = True) -> None:
            nonlocal refused
            refused += self._perform(actions, channel, around, sessions, is_up=is_up)[0]

        perform(self.dialplan.actions)
        while around.referral is not None:
            send_on(channel, around, self.dialplan, perform)
        for path in list(channel.sessions):
            write_session(channel, path)
        ended_by = channel.hung_up_by
        if channel.is_up:
            last_resort = self.dialplan.last_resort(channel.is_answered)
            refused_again, last = self._perform(last_resort, channel, around, sessions)
            refused += refused_again
            channel.hang_up("NORMAL_CLEARING", "switch")
            ended_by = channel.hung_up_by if channel.hung_up_by == "caller" or last == "socket" else "last_resort"
        elif ended_by == "switch" and not channel.is_answered:
            ended_by = "refused"
        status = 200 if channel.is_answered else channel.sip_status or sip_status_of(channel.hangup_cause)
        return CallResult(
            setup=setup,
            channel_uuid=channel.who.channel_uuid,
            ended_by=ended_by,
            hangup_cause=channel.hangup_cause,
            sip_status=status,
            duration_ms=channel.hung_up_ms,
            answered_ms=channel.answered_ms,
            heard=channel.heard,
            dtmf=channel.dtmf,
            bridges=around.bridges,
            commands=[command for session in sessions for command in session.commands],
            violations=channel.violations,
            unknown_commands=[line for session in sessions for line in session.unknown],
            key_to_prompt_ms=[ms for session in sessions for ms in session.key_to_prompt_ms],
            variables=channel.variables,
            connections=len(sessions),
            connects_refused=refused,
            gathers=channel.gathers,
        )

    def _perform(
        self,
        actions: Sequence[Action],
        channel: Channel,
        around: AppSurroundings,
        sessions: list[SocketSession],
        *,
        is_up: bool = True,
    ) -> tuple[int, str]:
        """Run the actions in order while the call is up (or down), until an agent sends the caller on; each `socket`
        that connects is one more session. Returns how many addresses refused, and the application that ran last."""
        refused, last = 0, ""
        for name, data in actions:
            if channel.is_up != is_up or around.referral is not None:
                break
            last = name
            if name != "socket":
                execute(channel, around, name, data)
                continue
            channel.set("current_application_data", data)
            channel.set("current_application", "socket")
            targets, _, flags = data.partition(" ")
            sock, tried = self._connect(channel, targets)
            refused += tried
            if sock is not None:
                sessions.append(SocketSession(channel, around, sock, full="full" in flags.split()))
                sessions[-1].run()
        return refused, last

    def _connect(self, channel: Channel, targets: str) -> tuple[gsocket.socket | None, int]:
        """The first of `host:port|host:port` that accepts, and how many refused."""
        for refused, address in enumerate(targets.split("|")):
            host, _, port = address.rpartition(":")
            channel.set("socket_host", host)
            channel.note("socket", address)
            try:
                sock = gsocket.create_connection((host.strip("[]"), int(port)), timeout=_CONNECT_TIMEOUT_S)
            except OSError:
                continue
            finally:
                channel.clock.catch_up()
            sock.setsockopt(gsocket.IPPROTO_TCP, gsocket.TCP_NODELAY, 1)
            return sock, refused
        return None, len(targets.split("|"))
