"""Callers and agents: scripts of keys and hang-ups, a caller at the keyboard, and the far ends of bridges.

A caller hears what happens on the channel (`question_began`, `heard_began`) and acts in the call's own time: the
channel asks when the next act is due (`next_at_ms`) and takes it then. Nothing here knows of sockets, files or
wall clocks, so a caller over SIP can take their place.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple, Protocol

# As FreeSWITCH names them: RFC 4733, SIP INFO, tones.
DtmfSource = Literal["RTP", "ENDPOINT", "INBAND_AUDIO", "APP"]
KEYS = frozenset("0123456789*#ABCD")
# A person hears some of the question before pressing; this is still within any prompt.
PRESS_AFTER_MS = 300.0
# Between two keys pressed on purpose one after the other.
KEY_GAP_MS = 150.0


@dataclass(frozen=True)
class CallerAct:
    """What a caller does: press a key, or hang up (key is empty). `source`: how the key comes (DTMF-Source)."""

    at_ms: float
    key: str = ""
    source: DtmfSource = "RTP"

    @property
    def is_hangup(self) -> bool:
        return not self.key


@dataclass(frozen=True)
class CallerStep:
    """The caller's reaction to one question (or prompt): keys, then perhaps a hang-up; with neither, silence."""

    keys: str = ""
    after_ms: float = PRESS_AFTER_MS
    after_prompt: bool = False  # count from the end of the prompt, not from its beginning
    gap_ms: float = KEY_GAP_MS
    hang_up: bool = False
    says_ms: float = 0.0  # into a recording, before all else

    def __post_init__(self) -> None:
        if not KEYS.issuperset(self.keys):
            raise ValueError(f"{self.keys!r} holds something that is not a key")

    def acts(self, began_ms: float, prompt_ms: float) -> list[CallerAct]:
        at_ms = began_ms + self.after_ms + (prompt_ms if self.after_prompt else 0.0)
        acts = [CallerAct(at_ms + index * self.gap_ms, key) for index, key in enumerate(self.keys)]
        if self.hang_up:
            acts.append(CallerAct(at_ms + len(self.keys) * self.gap_ms))
        return acts


_STEP = re.compile(r"(?:s(?P<says>\d{1,3}))?(?P<keys>[0-9*#A-D]*)(?P<hang_up>h?)(?:(?P<from>[@+])(?P<ms>\d+))?")


@dataclass(frozen=True)
class CallScript:
    """A whole call's worth of acts.

    steps: one per question, in the order asked; after the last the caller is silent.
    presses, hang_up_ms: at these times since the call came in, whatever is being asked.
    on_heard: acts to take whenever a file is heard whose name contains the given text.
    speaks: into every recording, until it is ended otherwise; steps are then for questions alone.
    """

    steps: tuple[CallerStep, ...] = ()
    presses: tuple[tuple[float, str], ...] = ()
    hang_up_ms: float | None = None
    on_heard: Mapping[str, CallerStep] = field(default_factory=dict)
    speaks: bool = False

    @classmethod
    def parse(cls, text: str, after_ms: float = PRESS_AFTER_MS) -> CallScript:
        """`1,1,-,12,h`: one step per question. `-` or nothing is silence, several keys are pressed in a row, `h`
        hangs up. Of a recording `s8` says something for 8 s and is silent then, `s8#` presses a key then.

        `1@1500` presses 1500 ms after the question began, `1+500` 500 ms after its prompt ended.
        """
        steps = []
        for word in text.split(",") if text.strip() else []:
            word = word.strip()
            match = _STEP.fullmatch("" if word == "-" else word)
            if match is None:
                known = "keys 0-9 * #, h to hang up, - for silence, s8 to speak, 1@1500, 1+500"
                raise ValueError(f"{word!r} is not a step: {known}")
            steps.append(
                CallerStep(
                    match["keys"],
                    float(match["ms"]) if match["ms"] else after_ms,
                    after_prompt=match["from"] == "+",
                    hang_up=bool(match["hang_up"]),
                    says_ms=1000.0 * int(match["says"] or 0),
                )
            )
        return cls(tuple(steps))


class Caller(Protocol):
    """The channel's view of its caller."""

    def question_began(self, file: str, at_ms: float, prompt_ms: float) -> None: ...

    def heard_began(self, file: str, at_ms: float, length_ms: float) -> None: ...

    def recording_began(self, at_ms: float) -> float:
        """How long they speak, in milliseconds."""

    def next_at_ms(self) -> float | None: ...

    def take(self) -> CallerAct: ...


class ScriptedCaller:
    """Acts by a CallScript, and by what is posted to it from outside (a keyboard, a test)."""

    def __init__(self, script: CallScript) -> None:
        self._steps = list(script.steps)
        self._on_heard = script.on_heard
        self._speaks = script.speaks
        self._due = [CallerAct(at_ms, key) for at_ms, key in script.presses]
        if script.hang_up_ms is not None:
            self._due.append(CallerAct(script.hang_up_ms))
        self._sort()

    def _sort(self) -> None:
        self._due.sort(key=lambda act: act.at_ms)

    def post(self, act: CallerAct) -> None:
        self._due.append(act)
        self._sort()

    def question_began(self, file: str, at_ms: float, prompt_ms: float) -> None:
        if self._steps:
            self._due.extend(self._steps.pop(0).acts(at_ms, prompt_ms))
            self._sort()

    def heard_began(self, file: str, at_ms: float, length_ms: float) -> None:
        for text, step in self._on_heard.items():
            if text in file:
                self._due.extend(step.acts(at_ms, length_ms))
                self._sort()

    def recording_began(self, at_ms: float) -> float:
        """A recording takes a step, as a question does: what is said, and keys behind it."""
        if self._speaks or not self._steps:
            return math.inf if self._speaks else 0.0
        step = self._steps.pop(0)
        self._due.extend(replace(step, after_prompt=True).acts(at_ms, step.says_ms))
        self._sort()
        return step.says_ms

    def next_at_ms(self) -> float | None:
        return self._due[0].at_ms if self._due else None

    def take(self) -> CallerAct:
        return self._due.pop(0)


@dataclass(frozen=True)
class ScriptedAgent:
    """How the far end of a bridge behaves. `cause` is the failure, empty if it answers."""

    cause: str = ""
    ring_ms: float = 500.0  # until it answers or fails
    progress_ms: float = 20.0  # until its 180 Ringing
    sip_status: int = 0  # of its refusal, if not the usual one for the cause
    talk_ms: float | None = 3000.0  # until it hangs up; None: only the caller hangs up
    plays: str = ""  # a file the caller hears first
    is_silent: bool = False  # once it has answered
    reports: str = ""  # X-IVR-Result of its BYE
    accepts: bool = True  # takes the call by the key that is wanted, if one is
    no_channel: bool = False  # the far leg is never created, so last_bridge_hangup_cause stays unset

    @classmethod
    def answering(cls, ring_ms: float = 500.0, talk_ms: float | None = 3000.0, plays: str = "") -> ScriptedAgent:
        return cls(ring_ms=ring_ms, talk_ms=talk_ms, plays=plays)

    @classmethod
    def busy(cls, ring_ms: float = 100.0) -> ScriptedAgent:
        return cls("USER_BUSY", ring_ms)

    @classmethod
    def declining(cls, ring_ms: float = 100.0) -> ScriptedAgent:
        return cls("CALL_REJECTED", ring_ms)

    @classmethod
    def ringing(cls) -> ScriptedAgent:
        """An agent that rings for ever: only originate_timeout ends it."""
        return cls(ring_ms=float("inf"))

    @classmethod
    def mute(cls) -> ScriptedAgent:
        """An agent that receives the INVITE and never responds, not even with 180."""
        return cls(ring_ms=float("inf"), progress_ms=float("inf"))

    @classmethod
    def unreachable(cls) -> ScriptedAgent:
        """An agent on a closed port: dialling it fails at once."""
        return cls("NORMAL_TEMPORARY_FAILURE", 2.0)


class LiveAgent(Protocol):
    """A far end without a script. Its actions wake the channel, and the bridge then reads its state here."""

    @property
    def is_ringing(self) -> bool: ...

    @property
    def is_answered(self) -> bool: ...

    @property
    def cause(self) -> str:
        """The cause of its failure or end; empty until then."""

    @property
    def sip_status(self) -> int:
        """The status of its refusal; 0 if it did not refuse."""

    @property
    def has_sounded(self) -> bool:
        """Whether it has sent anything but silence."""

    @property
    def unheard_s(self) -> float:
        """Seconds without a packet, since its answer at most."""

    @property
    def is_on_hold(self) -> bool:
        """Whether it has put the caller on hold."""

    @property
    def said(self) -> Mapping[str, str]:
        """Channel variables from what it reported of the call: X-IVR-Result in its 200 and in its BYE."""

    @property
    def refer_to(self) -> str:
        """Refer-To of a REFER that waits for what comes of it; empty: none does."""

    def connect(self) -> None:
        """Connect caller and agent; they hear each other from now on."""

    def join(self, sound: str) -> None:
        """Have it in one talk with the caller and all who have joined; they all hear this sound."""

    def part(self) -> None:
        """They hear each other no more; the agent waits."""

    def tell_referred(self, status: str) -> None:
        """Report what came of its REFER, such as `403 Forbidden`."""

    def hang_up(self) -> None:
        """Send CANCEL or BYE, whichever applies."""


class TalkLimits(NamedTuple):
    """Seconds after the answer until the talk is ended, and until a silent agent is dropped; seconds without a packet
    until the agent has vanished, and on hold. None: never."""

    talk_s: int | None
    heard_s: int | None
    media_s: float | None
    hold_s: float


class Referral(NamedTuple):
    """An agent that waits for what comes of its REFER, and the limits of its talk, the call's `bridge`th bridge."""

    agent: LiveAgent
    limits: TalkLimits
    bridge: int


class AgentBook:
    """Agents by `user@host:port`, `user@host` or `user`, looked up in that order; any other target is `default`.
    Several for one are taken in turn; the last one stays."""

    def __init__(
        self,
        agents: Mapping[str, ScriptedAgent | Sequence[ScriptedAgent]] | None = None,
        default: ScriptedAgent | Sequence[ScriptedAgent] | None = None,
    ) -> None:
        self._agents = {name: _in_turn(agent) for name, agent in (agents or {}).items()}
        self._default = _in_turn(default or ScriptedAgent.answering())

    def get(self, target: str) -> ScriptedAgent:
        user, _, host = target.partition("@")
        for name in (target, f"{user}@{host.partition(':')[0]}", user):
            if name in self._agents:
                return _next(self._agents[name])
        return _next(self._default)


def _in_turn(agents: ScriptedAgent | Sequence[ScriptedAgent]) -> list[ScriptedAgent]:
    return [agents] if isinstance(agents, ScriptedAgent) else list(agents)


def _next(agents: list[ScriptedAgent]) -> ScriptedAgent:
    return agents.pop(0) if len(agents) > 1 else agents[0]
