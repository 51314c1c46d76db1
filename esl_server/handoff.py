"""The hand-off to an agent: whom to dial and how, what is sent along, what the result means."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from esl_server import commands
from esl_server.commands import HeaderName, HeaderValue, header_name, header_value, known_value
from esl_server.leg import Bridged
from ivr.domain.agents import Agent, HeaderStyle, Target
from ivr.domain.calls import AgentAttempt, CallRecord

# originate_disposition -> our word for the attempt (hangup causes of Q.850 as FreeSWITCH spells them).
_RESULTS = {
    "SUCCESS": "answered",
    "NO_ANSWER": "no_answer",
    "NO_USER_RESPONSE": "no_answer",
    "ALLOTTED_TIMEOUT": "no_answer",
    "RECOVERY_ON_TIMER_EXPIRE": "unreachable",
    "USER_BUSY": "busy",
    "CALL_REJECTED": "declined",
    "ORIGINATOR_CANCEL": "cancelled",
    "PROGRESS_TIMEOUT": "unreachable",
    "NORMAL_TEMPORARY_FAILURE": "unreachable",
    "DESTINATION_OUT_OF_ORDER": "unreachable",
    "NETWORK_OUT_OF_ORDER": "unreachable",
    "GATEWAY_DOWN": "unreachable",
    "NO_ROUTE_DESTINATION": "unreachable",
    "UNALLOCATED_NUMBER": "unreachable",
    "USER_NOT_REGISTERED": "unreachable",
    "SUBSCRIBER_ABSENT": "no_answer",
}
# What an address is to blame for: one that is busy or declines is there.
_FAILURES = frozenset({"no_answer", "unreachable", "error", "answered_silent"})
FAILURES_IN_A_ROW = 5
REST_S = 60.0
_PATH_BYTES = 300
_COMMA = "%2C"

OPT_OUT_REPORT = "dnc"


def attempt_result(disposition: str, cause: str | None) -> str:
    """answered, answered_silent, no_answer, busy, declined, unreachable, cancelled; error for anything else."""
    # Only the check for a silent agent ends his leg so (dialplan: agent-heard).
    if disposition == "SUCCESS" and cause == "MEDIA_TIMEOUT":
        return "answered_silent"
    return _RESULTS.get(disposition, "error")


class Health:
    """Which addresses are worth a try, as this process has seen them: after five failures in a row one is left alone
    for a minute, then tried again once."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        # uri -> (failures in a row, rests until)
        self._failing: dict[str, tuple[int, float]] = {}

    def note(self, uri: str, result: str) -> None:
        if result not in _FAILURES:
            if result != "cancelled":
                self._failing.pop(uri, None)
            return
        failures = self._failing.get(uri, (0, 0.0))[0] + 1
        self._failing[uri] = failures, self._clock() + REST_S if failures >= FAILURES_IN_A_ROW else 0.0

    def is_resting(self, uri: str) -> bool:
        known = self._failing.get(uri)
        return known is not None and self._clock() < known[1]


@dataclass(frozen=True, slots=True)
class Line:
    """One address of an agent, ready to be dialled."""

    agent: Agent
    uri: str
    dial: commands.Dial

    def bridge(
        self, record: CallRecord, label: str | None, elapsed_s: int, ringback: str, *, again: bool
    ) -> commands.Bridge:
        headers = agent_headers(self.agent, record, label, elapsed_s)
        return commands.bridge(self.dial, record.ani, headers, ringback, again=again)

    def attempt(self, bridged: Bridged, label: str | None, name: str | None) -> AgentAttempt:
        """What the call record keeps of a try."""
        return AgentAttempt(
            uri=self.uri,
            result=attempt_result(bridged.disposition, bridged.cause),
            cause=bridged.cause,
            talk_ms=bridged.talk_ms,
            sip_status=bridged.sip_status,
            agent=name,
            ring_ms=bridged.ring_ms,
            label=label,
            reported=bridged.reported,
        )


class Agents:
    """Whom `transfer` reaches: the agent that a node names, else the default one."""

    def __init__(self, default: Agent, profile: str, health: Health | None = None) -> None:
        self.health = health or Health()
        self._profile = profile
        self.default = self.lines(default)

    @classmethod
    def of_uri(cls, uri: str, profile: str, ring_s: int) -> Agents:
        """A default agent of one address."""
        return cls(Agent("default", (Target(uri),), ring_s), profile)

    def lines(self, agent: Agent) -> list[Line]:
        """An agent's addresses in their order, made once per version of a menu."""
        return [Line(agent, target.uri, commands.dial(target, agent, self._profile)) for target in agent.targets]

    def worth_trying(self, lines: list[Line], first: int = 0) -> list[int]:
        """The places in `lines`, from `first` on, that do not rest. When all do, the first is tried all the same:
        there is nothing to lose."""
        awake = [at for at in range(first, len(lines)) if not self.health.is_resting(lines[at].uri)]
        return awake or ([0] if first == 0 else [])


# What begins with X- alone is taken for a header of one's own everywhere.
_OURS = ("Call-Id", "Flow", "Path", "Outcome", "Caller", "Called", "Elapsed")
_NAMES: dict[HeaderStyle, tuple[HeaderName, ...]] = {
    "hyphen": tuple(header_name(f"X-IVR-{name}") for name in _OURS),
    "underscore": tuple(header_name(f"X-IVR_{name.replace('-', '_')}") for name in _OURS),
}
_DIVERSION, _USER_TO_USER = header_name("Diversion"), header_name("User-to-User")


def agent_headers(
    agent: Agent, record: CallRecord, label: str | None, elapsed_s: int
) -> dict[HeaderName, HeaderValue]:
    """The headers of the INVITE to the agent, safe to be sent, below 1,000 bytes together."""
    headers: dict[HeaderName, HeaderValue] = {}
    if "x" in agent.sent:
        ours = (
            header_value(record.call_id),
            known_value(f"{record.ivr_id}/{record.ivr_version}"),
            _path(record),
            known_value(label or "transfer"),
            header_value(record.ani or "anonymous"),
            known_value(record.did or "unknown"),
            header_value(str(elapsed_s)),
        )
        headers.update(zip(_NAMES[agent.header_style], ours, strict=True))
    if "diversion" in agent.sent and record.did is not None:
        headers[_DIVERSION] = commands.diversion(record.did)
    if "user_to_user" in agent.sent:
        headers[_USER_TO_USER] = commands.user_to_user(record.call_id)
    return headers


def _path(record: CallRecord) -> HeaderValue:
    """The keys pressed, `welcome=1,area=2` percent-encoded; of a long way the newest, which say most."""
    kept: list[str] = []
    room = _PATH_BYTES
    for step in reversed(record.path):
        if step.key is not None:
            text = known_value(f"{step.node}={step.key}")
            room -= len(text) + len(_COMMA)
            if room < 0:
                break
            kept.append(text)
    kept.reverse()
    return HeaderValue(_COMMA.join(kept))
