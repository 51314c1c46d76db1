"""What is brought in, recognised by what it says: one reader for each source, and a line here."""

from __future__ import annotations

import json
from typing import Any

from ivr.domain.imports import freeswitch_ivr, swml
from ivr.domain.imports.connect import reader as connect
from ivr.domain.imports.freepbx import reader as freepbx
from ivr.domain.imports.freepbx import table as freepbx_table
from ivr.domain.imports.freepbx.archive import MAX_ARCHIVE_BYTES, is_archive
from ivr.domain.imports.report import Imported, NotReadable
from ivr.domain.imports.studio import flow as studio_flow
from ivr.domain.imports.studio import reader as studio
from ivr.domain.imports.verbs import building, jambonz, twiml
from ivr.domain.imports.verbs.verb import Verb
from ivr.domain.imports.xml_text import parse_xml
from ivr.domain.imports.yaml_text import parse_yaml

MAX_BYTES = 4_000_000
SOURCES = {
    studio_flow.SOURCE: "Twilio Studio",
    twiml.SOURCE: "Twilio TwiML",
    connect.SOURCE: "Amazon Connect",
    freeswitch_ivr.SOURCE: "FreeSWITCH, FusionPBX",
    freepbx.SOURCE: "FreePBX",
    jambonz.SOURCE: "jambonz",
    swml.SOURCE: "SignalWire SWML",
}
_NO_SOURCE = (
    "this is none of what can be brought in: a flow of Twilio Studio or Amazon Connect as JSON, documents of TwiML, "
    "jambonz or SWML as JSON or YAML, ivr.conf.xml of FreeSWITCH or FusionPBX, or a backup of FreePBX"
)
_MAIN = "/"


def most_bytes(content: bytes) -> int:
    """How large a file that begins so may be."""
    return MAX_ARCHIVE_BYTES if is_archive(content) else MAX_BYTES


def import_menu(content: bytes, name: str = "") -> Imported:
    """The menu that a file says, whatever it comes from. Raises NotReadable."""
    if is_archive(content):
        return freepbx.read_backup(content, name)
    if len(content) > MAX_BYTES:
        raise NotReadable(f"this has {len(content):,} bytes; {MAX_BYTES:,} are read at most")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotReadable(
            f"this is no text in UTF-8: byte {error.start} cannot be read; bring the JSON, YAML, XML or CSV file "
            "itself, not a picture, a PDF or a ZIP of it"
        ) from None
    if not text.strip():
        raise NotReadable("this is empty")
    try:
        return _read_text(text, name)
    except RecursionError:
        raise NotReadable("this is nested too deep to be read") from None


def _read_text(text: str, name: str) -> Imported:
    start = text.lstrip()[:1]
    if start == "<":
        return _read_xml(text, name)
    if freepbx_table.reads(text):
        return freepbx.read(freepbx_table.document_of(text.lstrip()), name)
    return _read_json(_parse_json(text) if start in ("{", "[") else parse_yaml(text), name)


def _parse_json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise NotReadable(f"this is neither XML nor JSON: {error}") from None


def _read_xml(text: str, name: str) -> Imported:
    root = parse_xml(text)
    if twiml.reads(root):
        return building.read({_MAIN: twiml.verbs_of(root)}, twiml.SOURCE, name)
    if freeswitch_ivr.reads(root):
        return freeswitch_ivr.read(root, name)
    raise NotReadable(_NO_SOURCE)


def _read_json(document: Any, name: str) -> Imported:
    if isinstance(document, dict) and isinstance(document.get("definition"), dict):
        document = document["definition"]
    if isinstance(document, dict) and isinstance(document.get("ContactFlow"), dict):
        document = document["ContactFlow"]
    if isinstance(document, dict) and isinstance(document.get("Content"), str):
        document = _parse_json(document["Content"])
    if studio.reads(document):
        return studio.read(document, name)
    if connect.reads(document):
        return connect.read(document, name)
    if swml.reads(document):
        return swml.read(document, name)
    if jambonz.reads(document):
        return building.read({_MAIN: jambonz.verbs_of(document)}, jambonz.SOURCE, name)
    if freepbx.reads(document):
        return freepbx.read(document, name)
    if isinstance(document, dict) and document and all(each.startswith("/") for each in document):
        return _read_documents(document, name)
    raise NotReadable(_NO_SOURCE)


def _read_documents(texts: dict[str, Any], name: str) -> Imported:
    """Several documents by their addresses, of which the first answers the call."""
    documents: dict[str, list[Verb]] = {}
    sources = set()
    for address, each in texts.items():
        if isinstance(each, str):
            documents[address] = twiml.verbs_of(parse_xml(each))
            sources.add(twiml.SOURCE)
        else:
            documents[address] = jambonz.verbs_of(each)
            sources.add(jambonz.SOURCE)
    if len(sources) > 1:
        raise NotReadable("these documents are of two kinds: TwiML as texts, and arrays of jambonz")
    return building.read(documents, sources.pop(), name)
