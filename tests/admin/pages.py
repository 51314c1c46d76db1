"""The requests of the page that promises this API, as data."""

from __future__ import annotations

from typing import Any

PAGE_TREE: dict[str, Any] = {
    "name": "Plumber Qualifier",
    "nodes": {
        "welcome": {
            "audio": "welcome.wav",
            "gather": {"1": "has_license", "9": "dnc"},
            "timeout_node": "welcome",
        },
        "has_license": {"audio": "license_check.wav", "gather": {"1": "service_area", "2": "unqualified"}},
        "service_area": {"audio": "area_check.wav", "gather": {"1": "transfer_ai", "2": "out_of_area"}},
        "transfer_ai": {"action": "transfer"},
        "unqualified": {"action": "hangup", "audio": "not_qualified.wav"},
        "out_of_area": {"action": "hangup", "audio": "wrong_area.wav"},
        "dnc": {"action": "suppress"},
    },
}
PAGE_PATCH: dict[str, Any] = {
    "nodes": {
        "welcome": {
            "audio": "welcome.wav",
            "gather": {"1": "has_license", "2": "hours", "9": "dnc"},
            "timeout_node": "welcome",
        }
    }
}
WELCOME_TEXT = "Thanks for calling. Press 1 if you are a licensed plumber, or press 9 to be removed from our list."
PAGE_DID = "+14155559876"


def is_page(path: str) -> bool:
    """Whether this path is for people with a browser, and so no part of the API."""
    return path in ("/", "/help") or path.startswith(("/ui/", "/help/"))
