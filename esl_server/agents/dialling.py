"""Dialling an agent: its addresses and dial strings, the headers of the INVITE, the result of an attempt."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

from esl_server.agents.health import Health
from esl_server.agents.prepare import Headers, PrepareResult, header_bytes
from esl_server.agents.tls_verdicts import TlsVerdicts
from esl_server.switch import bridging
from esl_server.switch.bridged import Bridged
from esl_server.switch.bridging import (
    HeaderName,
    HeaderValue,
    Passwords,
    chosen_value,
    header_name,
    header_value,
    known_value,
)
from ivr.domain.agents import SILENT_S, Agent, HeaderStyle, Target
from ivr.domain.call_records import OF_A_QUESTION, AgentAttempt, CallRecord
from ivr.domain.menu.sent_headers import PATH_BYTES, fitting, path_room
from ivr.domain.numbers import E164
from ivr.secrets import Sealer
from ivr.storage.disk.agent_passwords import variable_of

log = logging.getLogger(__name__)

# originate_disposition (Q.850 causes as FreeSWITCH spells them) -> the result of the attempt.
_RESULTS = {
    "SUCCESS": "answered",
    "NO_ANSWER": "no_answer",
    "NO_USER_RESPONSE": "no_answer",
    "ALLOTTED_TIMEOUT": "no_answer",
    "RECOVERY_ON_TIMER_EXPIRE": "unreachable",
    "USER_BUSY": "busy",
    "CALL_REJECTED": "declined",
    # Whoever answered hung up before they took the call.
    "NORMAL_CLEARING": "declined",
    "ORIGINATOR_CANCEL": "cancelled",
    "PROGRESS_TIMEOUT": "unreachable",
    "NORMAL_TEMPORARY_FAILURE": "unreachable",
    "DESTINATION_OUT_OF_ORDER": "unreachable",
    "NETWORK_OUT_OF_ORDER": "unreachable",
    "GATEWAY_DOWN": "unreachable",
    "INVALID_GATEWAY": "unreachable",
    "NO_ROUTE_DESTINATION": "unreachable",
    "UNALLOCATED_NUMBER": "unreachable",
    "USER_NOT_REGISTERED": "unreachable",
    "SUBSCRIBER_ABSENT": "no_answer",
}
# FreeSWITCH's scheduler counts whole seconds, so the check for a silent agent may be late by this much.
_CHECK_MS = 2500
_WITHHELD = "it is not sent to another machine, whose FreeSWITCH must know it itself (dialplan/README.md)"
_COMMA = "%2C"
# Stands for the trunk, until the call knows it.
_TRUNK = "trunk"


def attempt_result(disposition: str, cause: str | None, talk_ms: int | None = None, silent_s: int = SILENT_S) -> str:
    """answered, answered_silent, vanished, no_answer, busy, declined, unreachable, cancelled or error.

    An agent's leg ends with MEDIA_TIMEOUT by the check for a silent agent (dialplan: agent-listen), `silent_s` after
    the answer, and later when no packet has come for long."""
    if disposition == "SUCCESS" and cause == "MEDIA_TIMEOUT":
        was_checked = talk_ms is None or talk_ms <= silent_s * 1000 + _CHECK_MS
        return "answered_silent" if silent_s and was_checked else "vanished"
    return _RESULTS.get(disposition, "error")


@dataclass(frozen=True, slots=True)
class DialTarget:
    """One address of an agent, ready to be dialled. `person` is the person to ring instead of an agent; `shown` the
    number that it sees, None: the caller's. `number`: a telephone number of the agent's, which is dialled once the
    call knows its trunk (`esl_server.agents.addresses.over_gateways`)."""

    agent: Agent
    uri: str
    dial: bridging.Dial
    person: str | None = None
    shown: str | None = None
    number: E164 | None = None

    def bridge(
        self,
        record: CallRecord,
        label: str | None,
        elapsed_s: int,
        ringback: str,
        prepared: PrepareResult | None = None,
        chosen: Headers = (),
        *,
        again: bool,
        passwords: Passwords,
    ) -> bridging.Bridge:
        if passwords == "withheld" and self.dial.credentials is not None:
            log.error("agent %s: no password for %s: %s", self.agent.name, self.uri, _WITHHELD)
        headers = self.headers(record, label, elapsed_s, prepared.headers if prepared else (), chosen)
        shown = record.ani if self.shown is None else self.shown
        return bridging.bridge(self.dial, shown, headers, ringback, again=again, passwords=passwords)

    def headers(
        self, record: CallRecord, label: str | None, elapsed_s: int, more: Headers, chosen: Headers
    ) -> dict[HeaderName, HeaderValue]:
        """Those of `agent_headers`; a carrier is not told what an agent is."""
        if self.number is not None:
            return agent_headers(self.agent.on_telephone(), record, label, elapsed_s)
        return agent_headers(self.agent, record, label, elapsed_s, more, chosen)

    def attempt(
        self, bridged: Bridged, label: str | None, name: str | None, prepared: PrepareResult | None = None
    ) -> AgentAttempt:
        """The attempt as the call record keeps it."""
        silent_s = self.agent.silent_s if self.number is None else 0
        result = attempt_result(bridged.disposition, bridged.cause, bridged.talk_ms, silent_s)
        sip_status = None if result == "answered" else bridged.sip_status
        said = prepared.said if prepared else None
        # Without names: a class takes twice as long with them.
        return AgentAttempt(
            self.uri, result, bridged.cause, bridged.talk_ms, sip_status, name, bridged.ring_ms, label,
            bridged.reported, said, None, None, self.person,
        )  # fmt: skip


class Agents:
    """The agents that a transfer can reach: the one that its node names, else the default one."""

    def __init__(
        self,
        default: Agent,
        profile: str,
        sealer: Sealer,
        health: Health | None = None,
        tls: TlsVerdicts | None = None,
        sample: str = "",
    ) -> None:
        self._sample = sample
        self.health = health or Health()
        self._tls = tls
        self._profile = profile
        self._sealer = sealer
        self.default = self.targets_of(default)

    @classmethod
    def of_uri(
        cls, uri: str, profile: str, ring_s: int, sealer: Sealer, tls: TlsVerdicts | None = None, sample: str = ""
    ) -> Agents:
        """With a default agent of one address, dropped like any other if it answers and sends no audio. `sample`: the
        URI of the switch's sample agent."""
        default = Agent("default", (Target(uri),), ring_s, silent_s=SILENT_S)
        return cls(default, profile, sealer, tls=tls, sample=sample or uri)

    def targets_of(self, agent: Agent, confirm: bridging.Confirm | None = None) -> list[DialTarget]:
        """An agent's addresses in their order, numbers without their trunk; called once per version of a menu, and
        for each whisper."""
        return [self._target(agent, target, confirm) for target in agent.targets]

    def prepared_targets(self, targets: list[DialTarget], prepared: PrepareResult | None) -> list[DialTarget]:
        """The addresses, with the one that a prepare URL named in front."""
        if prepared is None or prepared.uri is None:
            return targets
        known = [each for each in targets if each.uri == prepared.uri]
        first = known[0] if known else self._target(targets[0].agent, Target(prepared.uri))
        return [first, *(each for each in targets if each.uri != prepared.uri)]

    def _target(self, agent: Agent, target: Target, confirm: bridging.Confirm | None = None) -> DialTarget:
        number = target.number
        if number is not None:
            at = Target(f"sip:{number}@{_TRUNK}")
            dial = bridging.dial(at, agent.on_telephone(), self._profile, confirm=confirm)
            return DialTarget(agent, target.uri, dial, number=number)
        password = self._sealer.find(target.sealed) if target.sealed else None
        if target.sealed and password is None:
            log.error("agent %s: the password of %s was sealed with another DIGITREE_SECRET", agent.name, target.uri)
        # Only this profile takes REFER (sofia.xml).
        profile = f"{self._profile}-agents" if agent.may_transfer_to else self._profile
        variable = variable_of(self._sealer.reference(target.sealed)) if target.sealed else ""
        return DialTarget(agent, target.uri, bridging.dial(target, agent, profile, password, variable, confirm))

    def sent_on_target(self, agent: Agent, uri: str) -> DialTarget:
        """An address to which this agent sends a caller on: rung like the agent's own, but it may be silent, may
        send nobody on, and its certificate is for its own name."""
        sent_on = replace(agent, silent_s=0, may_transfer_to=(), prepare_url=None, tls_verify="name")
        return self._target(sent_on, Target(uri))

    def sample_for(self, target: DialTarget) -> DialTarget:
        """This address as the record has it, with the sample agent answering in its place."""
        sample = self._target(Agent("sample", (), target.agent.ring_s), Target(self._sample))
        return replace(sample, uri=target.uri)

    def explained(self, attempt: AgentAttempt, agent: Agent) -> AgentAttempt:
        """With what was wrong with the certificate, where that made the SIP address unreachable."""
        if attempt.result != "unreachable" or self._tls is None:
            return attempt
        return replace(attempt, tls=self._tls.of(attempt.uri, agent.tls_verify))

    def worth_trying(self, targets: list[DialTarget], first: int = 0) -> list[int]:
        """The indexes in `targets`, from `first` on, of addresses that neither rest nor ignore OPTIONS. If there is
        none, those that only ignore OPTIONS: some answer calls all the same. If all rest, the first one."""
        if first == 0 and len(targets) == 1:
            return [0]
        awake = [at for at in range(first, len(targets)) if not self.health.is_resting(targets[at].uri)]
        answering = [at for at in awake if not self.health.is_silent(targets[at].uri)]
        return answering or awake or ([0] if first == 0 else [])


# Names that begin with X- are treated as extension headers everywhere.
_HEADERS = ("Call-Id", "Flow", "Path", "Outcome", "Caller", "Called", "Elapsed")
_NAMES: dict[HeaderStyle, tuple[HeaderName, ...]] = {
    "hyphen": tuple(header_name(f"X-IVR-{name}") for name in _HEADERS),
    "underscore": tuple(header_name(f"X-IVR_{name.replace('-', '_')}") for name in _HEADERS),
}
_VERSTAT: dict[HeaderStyle, HeaderName] = {
    "hyphen": header_name("X-IVR-Verstat"),
    "underscore": header_name("X-IVR_Verstat"),
}
_LANG: dict[HeaderStyle, HeaderName] = {"hyphen": header_name("X-IVR-Lang"), "underscore": header_name("X-IVR_Lang")}
_DIVERSION, _USER_TO_USER = header_name("Diversion"), header_name("User-to-User")


def agent_headers(
    agent: Agent,
    record: CallRecord,
    label: str | None,
    elapsed_s: int,
    more: Headers = (),
    chosen: Headers = (),
) -> dict[HeaderName, HeaderValue]:
    """The headers of the INVITE to the agent, checked, below 1,300 bytes together: the path is shortened by the size
    of `more`, those of the prepare URL, and of `chosen`, the menu author's."""
    tells_language = record.language is not None and "x" in agent.sent
    if tells_language:
        more, chosen = _without_language(more), _without_language(chosen)
    own, left_out = fitting(chosen) if chosen else ([], [])
    for name in left_out:
        log.warning("%s: no room for the header %s", record.call_id, name)
    room = path_room(own, header_bytes(more)) if more or own else PATH_BYTES
    headers: dict[HeaderName, HeaderValue] = {}
    if "x" in agent.sent:
        values = (
            header_value(record.call_id),
            known_value(f"{record.ivr_id}/{record.ivr_version}"),
            _path(record, room),
            known_value(label or "transfer"),
            header_value(record.ani or "anonymous"),
            known_value(record.did or "unknown"),
            header_value(str(elapsed_s)),
        )
        headers = dict(zip(_NAMES[agent.header_style], values, strict=True))
        if record.verstat is not None:
            headers[_VERSTAT[agent.header_style]] = known_value(record.verstat)
    if "diversion" in agent.sent and record.did is not None:
        headers[_DIVERSION] = bridging.diversion(record.did)
    if "user_to_user" in agent.sent:
        headers[_USER_TO_USER] = bridging.user_to_user(record.call_id)
    if more:
        headers.update((header_name(name), header_value(value)) for name, value in more)
    if own:
        headers.update((_spelled(agent.header_style, name), chosen_value(value)) for name, value in own)
    if tells_language:
        headers[_LANG[agent.header_style]] = known_value(str(record.language))
    return headers


def _without_language(given: Headers) -> Headers:
    """Without headers of others that would tell another language than the caller's."""
    return tuple((name, value) for name, value in given if name.lower().replace("_", "-") != "x-ivr-lang")


def _spelled(style: HeaderStyle, name: str) -> HeaderName:
    return header_name(name if style == "hyphen" else "X-IVR_" + name.removeprefix("X-IVR-").replace("-", "_"))


def _path(record: CallRecord, room: int) -> HeaderValue:
    """The digits pressed, `welcome=1,area=2` percent-encoded, in at most `room` bytes; of a long path the newest."""
    kept: list[str] = []
    for step in reversed(record.path):
        # `Step.pressed`, without a call of its own for each step.
        pressed = (step.value or step.key) if step.result in OF_A_QUESTION else None
        if pressed is not None:
            pressed = f"{step.node}={pressed}"
            # What callers key as an entry is no value that many calls share.
            text = known_value(pressed) if step.value is None else header_value(pressed)
            room -= len(text) + len(_COMMA)
            if room < 0:
                break
            kept.append(text)
    kept.reverse()
    return HeaderValue(_COMMA.join(kept))
