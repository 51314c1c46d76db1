"""The fields of a transfer, and the words by which its ways out are taken."""

from __future__ import annotations

import re

from ivr.domain.agents import AGENT_NAME, LONGEST_RING_S, LONGEST_TALK_S, NEW_SIP_URI
from ivr.domain.menu.choice_field import ChoiceField
from ivr.domain.menu.fields import (
    DTMF_DIGITS,
    LABEL,
    AgentField,
    Field,
    NumberField,
    ResultTargetsField,
    TargetField,
    WayOut,
    WordField,
)
from ivr.domain.menu.prompt_fields import AudioField, OneAudioField
from ivr.domain.menu.question_fields import FlagField
from ivr.domain.menu.spoken import spoken_text
from ivr.domain.menu.value_fields import CaseTargetsField, HeadersField
from ivr.domain.menu.variables import REFERENCE_PATTERN

# Why nobody was reached.
CLOSED = "closed"
NOT_REACHED = ("busy", "no_answer", "declined", "unreachable", CLOSED, "full")
# A talk that has ended, whatever the agent reported of it.
ANSWERED = "answered"
# Whose number the one who is rung is shown.
CALLERS_OWN, NUMBER_DIALLED = "caller", "called"
# How people of a group ring.
IN_TURN, ALL, LONGEST_IDLE = "in_turn", "all", "longest_idle"
# Who of them is in the talk: the one who answers first, or all (ALL).
FIRST = "first"
# What is said when somebody joins may say who.
JOINED_PERSON = "joined.person"
LEAST_RING_S, LEAST_TALK_S = 5, 10

_NUMBER = r"\+[1-9][0-9]{6,14}"
_TO = re.compile(rf"(?:{_NUMBER}|{NEW_SIP_URI.pattern[1:-1]}|{REFERENCE_PATTERN})", re.ASCII)
_SHOWN = re.compile(rf"(?:{CALLERS_OWN}|{NUMBER_DIALLED}|{_NUMBER})", re.ASCII)
_KEY = re.compile(rf"[{re.escape(DTMF_DIGITS)}]", re.ASCII)


class ResultCasesField(CaseTargetsField):
    """A way out for each result."""

    def missing_text(self, way: WayOut) -> str:
        return f"{self.way_label(way.path)} leads to {way.target}, which does not exist: it counts as left out"


FIELDS: tuple[Field, ...] = (
    AgentField(
        name="agent",
        label="Agent",
        if_absent="The default agent",
        pattern=AGENT_NAME,
        code="invalid_agent",
        rule="an agent's name has 1 to 64 letters, digits, underscores or hyphens",
        description="See /agents; absent: the default agent (DIGITREE_AGENT_URI).",
    ),
    WordField(
        name="to",
        label="Number or address",
        hint="+14155550123, sip:desk@192.0.2.20, or a variable like {who.number}; in place of an agent.",
        pattern=_TO,
        code="invalid_to",
        rule="to is a telephone number with + and its country code, a SIP address, or one variable in braces, as in "
        "{number}",
        description="The number or address to ring instead of an agent: a telephone number over a trunk "
        "(`+14155550123`), a SIP address, or a variable (`{who.number}`) that has either.",
    ),
    WordField(
        name="people",
        label="People",
        hint="The name of a group; in place of an agent.",
        pattern=AGENT_NAME,
        code="invalid_people",
        rule="a group's name has 1 to 64 letters, digits, underscores or hyphens",
        description="The people to ring instead of an agent: those of this group of /people who are on duty.",
    ),
    ChoiceField(
        name="ring",
        label="Who rings first",
        options=(
            (IN_TURN, "One after the other"),
            (ALL, "All at once"),
            (LONGEST_IDLE, "Who has been idle for longest"),
        ),
        description="In which order people of a group ring. `all`: all at once; the first to answer has the call, "
        "and the others stop ringing.",
        more=True,
    ),
    ChoiceField(
        name="join",
        label="Who is in the talk",
        options=((FIRST, "The first who answers"), (ALL, "All who answer")),
        description="`all`: the people ring all at once, and all who answer are in one talk with the caller; it is "
        "over when the last of them or the caller leaves.",
        more=True,
    ),
    AudioField(
        name="joined_audio",
        more=True,
        label="Audio when somebody joins",
        if_absent="Two short tones",
        instead="two short tones",
        description="What all in the talk hear when somebody joins it (`join: all`); it may say the variable "
        "`joined.person`, their name.",
    ),
    spoken_text("joined_text", "joined_audio", "Text when somebody joins"),
    WordField(
        name="caller_id",
        label="Number shown",
        hint="caller, called, or a number of your own.",
        if_absent="The caller's",
        pattern=_SHOWN,
        code="invalid_caller_id",
        rule="caller_id is caller, called, or a telephone number with + and its country code",
        description="The number that who is rung sees: `caller` (the caller's own), `called` (the one that was "
        "dialled), or a number that comes by a trunk; in place of any other, that trunk's first is shown.",
        more=True,
    ),
    NumberField(
        name="ring_timeout_s",
        label="Rings for (s)",
        if_absent="The agent's own time",
        least=LEAST_RING_S,
        most=LONGEST_RING_S,
        default=None,
        step=1,
        code="invalid_ring_timeout",
        rule=f"ring_timeout_s is a whole number of seconds from {LEAST_RING_S} to {LONGEST_RING_S}",
        description="How long one address rings; absent: the agent's `ring_s`, of a number or an address 30 s.",
    ),
    WordField(
        name="outcome",
        label="Outcome",
        hint="A label of your own: the agent and the call record get it.",
        pattern=LABEL,
        code="invalid_outcome",
        rule="an outcome has 1 to 64 letters, digits and the characters _ . -",
        description="A label of your own: the agent gets it as X-IVR-Outcome, the call record keeps it.",
    ),
    OneAudioField(
        name="hold_audio",
        label="Audio while it rings",
        hint="An audio name of this menu.",
        if_absent="A ringing tone",
        instead="a ringing tone while they wait",
        description="The audio heard while the agent rings; absent: a ringing tone.",
    ),
    HeadersField(
        name="headers",
        more=True,
        label="Headers for the agent",
        hint="X-IVR-Account with the value {account}, for instance.",
        description="Headers of the INVITE, `X-IVR-...`, and their values, in which `{variable}` may stand; the "
        "values are percent-encoded.",
    ),
    AudioField(
        name="whisper_audio",
        more=True,
        label="Audio for who answers",
        if_absent="Nothing",
        instead="nothing in its place",
        description="What whoever answers hears before the caller is connected, who hears ringing meanwhile.",
    ),
    spoken_text("whisper_text", "whisper_audio", "Text for who answers"),
    WordField(
        name="accept_key",
        label="Key that takes the call",
        hint="No answering machine presses it.",
        if_absent="Whoever answers has the call",
        pattern=_KEY,
        code="invalid_accept_key",
        rule="accept_key is one key: a digit, * or #",
        description="A key by which whoever answers takes the call; without it in time that counts as no answer.",
        more=True,
    ),
    WordField(
        name="end_key",
        label="Key that ends the talk",
        hint="The caller goes on in the menu, as after the agent's hang-up.",
        if_absent="None",
        pattern=_KEY,
        code="invalid_end_key",
        rule="end_key is one key: a digit, * or #",
        description="A key by which the caller ends the talk and goes on in the menu; absent: none.",
        more=True,
    ),
    NumberField(
        name="max_talk_s",
        label="Longest talk (s)",
        if_absent="The agent's own time",
        least=LEAST_TALK_S,
        most=LONGEST_TALK_S,
        default=None,
        step=1,
        code="invalid_max_talk",
        rule=f"max_talk_s is a whole number of seconds from {LEAST_TALK_S} to {LONGEST_TALK_S:,}",
        description="When the talk is ended; absent: the agent's `max_talk_s`, of a number or an address half an "
        "hour.",
        more=True,
    ),
    FlagField(
        name="record",
        label="The talk is recorded",
        description="true: `audio` is the announcement that the talk is recorded; the talk is then kept as a sound, "
        "both sides. Without its file nothing is recorded.",
        more=True,
    ),
    ResultCasesField(
        name="case",
        label="By result",
        hint="busy, no_answer, declined, unreachable, answered, or a word of the agent's X-IVR-Result.",
        if_absent="The ways below",
        way_out="if",
        description="A node for each result, as the cases of a switch, before `fallback_node` and `on_agent_hangup`: "
        "`busy`, `no_answer`, `declined`, `unreachable` or `closed` (nobody of the people is on duty); after a talk "
        "the word of the agent's X-IVR-Result, or `answered`. Capitals make no difference.",
        more=True,
    ),
    TargetField(
        name="fallback_node",
        label="If no agent is available",
        if_absent="Apologise and hang up",
        way_out="no agent",
        if_missing="callers hear an apology if no agent is available",
        description="Where the call goes on when nobody can be had; absent: an apology and a hang-up.",
    ),
    ResultTargetsField(
        name="on_agent_hangup",
        label="After the agent has hung up",
        hint="By the agent's X-IVR-Result, if it sends one.",
        if_absent="The call ends",
        way_out="after the talk",
        if_missing="the call ends with the talk",
        description="Where the call goes on when the agent has hung up: a node, or a node for each X-IVR-Result "
        "of the agent, capitals or not, with `*` for any other and none; absent: the call ends.",
    ),
)
