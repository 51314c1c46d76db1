"""A flow as somebody would bring it in: something of it fits, something changes, something has no counterpart."""

from __future__ import annotations

from typing import Any


def flow(sound: str = "https://media.example.com/welcome.mp3") -> dict[str, Any]:
    """Of Twilio Studio; its first widget plays this sound."""

    def widget(name: str, kind: str, given: dict[str, Any], **ways: str) -> dict[str, Any]:
        transitions = [{"event": event, "next": target} for event, target in ways.items()]
        return {"name": name, "type": kind, "properties": given, "transitions": transitions}

    return {
        "description": "Hill Roofing",
        "initial_state": "Trigger",
        "states": [
            widget("Trigger", "trigger", {}, incomingCall="hello"),
            widget("hello", "say-play", {"play": sound}, audioComplete="order"),
            widget("order", "make-http-request", {"method": "POST", "url": "https://crm.example.com/orders"},
                   success="ask", failed="ask"),
            widget("ask", "gather-input-on-call",
                   {"say": "For sales press 1.", "number_of_digits": 1, "timeout": 5, "speech_model": "default"},
                   keypress="pay", timeout="pay", speech="pay"),
            widget("pay", "capture-payments", {}),
        ],
    }  # fmt: skip
