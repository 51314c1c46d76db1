"""The firm as the API's JSON, and as the style sheet of the pages."""

from __future__ import annotations

from typing import Any

from admin.http.shown_firm import logo_url
from admin.http.views import maybe_time
from ivr.domain.colours import FirmColours, SchemeColours, firm_colours
from ivr.ports.firm import Firm


def firm_json(firm: Firm) -> dict[str, Any]:
    return {
        "name": firm.name,
        "contact": firm.contact,
        "colour": firm.colour,
        "colours": _colours_json(firm_colours(firm.colour)) if firm.colour else None,
        "logo": _logo_json(firm),
        "updated_at": maybe_time(firm.updated_at),
    }


def _logo_json(firm: Firm) -> dict[str, Any] | None:
    if firm.logo_sha256 is None:
        return None
    return {"type": firm.logo_type, "sha256": firm.logo_sha256, "url": logo_url(firm)}


def firm_css(firm: Firm) -> str:
    """Empty without a colour of its own."""
    if firm.colour is None:
        return ""
    found = firm_colours(firm.colour)
    both = [
        ("--accent", found.light.accent, found.dark.accent),
        ("--accent-hover", found.light.hover, found.dark.hover),
        ("--accent-ground", found.light.ground, found.dark.ground),
        ("--on-accent", found.light.on_accent, found.dark.on_accent),
    ]
    colours = "".join(f" {name}: light-dark({light}, {dark});" for name, light, dark in both)
    return (
        f":root {{{colours} }}\n"
        "button.primary, .button.primary"
        f" {{ background: {found.button}; border-color: {found.button}; color: {found.on_button}; }}\n"
        "button.primary:hover, .button.primary:hover"
        f" {{ background: {found.button_hover}; border-color: {found.button_hover}; color: {found.on_button}; }}\n"
    )


def _colours_json(found: FirmColours) -> dict[str, Any]:
    return {
        "button": found.button,
        "on_button": found.on_button,
        "light": _scheme_json(found.light),
        "dark": _scheme_json(found.dark),
    }


def _scheme_json(scheme: SchemeColours) -> dict[str, Any]:
    return {
        "accent": scheme.accent,
        "contrast": round(scheme.contrast, 2),
        "readable": scheme.is_readable,
    }
