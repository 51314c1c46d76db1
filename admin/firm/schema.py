"""Requests and answers of /firm, as pydantic models."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from admin.http.answers import Answered, Time
from admin.http.messages import Form
from admin.http.models import PLAIN_NAME, PLAIN_NAME_FORM, Request
from ivr.domain.colours import COLOUR
from ivr.domain.plain_names import TURNING

MAX_NAME, MAX_CONTACT = 80, 400
_LINES = rf"^[^\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029{TURNING}]*$"
_Name = Annotated[str, StringConstraints(max_length=MAX_NAME, pattern=f"^$|{PLAIN_NAME}"), PLAIN_NAME_FORM]
_Contact = Annotated[
    str,
    StringConstraints(max_length=MAX_CONTACT, pattern=_LINES),
    Form("an address has lines of plain text, without control characters"),
]
_Colour = Annotated[
    str,
    StringConstraints(pattern=f"^{COLOUR.pattern.replace('[0-9a-f]', '[0-9A-Fa-f]')}$"),
    Form("a colour is # and six digits or letters from a to f, as in #0b6e66"),
]
NAME = "as pages, proofs and mails have it; empty: Digitree"
CONTACT = "postal address, telephone and the like, in lines; on proofs"


class PutFirm(Request):
    name: _Name = Field(description=NAME)
    contact: _Contact = Field(default="", description=CONTACT)
    colour: _Colour | None = Field(default=None, description="null: Digitree's own", examples=["#0b6e66"])


class SchemeSchema(Answered):
    accent: str = Field(description="of text and lines: the firm's colour, or the nearest one that can be read")
    contrast: float = Field(description="the least that the firm's own colour has beside the page's grounds")
    readable: bool = Field(description="whether that is the 4.5 that WCAG AA asks for")


class FirmColoursSchema(Answered):
    button: str
    on_button: str = Field(description="of the text on a button: black or white")
    light: SchemeSchema
    dark: SchemeSchema


class LogoSchema(Answered):
    type: str = Field(description="image/png or image/svg+xml")
    sha256: str
    url: str = Field(description="where everybody can see it, as the log-in page has it")


class FirmSchema(Answered):
    name: str = Field(description=NAME)
    contact: str = Field(description=CONTACT)
    colour: str | None
    colours: FirmColoursSchema | None = Field(description="what pages make of the colour; null: Digitree's own")
    logo: LogoSchema | None
    updated_at: Time | None = Field(description="null: nothing was set yet")
