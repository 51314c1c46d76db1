"""Where the pages lead to in the site at /help: for the page itself, a field, a warning of a menu, an error, a cause.

Each is `page#section` there. A test goes through all of them and names those without their page or their anchor.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import request

from admin.http.causes import CAUSES as CAUSES_OF_THE_SWITCH
from admin.http.causes import SIP
from admin.http.page import ROOT

HELP = "/help"
WARNINGS, ERRORS, CAUSES = "menu-warnings", "errors", "causes"

# By the first part of a page's path, or the first two where a part of a page has a section of its own.
PAGE_HELP: Mapping[str, str] = {
    "account": "operations#log-ins",
    "agents": "agents",
    "alerts": "alerts#alerts",
    "audit": "operations#who-may-do-what",
    "bin": "glossary#words",
    "callbacks": "menu-language#call-back",
    "calls": "reports#what-a-call-record-has",
    "calls-out": "calls-out",
    "channels": "channels",
    "dashboard": "reports#dashboard",
    "dnc": "opt-out",
    "firm": "overview#logging-in",
    "funnel": "reports#funnel",
    "glossary": "glossary",
    "health": "failures",
    "hours": "hours",
    "keys": "operations#who-may-do-what",
    "lines": "reports#lines",
    "lists": "lists",
    "live": "reports#what-a-call-record-has",
    "login": "operations#log-ins",
    "mailed-reports": "alerts#reports-by-mail",
    "menus": "overview#your-own-menu",
    "money": "reports#money",
    "numbers": "first-carrier",
    "people": "people",
    "preferences": "operations#log-ins",
    "services": "services",
    "sounds": "sounds",
    "telephones": "telephones",
    "time-zone": "reports",
    "trunks": "carriers",
    "users": "operations#who-may-do-what",
    "voices": "voices",
    "webhooks": "operations#webhooks",
    "words": "spoken-texts#words-of-your-own",
}
# Of the tabs of a menu's page.
TAB_HELP: Mapping[str, str] = {
    "edit": "menu-language",
    "prompts": "recordings",
    "call": "overview#call-it-on-the-page-and-keep-the-call-as-a-test",
    "tests": "menu-tests",
    "versions": "api#draft-and-publish",
    "funnel": "reports#funnel",
    "answers": "reports#what-callers-answered",
}
# By the page's resource and the field's name, as FIELD_HELP has them.
FIELD_LINKS: Mapping[str, Mapping[str, str]] = {
    "agents": {
        "header_style": "agents#by-vendor",
        "srtp": "agents#encrypted",
        "tls_verify": "agents#encrypted",
        "ring_timeout_s": "agents#resting-targets",
        "prepare_url": "agents#prepare-url",
        "prepare_secret": "agents#prepare-url",
    },
    "trunks": {
        "kind": "carriers#two-kinds",
        "srtp": "dialplan#tls-and-srtp",
        "transport": "carriers#fields",
        "allowed": "carriers#who-may-call",
        "caller_in": "carriers#fields",
        "caller_out": "carriers#fields",
        "dialled_in": "carriers#fields",
        "dtmf": "carriers#fields",
        "calls_at_once": "carriers#limits",
        "per_caller_per_s": "carriers#limits",
    },
    "services": {
        "url": "services#which-addresses-are-allowed",
        "headers": "services#what-it-is-sent",
        "timeout_s": "services#what-counts-as-an-answer",
        "cache_s": "services#what-counts-as-an-answer",
    },
    "people": {"duty": "people#on-duty-by-a-call", "groups": "people#how-they-ring"},
    "numbers": {"did": "carriers#before-the-first-call"},
    "keys": {"days": "operations#who-may-do-what"},
}


def help_url(section: str) -> str:
    """The address of `page#section`."""
    page, _, anchor = section.partition("#")
    return f"{HELP}/{page}/" + (f"#{anchor}" if anchor else "")


def help_of_page(path: str) -> str:
    """The address of what explains the page at this path."""
    first, _, rest = path.removeprefix(f"{ROOT}/").partition("/")
    tab = rest.partition("/")[2] if first == "menus" else ""
    section = TAB_HELP.get(tab) or PAGE_HELP.get(first)
    return help_url(section) if section else f"{HELP}/"


def help_of_field(path: str, name: str) -> str:
    """The address of what explains this field of the page at this path; "" where its sentence is enough."""
    resource = path.removeprefix(f"{ROOT}/").partition("/")[0]
    section = FIELD_LINKS.get(resource, {}).get(name)
    return help_url(section) if section else ""


def help_of_warning(code: str) -> str:
    return help_url(f"{WARNINGS}#{code}")


def help_of_cause(code: int | str | None) -> str:
    """Of a SIP status, or of a cause as the switch names it; "" where none was told."""
    why = SIP.get(code) if isinstance(code, int) else CAUSES_OF_THE_SWITCH.get(code or "")
    return help_url(f"{CAUSES}#{code}") if why not in (None, "over") else ""


# As the templates name them.
HELP_OF: Mapping[str, Callable[..., str]] = {
    "help_here": lambda: help_of_page(request.path),
    "help_of_field": lambda name: help_of_field(request.path, name),
    "help_of_warning": help_of_warning,
    "help_of_cause": help_of_cause,
}
