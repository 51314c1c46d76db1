"""A proof as a page to print: a letter, and below it the technical record. It needs nothing from elsewhere."""

from __future__ import annotations

import base64
import hashlib
from datetime import tzinfo
from functools import cache
from importlib.resources import files

from flask import Response, render_template
from markupsafe import Markup

from admin.dnc.letter import write_letter
from admin.dnc.letter_facts import Sources, gather
from admin.dnc.proof import HOW_TO_CHECK, OptOutProof
from admin.dnc.views import list_json, proof_json
from admin.http.language import current
from admin.http.services import Services
from ivr.domain.colours import firm_colours
from ivr.ports.calls import CallStore
from ivr.ports.dnc import DncStore
from ivr.ports.firm import FirmStore, Logo
from ivr.ports.menu_versions import VersionStore
from ivr.ports.outgoing import OrderStore

_INK = "#333333"


def printed_proof(services: Services, proof: OptOutProof, zone: tzinfo) -> Response:
    """In the language of the request."""
    sources = Sources(
        services.get(DncStore), services.get(CallStore), services.get(VersionStore), services.get(OrderStore)
    )
    firm = services.get(FirmStore).get()
    ink = firm_colours(firm.colour).light.accent if firm.colour else _INK
    style = f":root {{ --ink: {ink}; }}\n{_style()}"
    page = render_template(
        "proof.html",
        letter=write_letter(gather(proof, firm, sources), zone),
        firm=firm,
        logo=_inline(services.get(FirmStore).logo()) if firm.logo_sha256 else None,
        style=Markup(style),  # noqa: S704 - our own file, after a colour
        page_language=current().language,
        proof=proof_json(proof),
        of=list_json(proof.list),
        how=HOW_TO_CHECK,
    )
    response = Response(page.encode("utf-8", "replace"), content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = _policy(style)
    return response


@cache
def _style() -> str:
    return (files("admin") / "static" / "proof.css").read_text()


def _inline(logo: Logo | None) -> str | None:
    if logo is None:
        return None
    return f"data:{logo.type};base64,{base64.b64encode(logo.content).decode()}"


def _policy(style: str) -> str:
    """Nothing but this style and pictures in the page itself."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; frame-ancestors 'none'"
