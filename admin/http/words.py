"""The words that the pages show for stored values, one table per kind of value.

Every value that a page can show is here (tests compare each table with its enum), so that no page shows a blank or
words of its own. A value that a newer version wrote is shown as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from admin.http.language import later, t
from ivr.domain.alerts.settings import AlertKind
from ivr.domain.call_records import AttemptResult, HungUpBy, Ignored, Outcome, StepResult
from ivr.domain.channels.message import ChannelFailure, MessageState
from ivr.domain.channels.names import ChannelKind
from ivr.domain.dnc.events import EventKind, ListScope, Source
from ivr.domain.hours.model import Word as HoursWord
from ivr.domain.live_calls import LivePhase
from ivr.domain.outgoing.model import OrderState
from ivr.domain.reports.mailed import Every
from ivr.domain.roles import Role, Scope, ShownRole
from ivr.domain.services import Failure
from ivr.domain.telephones.model import RingResult, RingState
from ivr.domain.tickets import AgentBehaviour
from ivr.domain.tls_verdicts import Verdict
from ivr.domain.trunks.state import Standing
from ivr.domain.verstat import Verstat
from ivr.domain.webhooks import DeliveryState, WebhookEvent
from ivr.ports.menus import MenuStatus


@dataclass(frozen=True, slots=True)
class Word:
    """`tone`: the colour of its badge: good, warn, bad, accent, opted-out, or "" for none."""

    english: str
    tone: str = ""

    @property
    def text(self) -> str:
        """In the language of the page."""
        return t(self.english)


OUTCOMES: dict[Outcome, Word] = {
    Outcome.TRANSFERRED: Word("transferred to an agent", "good"),
    Outcome.AGENT_UNAVAILABLE: Word("no agent available", "warn"),
    Outcome.HUNG_UP: Word("menu hung up"),
    Outcome.OPTED_OUT: Word("opted out", "opted-out"),
    Outcome.NO_INPUT: Word("ended after silence", "warn"),
    Outcome.NO_MATCH: Word("ended after wrong keys", "warn"),
    Outcome.BUDGET_SPENT: Word("ended after too many questions", "warn"),
    Outcome.CALLER_HUNG_UP: Word("caller hung up"),
    Outcome.DISCONNECTED: Word("disconnected", "warn"),
    Outcome.REJECTED: Word("refused by the menu", "warn"),
    Outcome.UNASSIGNED: Word("number without a menu", "bad"),
    Outcome.OVER_CAPACITY: Word("refused, too many calls", "bad"),
    Outcome.OPT_OUT_FAILED: Word("opt-out not saved", "bad"),
    Outcome.FAILED: Word("technical failure", "bad"),
    Outcome.LOST: Word("cut off, end unknown", "bad"),
}
UNDER_WAY = Word("under way", "accent")
# What each of them means, in a sentence, for the glossary and beside the word.
OUTCOME_MEANINGS: dict[Outcome, str] = {
    Outcome.TRANSFERRED: later("The caller was handed to an agent or to a person, who answered."),
    Outcome.AGENT_UNAVAILABLE: later("The menu rang its agent, and none of the agent's addresses answered."),
    Outcome.HUNG_UP: later("The caller came to the end of the menu, which said goodbye and hung up."),
    Outcome.OPTED_OUT: later("The caller asked not to be called again; the number is on the do-not-call list."),
    Outcome.NO_INPUT: later("The caller pressed nothing, as often as the menu asks, and the menu hung up."),
    Outcome.NO_MATCH: later("The caller pressed keys that were not offered, as often as the menu allows it."),
    Outcome.BUDGET_SPENT: later("The caller went round in the menu for longer than one call may take."),
    Outcome.CALLER_HUNG_UP: later("The caller hung up before the menu came to an end."),
    Outcome.DISCONNECTED: later("The telephone network, or somebody on the page Live, ended the call."),
    Outcome.REJECTED: later("The menu refused the call before it was answered, so nobody paid for it."),
    Outcome.UNASSIGNED: later("The number leads to no menu: give it one on the page Numbers."),
    Outcome.OVER_CAPACITY: later("More calls came at once than a trunk or this installation may have."),
    Outcome.OPT_OUT_FAILED: later("The caller asked not to be called, but the wish could not be kept: see Health."),
    Outcome.FAILED: later("A failure of this installation ended the call: look at Health."),
    Outcome.LOST: later("The machine that led the call stopped, and how the call went on is not known."),
}

STEP_RESULTS: dict[StepResult, Word] = {
    "key": Word("key pressed"),
    "no_match": Word("wrong key", "warn"),
    "no_input": Word("silence", "warn"),
    "hang_up": Word("hung up"),
    "action": Word("the menu's end"),
    "moved": Word("sent to another node", "accent"),
    "played": Word("heard the message"),
    "skipped": Word("message without audio", "warn"),
    "lost": Word("cut off here", "bad"),
    "switch": Word("the menu chose"),
    "not_set": Word("no room for this variable", "bad"),
    "request": Word("a service was asked"),
    "each": Word("the next of a list"),
    "not_said": Word("this variable could not be said", "bad"),
    "listed": Word("put on a list of numbers", "accent"),
    "not_listed": Word("no number to put on a list", "warn"),
    "record": Word("recorded"),
    "hung_up": Word("done after the hang-up"),
    "sent": Word("a message was sent"),
    "callback": Word("asked to be called back"),
    "waited": Word("waited in a line"),
    "keys_sent": Word("keys sent"),
    "known": Word("the language was known"),
}
# Of a caller who is taken off a list.
UNLISTED = Word("taken off a list of numbers", "accent")
# Of a recording, by what ended it.
RECORDED: dict[str, Word] = {
    "key": Word("recorded until a key"),
    "silence": Word("recorded until silence"),
    "longest": Word("recorded as long as it may be"),
    "hang_up": Word("recorded until the hang-up"),
    "nothing": Word("nothing was said", "warn"),
    "full": Word("recorded in part: the disk is full", "bad"),
    "failed": Word("could not be recorded", "bad"),
    "call": Word("the call is recorded from here on", "accent"),
    "talk": Word("the talk is recorded", "accent"),
    "no_talk": Word("nobody talked, and nothing is recorded"),
    "no_call": Word("the call is not recorded", "bad"),
}
# Of an `each`, by its key.
EACH = {
    "next": Word("the next of a list"),
    "done": Word("the end of the list"),
    "empty": Word("an empty list"),
}
# Of a request that nobody waits for, by its value.
NOTICES = {
    "left": Word("a notice was left"),
    "not_left": Word("no notice could be left", "bad"),
}
# Of a message, by its value.
MESSAGES = {
    "left": Word("a message was left to be sent"),
    "not_left": Word("no message could be left", "bad"),
    "no_recipient": Word("nobody to send it to", "warn"),
}
IGNORED: dict[Ignored, Word] = {
    "not_offered": Word("not offered here", "warn"),
    "no_target": Word("leads nowhere yet", "warn"),
}
HUNG_UP_BY: dict[HungUpBy, Word] = {
    "caller": Word("the caller"),
    "us": Word("our side"),
    "agent": Word("the agent"),
}
DTMF_TYPES = {
    "rfc2833": Word("telephone events (RFC 4733)"),
    "info": Word("SIP INFO"),
    "none": Word("in-band tones"),
}
VERSTATS: dict[Verstat, Word] = {
    "passed_a": Word("verified: theirs to use (A)", "good"),
    "passed_b": Word("verified: of a known caller (B)", "good"),
    "passed_c": Word("verified: only passed on (C)", "warn"),
    "passed": Word("verified", "good"),
    "failed": Word("false: its signature does not hold", "bad"),
    "not_verified": Word("not verified", "warn"),
}
TRUNK_STANDINGS: dict[Standing, Word] = {
    "registered": Word("registered", "good"),
    "trying": Word("being tried", "warn"),
    "refused": Word("refused", "bad"),
    "answers": Word("answers", "good"),
    "silent": Word("does not answer", "bad"),
    "incoming": Word("takes calls"),
    "unknown": Word("not known", "warn"),
}
ATTEMPT_RESULTS: dict[AttemptResult, Word] = {
    "answered": Word("answered", "good"),
    "answered_silent": Word("answered without sound", "bad"),
    "vanished": Word("vanished during the talk", "bad"),
    "no_answer": Word("no answer", "warn"),
    "busy": Word("busy", "warn"),
    "declined": Word("declined", "warn"),
    "unreachable": Word("unreachable", "bad"),
    "cancelled": Word("cancelled", "warn"),
    "error": Word("failed", "bad"),
    "refused": Word("not rung", "bad"),
    "elsewhere": Word("another one answered"),
}
TLS_VERDICTS: dict[Verdict, Word] = {
    "wrong_name": Word("its certificate is for another name", "bad"),
    "wildcard_name": Word("its certificate is for a wildcard, which the agent does not allow", "bad"),
    "expired": Word("its certificate has expired", "bad"),
    "not_yet_valid": Word("its certificate is not valid yet", "bad"),
    "self_signed": Word("it signed its certificate itself", "bad"),
    "unknown_authority": Word("its certificate is of an unknown authority", "bad"),
    "bad_certificate": Word("its certificate is not accepted", "bad"),
    "no_tls": Word("it does not speak TLS 1.2", "bad"),
}
LIVE_PHASES: dict[LivePhase, Word] = {
    "asking": Word("at a question"),
    "bridging": Word("ringing an agent", "warn"),
    "talking": Word("with an agent", "good"),
    "ending": Word("ending"),
}
# The agent of a test call is simulated.
TEST_PHASES: dict[LivePhase, Word] = {
    **LIVE_PHASES,
    "bridging": Word("ringing a simulated agent", "warn"),
    "talking": Word("with a simulated agent", "good"),
}
AGENT_BEHAVIOURS: dict[AgentBehaviour, Word] = {
    "answers": Word("answers"),
    "busy": Word("is busy"),
    "declines": Word("declines"),
    "no_answer": Word("lets it ring"),
    "unreachable": Word("cannot be reached"),
}
RING_STATES: dict[RingState, Word] = {
    "dialling": Word("being dialled", "accent"),
    "ringing": Word("ringing", "accent"),
    "answered": Word("answered", "good"),
    "ended": Word("over"),
    "lost": Word("how it ended is not known", "bad"),
}
RING_RESULTS: dict[RingResult, Word] = {
    "answered": Word("answered", "good"),
    "busy": Word("busy", "warn"),
    "no_answer": Word("no answer", "warn"),
    "declined": Word("declined", "warn"),
    "refused": Word("refused by the carrier", "bad"),
    "unreachable": Word("not connected", "bad"),
    "hung_up": Word("hung up before an answer"),
}
ORDER_STATES: dict[OrderState, Word] = {
    "waiting": Word("waiting"),
    "dialling": Word("being dialled", "accent"),
    "ringing": Word("ringing", "accent"),
    "answered": Word("answered", "good"),
    "ended": Word("over"),
}
ORDER_RESULTS: dict[str, Word] = {
    **{str(name): word for name, word in RING_RESULTS.items()},
    "refused": Word("refused", "bad"),
    "cancelled": Word("cancelled"),
    "expired": Word("not made in its time", "warn"),
    "listed": Word("on a list that is not called", "warn"),
    "unknown": Word("how it ended is not known", "bad"),
}
WEBHOOK_EVENTS: dict[WebhookEvent, Word] = {
    "call.ended": Word("a call has ended, with its whole record"),
    "call.transferred": Word("an agent has answered the call"),
    "line.entered": Word("a caller waits in a line"),
    "line.left": Word("a caller waits no more"),
    "line.abandoned": Word("a caller hung up while they waited"),
    "outgoing.ended": Word("a call that was ordered is over, or was not made"),
    "dnc.added": Word("an opt-out, except those of imports"),
    "dnc.released": Word("a number was taken off a list"),
    "dnc.imported": Word("numbers of a file, once for all of them"),
    "ivr.changed": Word("a menu has a new version or other numbers, or is gone"),
    "agent.unreachable": Word("an agent cannot be reached, once in ten minutes for each address"),
    "trunk.away": Word("a trunk is not registered, or no host of it answers, for a minute"),
    "trunk.back": Word("a trunk that was away is back"),
    "chain.signed": Word("the head of a do-not-call list's chain, or of the audit log's, was signed"),
}
DELIVERY_STATES: dict[DeliveryState, Word] = {
    "waiting": Word("waiting", "warn"),
    "delivered": Word("delivered", "good"),
    "dead": Word("given up", "bad"),
}
MESSAGE_STATES: dict[MessageState, Word] = {
    "waiting": Word("waiting", "warn"),
    "delivered": Word("sent", "good"),
    "dead": Word("given up", "bad"),
    "not_sent": Word("not sent: opted out", "accent"),
}
OPT_OUT_SOURCES: dict[Source, Word] = {
    "ani": Word("in a call"),
    "keyed": Word("keyed in"),
    "api": Word("by hand"),
    "import": Word("imported"),
    "agent": Word("by an agent"),
}
EVENT_KINDS: dict[EventKind, Word] = {"opt_out": Word("opted out", "opted-out"), "release": Word("released", "good")}
ENTRY_STATES = {"listed": Word("listed", "bad"), "released": Word("released", "good")}
LIST_SCOPES: dict[ListScope, Word] = {
    "all": Word("everybody"),
    "seller": Word("one seller"),
    "list": Word("checks that name this list"),
}
MENU_STATUSES: dict[MenuStatus, Word] = {"draft": Word("no number yet"), "live": Word("live", "good")}
HOURS: dict[HoursWord, Word] = {
    "open": Word("open", "good"),
    "closed": Word("closed"),
    "holiday": Word("holiday", "accent"),
}
SERVICE_FAILURES: dict[Failure, Word] = {
    "timeout": Word("too slow", "bad"),
    "status": Word("refused by the service", "bad"),
    "not_json": Word("the answer is no JSON", "bad"),
    "too_large": Word("the answer is too large", "bad"),
    "refused": Word("this address may not be asked", "bad"),
    "unreachable": Word("cannot be reached", "bad"),
    "circuit_open": Word("left alone for a moment", "warn"),
    "unknown": Word("there is no such service", "bad"),
}
CHANNEL_KINDS: dict[ChannelKind, Word] = {
    "mail": Word("mail"),
    "sms": Word("text messages"),
    "chat": Word("chat"),
}
CHANNEL_FAILURES: dict[ChannelFailure, Word] = {
    "timeout": Word("too slow", "bad"),
    "unreachable": Word("cannot be reached", "bad"),
    "tls": Word("its encryption does not hold", "bad"),
    "status": Word("could not take it now", "bad"),
    "refused": Word("refused", "bad"),
    "login": Word("the login was refused", "bad"),
    "recipient": Word("no such recipient", "bad"),
    "secrets": Word("its secrets cannot be opened: give them again", "bad"),
    "sound": Word("its recording is not kept yet", "warn"),
    "unknown": Word("there is no such channel", "bad"),
    "opted_out": Word("on a do-not-call list", "accent"),
}
SCOPES: dict[Scope, Word] = {
    "read": Word(
        "see menus, prompts, numbers, agents, people, hours, lists, services, channels, trunks, telephones and the "
        "do-not-call lists"
    ),
    "write": Word(
        "change menus, prompts, numbers, people, hours, lists and plain agents; make test calls, also to telephones"
    ),
    "dnc": Word("list and release numbers, import files, make do-not-call lists"),
    "calls": Word("see who called when and what came of it; end and move live calls"),
    "people": Word("see and change people and call-backs, without the menus"),
    "admin": Word(
        "keys, users, webhooks, services, channels, trunks, telephones, agents with a URL or credentials, the audit "
        "log"
    ),
}

EVERY: dict[Every, Word] = {
    "day": Word("Every day"),
    "week": Word("Every week, on Monday"),
    "month": Word("Every month, on the first"),
}
ALERT_KINDS: dict[AlertKind, Word] = {
    "agent_down": Word("Agent cannot be reached", "bad"),
    "trunk_down": Word("Trunk is down", "bad"),
    "journal_old": Word("Call records wait", "warn"),
    "disk_low": Word("Disk is filling up", "warn"),
    "no_calls": Word("No calls, though usual", "bad"),
    "opt_outs": Word("Unusually many opt-outs", "warn"),
    "voice_down": Word("Voices do not answer", "warn"),
    "certificate": Word("Certificate is about to end", "warn"),
}
ALERT_MEANINGS: dict[AlertKind, Word] = {
    "agent_down": Word("So many of the last calls for an agent did not reach it."),
    "trunk_down": Word("A trunk is not registered, or its hosts do not answer, for so long."),
    "journal_old": Word("Records of calls wait for the database for so long. Calls go on meanwhile."),
    "disk_low": Word("So little room is left on the disk of the installation."),
    "no_calls": Word("No call came, though at least so many came in these hours of the last four weeks."),
    "opt_outs": Word("In a day with enough calls the share of callers who opt out is so many times the usual one."),
    "voice_down": Word("The speech process does not answer for so long: no new prompt can be spoken."),
    "certificate": Word("The certificate for calls over TLS ends within so many days."),
}
# What a role may do stands beside it (ROLE_MEANINGS).
ROLES: dict[ShownRole, Word] = {
    "owner": Word("Owner", "accent"),
    "editor": Word("Editor", "good"),
    "viewer": Word("Viewer"),
    "supervisor": Word("Agent supervisor", "good"),
    "custom": Word("Custom", "warn"),
}
ROLE_MEANINGS: dict[Role, Word] = {
    "owner": Word("Everything: menus, calls, users, keys, channels, trunks and settings."),
    "editor": Word("Menus, prompts, numbers, agents, people, hours, the do-not-call lists, calls and reports."),
    "viewer": Word("Looks at everything but users, keys and the audit log, and changes nothing."),
    "supervisor": Word("Live calls, people on duty, waiting lines, call-backs and call records; no menus."),
}


def word_of(table: Mapping[Any, Word], value: str) -> Word:
    """The word of a stored value, or the value itself where the table lacks it."""
    return table.get(value) or Word(value.replace("_", " "))


def meaning_of(outcome: str) -> str:
    """What an outcome means, in the language of the page; "" for one that a newer version wrote."""
    return t(next((text for known, text in OUTCOME_MEANINGS.items() if known == outcome), ""))


def options(table: Mapping[Any, Word]) -> list[tuple[str, str]]:
    """(value, text) pairs for a select or a script."""
    return [(str(value), word.text) for value, word in table.items()]
