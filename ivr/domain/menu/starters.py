"""Menus to begin with: whole documents with the words of their prompts, to be changed at will.

A starter is what `parse_menu` reads. `{name}` in a text stands for the owner's business name.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Starter:
    """`about` says what it does for callers, `note` what it cannot do."""

    id: str
    title: str
    about: str
    nodes: Mapping[str, Mapping[str, Any]]
    note: str = ""
    languages: tuple[str, ...] = ()

    def document(self, name: str) -> dict[str, Any]:
        """The body of POST /ivr for a menu of this name."""
        nodes = {node_id: dict(copy.deepcopy(node)) for node_id, node in self.nodes.items()}
        for node in nodes.values():
            if isinstance(node.get("text"), dict):
                node["text"] = {language: each.replace("{name}", name) for language, each in node["text"].items()}
            elif "text" in node:
                node["text"] = node["text"].replace("{name}", name)
        spoken = {"languages": list(self.languages)} if self.languages else {}
        return {"name": name, **spoken, "nodes": nodes}


def _said(node_id: str, text: str, **fields: Any) -> dict[str, Any]:
    return {"audio": f"{node_id}.wav", "text": text, **fields}


def _in_both(node_id: str, english: str, spanish: str, **fields: Any) -> dict[str, Any]:
    audio = {"en": f"{node_id}-en.wav", "es": f"{node_id}-es.wav"}
    return {"audio": audio, "text": {"en": english, "es": spanish}, **fields}


_OPT_OUT = {"dnc": {"action": "suppress"}}

STARTERS = (
    Starter(
        "qualifier",
        "Qualifier",
        "Asks homeowners two questions, hands those you can help to an agent, thanks the others, lets all opt out.",
        {
            "welcome": _said(
                "welcome",
                "Hi, thanks for calling {name}. If you would like help with your home, press 1. "
                "If you do not want calls from us, press 9.",
                gather={"1": "owner", "9": "dnc"},
                timeout_node="welcome",
            ),
            "owner": _said(
                "owner",
                "Do you own the home? Press 1 for yes, or 2 for no.",
                gather={"1": "area", "2": "not_owner"},
            ),
            "area": _said(
                "area",
                "Is the home within thirty miles of our office? Press 1 for yes, or 2 for no.",
                gather={"1": "agent", "2": "out_of_area"},
            ),
            "agent": {"action": "transfer", "outcome": "qualified", "fallback_node": "call_back"},
            "call_back": _said(
                "call_back",
                "All of our team members are helping other customers right now. "
                "Please call again in a little while. Goodbye.",
                action="hangup",
            ),
            "not_owner": _said(
                "not_owner",
                "Thank you. We need to speak with the owner of the home. Please ask them to call us. Goodbye.",
                action="hangup",
            ),
            "out_of_area": _said(
                "out_of_area", "Thank you for calling. We do not work in your area yet. Goodbye.", action="hangup"
            ),
            **_OPT_OUT,
        },
    ),
    Starter(
        "opt_out",
        "Opt-out line",
        "A number to call to be left alone: one key puts the caller on the do-not-call list.",
        {
            "welcome": _said(
                "welcome",
                "You have reached {name}. If you do not want calls from us anymore, press 9.",
                gather={"9": "dnc"},
                timeout_node="welcome",
            ),
            **_OPT_OUT,
        },
    ),
    Starter(
        "hours",
        "Opening hours",
        "Tells the hours, hands callers to an agent, and says that you are closed when nobody picks up.",
        {
            "welcome": _said(
                "welcome",
                "Thanks for calling {name}. To speak with someone, press 1. For our hours, press 2.",
                gather={"1": "agent", "2": "hours"},
                timeout_node="agent",
            ),
            "hours": _said(
                "hours",
                "We are open Monday through Friday, from 9 AM to 5 PM. To speak with someone, press 1. "
                "To hear this again, press 2.",
                gather={"1": "agent", "2": "hours"},
            ),
            "agent": {"action": "transfer", "fallback_node": "closed"},
            "closed": _said(
                "closed",
                "We are closed right now. Please call us Monday through Friday, between 9 AM and 5 PM. Goodbye.",
                action="hangup",
            ),
        },
        note="It does not look at opening hours: it tries your agent at any time and says that you are closed when "
        "nobody answers. To have it look, make some under Hours and add a switch on them.",
    ),
    Starter(
        "switchboard",
        "Simple switchboard",
        "One question, three desks. Each desk is an agent of its own; until you make them, the default one answers.",
        {
            "welcome": _said(
                "welcome",
                "Thanks for calling {name}. For sales, press 1. For support, press 2. For anything else, press 0.",
                gather={"1": "sales", "2": "support", "0": "office"},
                timeout_node="office",
            ),
            "sales": {"action": "transfer", "agent": "sales", "fallback_node": "busy"},
            "support": {"action": "transfer", "agent": "support", "fallback_node": "busy"},
            "office": {"action": "transfer", "fallback_node": "busy"},
            "busy": _said(
                "busy",
                "Everyone is helping other customers right now. Please call again in a few minutes. Goodbye.",
                action="hangup",
            ),
        },
    ),
    Starter(
        "bilingual",
        "English and Spanish",
        "Asks for the language first, then speaks it to the end: an agent, or the do-not-call list.",
        {
            "language": {"action": "ask_language", "next": "welcome"},
            "welcome": _in_both(
                "welcome",
                "Thanks for calling {name}. To speak with someone, press 1. "
                "If you do not want calls from us, press 9.",
                "Gracias por llamar a {name}. Para hablar con una persona, oprima el 1. "
                "Si no quiere recibir más llamadas nuestras, oprima el 9.",
                gather={"1": "agent", "9": "dnc"},
                timeout_node="agent",
            ),
            "agent": {"action": "transfer", "fallback_node": "call_back"},
            "call_back": _in_both(
                "call_back",
                "Everyone is helping other customers right now. Please call again in a few minutes. Goodbye.",
                "En este momento todos están atendiendo a otros clientes. Por favor, llame de nuevo en unos minutos. "
                "Hasta luego.",
                action="hangup",
            ),
            "dnc": _in_both(
                "dnc",
                "You are on our do-not-call list now. We will not call this number again. Goodbye.",
                "Ya está en nuestra lista de no llamar. No volveremos a llamar a este número. Hasta luego.",
                action="suppress",
            ),
        },
        note="Its Spanish prompts want a voice that speaks Spanish: see Voices.",
        languages=("en", "es"),
    ),
    Starter(
        "blank",
        "Blank",
        "One question and one end, to draw the rest yourself.",
        {
            "welcome": _said("welcome", "Thanks for calling {name}. To continue, press 1.", gather={"1": "end"}),
            "end": {"action": "hangup"},
        },
    ),
)


def find_starter(starter_id: str) -> Starter | None:
    return next((each for each in STARTERS if each.id == starter_id), None)
