"""The sentence beside each field of a form whose template has none of its own.

By the page's resource (`/ui/agents/...`) and the field's name. The macros of `macros.html` show it; fields that a
template writes itself ask for it by `help_of`. A test goes through the forms and names the fields without one.
"""

from __future__ import annotations

from collections.abc import Mapping

from admin.http.language import later, t
from admin.http.page import ROOT, Page

FIELD_HELP: Mapping[str, Mapping[str, str]] = {
    "agents": {
        "max_talk_s": later("The call ends then, so that a forgotten line costs no more."),
        "username": later("Only where the address asks for a log-in."),
        "password": later("Stored encrypted, never shown."),
        "header_style": later("How the call's context is written; it depends on what the agent's side reads."),
        "srtp": later("Whether the sound to the agent is encrypted: never, where it can be, or always."),
        "tls_verify": later("Which name the certificate of a TLS address must have."),
    },
    "numbers": {
        "did": later("A number whose calls your carrier delivers to your switch."),
        "ivr_id": later("What callers of this number hear, from the next call on."),
    },
    "trunks": {
        "kind": later("By its addresses, or by a log-in that we keep up: your carrier says which."),
        "username": later("As your carrier wrote it for this account, often the number itself."),
        "transport": later("UDP is usual; TLS encrypts who calls whom."),
        "srtp": later("Whether the sound is encrypted on this trunk; it needs TLS to be of use."),
        "lookup": later("In the order written, or as the names in DNS say."),
        "expiry_s": later("How long a log-in holds; it is renewed before. Empty: as usual."),
        "auth_username": later("Only where the carrier wants another name than the user name for the log-in."),
        "caller_in": later("How the carrier writes callers' numbers, so that they are read right."),
        "caller_out": later("How the carrier wants the numbers that we call."),
        "dialled_in": later("Where in the INVITE the carrier writes which of your numbers was called."),
        "dtmf": later("How the carrier sends pressed keys; RFC 4733 is usual."),
        "per_caller_per_s": later("More calls of one number are refused. Empty: no limit."),
    },
    "services": {
        "url": later("Where the question is sent while the caller waits; https, but inside your own network."),
    },
    "hours": {
        "zone": later("Whose clock the week and the dates go by, such as America/Phoenix."),
        "country": later("Its public holidays close the office without a line of your own."),
    },
    "channels": {
        "host": later("The server that takes your mail, as your provider names it."),
        "security": later("How the connection is encrypted; your provider says which, and by which port."),
        "from": later("Who the message comes from; your provider must know it as yours."),
    },
    "people": {
        "duty": later("Whether calls ring this person now; “by opening hours” decides at each call."),
        "hours": later("Asked only when they are on duty by opening hours."),
    },
    "keys": {
        "name": later("So that you know later which program uses it."),
        "days": later("After that it is refused; a new key takes its place."),
    },
}


def help_of(page: Page, name: str) -> str:
    """The sentence of this field in the reader's language; "" where there is none."""
    resource = page.here.removeprefix(f"{ROOT}/").partition("/")[0]
    return t(FIELD_HELP.get(resource, {}).get(name, ""))
