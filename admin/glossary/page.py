"""The glossary: each word of the pages with one sentence, and the outcomes of calls with their names in the API."""

from __future__ import annotations

from flask import Response

from admin.http.language import later, t
from admin.http.page import Page, Pages
from admin.http.words import OUTCOME_MEANINGS, OUTCOMES

pages = Pages()

# (word, what it means)
WORDS: tuple[tuple[str, str], ...] = (
    (later("Menu"), later("What a caller is led through: greetings, questions, transfers and goodbyes.")),
    (later("Node"), later("One step of a menu: a question, a message, a transfer, a goodbye.")),
    (later("Prompt"), later("What a caller hears at a step, spoken by a voice or recorded by you.")),
    (later("Outdated prompt"),
     later("Its text was changed after it was spoken: callers hear the old words until it is spoken again.")),
    (later("Key"), later("What a caller presses on the telephone: 0 to 9, the star and the pound sign.")),
    (later("Number"), later("A telephone number of yours; it leads to one menu.")),
    (later("Agent"),
     later("Who gets a caller whom a menu transfers: a telephone number, or an AI agent or call "
           "centre by its address.")),
    (later("Address of an agent"),
     later("Where an agent is reached: a telephone number, or a SIP address that its vendor gives you.")),
    (later("Attempt"), later("Ringing one address of an agent once.")),
    (later("Simulated agent"), later("On a test call the phone of the page plays the agent, so nobody is rung.")),
    (later("Person"), later("Somebody of yours who is rung by name or by group, instead of an agent.")),
    (later("Waiting line"), later("Callers who wait until a person of a group is free.")),
    (later("Call-back"), later("A caller's wish to be called instead of waiting.")),
    (later("Hours"), later("When you are open; a menu may ask for them and lead callers another way.")),
    (later("List"), later("Numbers that a menu tells apart, such as good customers or callers you block.")),
    (later("Do-not-call list"),
     later("Numbers of people who asked not to be called. Each entry has a proof that cannot be "
           "changed later.")),
    (later("Released number"), later("It was on the do-not-call list and was taken off it; its history stays.")),
    (later("Trunk"), later("The connection to your telephone carrier or PBX, by which calls come and go.")),
    (later("Registered trunk"), later("The carrier knows where this installation is, and sends calls here.")),
    (later("Service"), later("A system of yours that a menu asks during a call, such as a customer database.")),
    (later("Channel"), later("A way by which menus send mail, text messages or words to a chat.")),
    (later("Test call"), later("A call that you make to try a menu; it counts in no report.")),
    (later("Needed no agent"),
     later("Calls that the menu settled by itself, or whose caller hung up there: no agent was paid "
           "for them.")),
    (later("Slowest tenth"), later("Nine of ten callers took less time than this at a step.")),
    (later("Scope"),
     later("What a user or an API key may do: look, change, see calls, keep the do-not-call lists, or "
           "manage.")),
    (later("Webhook"),
     later("An address of yours that is told when something happens, such as the end of a call.")),
)  # fmt: skip


@pages("GET", "/glossary", scope="read")
def show_glossary(page: Page) -> Response:
    outcomes = [(str(name), word, t(OUTCOME_MEANINGS[name])) for name, word in OUTCOMES.items()]
    terms = sorted(((t(word), t(meaning)) for word, meaning in WORDS), key=lambda each: each[0].casefold())
    return page.render("glossary.html", outcomes=outcomes, terms=terms)
