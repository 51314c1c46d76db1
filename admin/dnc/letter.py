"""The letter that proves an opt-out to a person: sentences, in the language of the request and in a zone's time.

Nothing is read or stored here: `write_letter` makes sentences of facts, for whatever shows them. Texts of callers, of
menus and of carriers are in them as they came, to be escaped where they are shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo

from admin.dnc.proof import OptOutProof
from admin.http.filters import phone
from admin.http.language import date_in_words, language_name, moment_in_words, number_text, t, tn
from ivr.domain.dnc.events import DncEvent
from ivr.ports.dnc import Asked
from ivr.ports.firm import Firm

# More calls of the number than this are not counted.
MOST_CALLS = 1000


@dataclass(frozen=True, slots=True)
class CallFacts:
    """What the record of an opt-out's call says. `menu`: its name then; `said_after`: what the caller heard after the
    key; `we_called`: it was a call that we made."""

    test: bool = False
    we_called: bool = False
    menu: str | None = None
    said_after: str | None = None


@dataclass(frozen=True, slots=True)
class LetterFacts:
    """All that a letter is about. `calls`: of the events' calls, by their ids, as far as anything is known of them.
    Since the number is on the list: `asked`, how often the list was asked about it alone; `called_us`, its calls to
    us; `we_called`, when we dialled it."""

    proof: OptOutProof
    firm: Firm
    calls: Mapping[str, CallFacts]
    asked: Asked
    called_us: int
    we_called: Sequence[datetime]

    @property
    def is_test(self) -> bool:
        """Whether any of it came of a test call."""
        return any(each.test for each in self.calls.values())


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A sentence or several. `quote` stands below them word for word, in the language of this code."""

    text: str
    quote: str = ""
    quote_language: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    subject: str
    date: str
    greeting: str
    paragraphs: Sequence[Paragraph]
    closing: str
    test: str = field(default="")


def write_letter(facts: LetterFacts, zone: tzinfo) -> Letter:
    """`test` is what every page of it must say; empty for a real call's."""
    proof = facts.proof
    return Letter(
        t("Request not to be called: %(number)s", number=phone(proof.entry.number)),
        date_in_words(proof.stated_at, zone),
        t("To whom it may concern:"),
        list(_paragraphs(facts, zone)),
        t("This letter was written from our records. The technical record below lets anybody check them."),
        t("Test call: nobody real made this request") if facts.is_test else "",
    )


def _paragraphs(facts: LetterFacts, zone: tzinfo) -> Iterator[Paragraph]:
    listed = False
    for proved in facts.proof.events:
        event = proved.event
        if event.kind == "release":
            yield _released(event, zone)
            listed = False
            continue
        yield from _requested(event, facts.calls.get(event.call_id or "", CallFacts()), zone)
        if not listed:
            yield _effect(event, facts, zone)
        listed = True
    if listed:
        yield _since(facts, zone)


def _requested(event: DncEvent, call: CallFacts, zone: tzinfo) -> Iterator[Paragraph]:
    when = moment_in_words(event.pressed_at, zone)
    if event.source == "import":
        text = t("On %(when)s, we put this number on our do-not-call list from a file of numbers.", when=when)
        yield Paragraph(text)
    elif event.source == "api" or event.call_id is None:
        yield Paragraph(t("On %(when)s, we put this number on our do-not-call list by hand.", when=when))
    elif event.source == "agent":
        yield Paragraph(
            _of_call(event, call, when)
            + " "
            + t("The agent who spoke with the caller passed on that they do not want to be called again.")
        )
    elif event.source == "keyed":
        yield Paragraph(
            t(
                "On %(when)s, a caller whose telephone showed no number asked not to be called again, and keyed in"
                " %(number)s as their number.",
                when=when,
                number=phone(event.number),
            )
        )
        yield from _heard_and_pressed(event, call)
    else:
        yield Paragraph(_of_call(event, call, when))
        yield from _heard_and_pressed(event, call)


def _of_call(event: DncEvent, call: CallFacts, when: str) -> str:
    given = {"when": when, "number": phone(event.number or event.number_raw), "ours": phone(event.did)}
    if call.we_called:
        text = t("On %(when)s, we called %(number)s from our number %(ours)s.", **given)
    elif event.did:
        text = t("On %(when)s, somebody called our number %(ours)s from %(number)s.", **given)
    else:
        text = t("On %(when)s, we were in a call with %(number)s.", **given)
    if call.menu:
        text += " " + t("Our automatic telephone menu “%(menu)s” spoke with them.", menu=call.menu)
    return text


def _heard_and_pressed(event: DncEvent, call: CallFacts) -> Iterator[Paragraph]:
    if event.prompt_text and event.language:
        spoken = t("They heard these words, in %(language)s:", language=language_name(event.language))
        yield Paragraph(spoken, event.prompt_text, event.language)
    elif event.prompt_text:
        yield Paragraph(t("They heard these words:"), event.prompt_text)
    elif event.prompt_file:
        yield Paragraph(t("They heard a recording, which we keep; its file is named below."))
    if event.key:
        pressed = t("They pressed the key %(key)s.", key=event.key)
        if event.ms_into_question is not None:
            into = number_text(event.ms_into_question / 1000, 1)
            pressed = t(
                "They pressed the key %(key)s, %(seconds)s seconds after these words began.",
                key=event.key,
                seconds=into,
            )
        yield Paragraph(pressed)
    if call.said_after:
        yield Paragraph(t("They were then told:"), call.said_after, event.language or "")


def _effect(event: DncEvent, facts: LetterFacts, zone: tzinfo) -> Paragraph:
    of = facts.proof.list
    given = {"list": of.list_id, "seller": of.seller or ""}
    scope = {
        "all": t("The list “%(list)s” holds for all calls that we make.", **given),
        "seller": t("The list “%(list)s” holds for calls on behalf of %(seller)s.", **given),
        "list": t("The list “%(list)s” holds for the calls that use it.", **given),
    }[of.scope]
    began = t("From that moment on, the number has been on our do-not-call list.")
    if event.effective_at - event.pressed_at > timedelta(minutes=1):
        effective = moment_in_words(event.effective_at, zone)
        began = t("The number has been on our do-not-call list since %(when)s.", when=effective)
    deadline = t("The law gave us until %(day)s to honor this.", day=date_in_words(event.honour_by, zone))
    return Paragraph(" ".join((began, deadline, scope)))


def _released(event: DncEvent, zone: tzinfo) -> Paragraph:
    when = moment_in_words(event.pressed_at, zone)
    text = t("On %(when)s, the number was taken off the list. The reason given was:", when=when)
    return Paragraph(text, event.reason or t("none"))


def _still_listed() -> str:
    return t("Today the number is still on the list, and we do not call it.")


def _since(facts: LetterFacts, zone: tzinfo) -> Paragraph:
    said = [t("Today the number is still on the list.") if facts.we_called else _still_listed()]
    if facts.asked.listed:
        asked = tn(
            "Since then the list was asked about this number %(num)s time, and the answer was that it must not be"
            " called.",
            "Since then the list was asked about this number %(num)s times, and each time the answer was that it must"
            " not be called.",
            facts.asked.listed,
        )
        said.append(asked)
    if facts.we_called:
        last = moment_in_words(max(facts.we_called), zone)
        said.append(
            tn(
                "Our system has dialed it %(num)s time since then, on %(last)s.",
                "Our system has dialed it %(num)s times since then, the last time on %(last)s.",
                len(facts.we_called),
                last=last,
            )
        )
    else:
        said.append(t("Our system has not dialed it since then."))
    if facts.called_us:
        said.append(
            tn(
                "The number itself has called us %(num)s time since then.",
                "The number itself has called us %(num)s times since then.",
                facts.called_us,
            )
        )
    return Paragraph(" ".join(said))
