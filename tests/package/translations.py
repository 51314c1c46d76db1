"""`python -m tests.package.translations`: brings the catalogues of admin/translations up to the sources.

New texts are added without a translation, and texts that no source has any more are removed.
tests/package/test_translations.py fails until each has its translation.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

from admin.http.language import LANGUAGES, catalogue_path
from admin.users.api import WRONG_CODE
from ivr.domain.agent_vendors import AGENT_PRESETS
from ivr.domain.channels.presets import PRESETS as CHANNEL_PRESETS
from ivr.domain.menu.change_summary import TEXTS as CHANGE_TEXTS
from ivr.domain.menu.fields import TargetField
from ivr.domain.menu.kinds import KINDS
from ivr.domain.menu.prompt_fields import AudioField
from ivr.domain.menu.starters import STARTERS
from ivr.domain.trunks.carriers import PRESETS as CARRIERS
from tts.library.licences import NOTES as LICENCE_NOTES
from tts.library.licences import UNKNOWN as UNKNOWN_LICENCE

ROOT = Path(__file__).parents[2]
DOMAINS = ("messages", "scripts")
# Each of the languages that is not written in the sources.
TRANSLATED = tuple(language for language in LANGUAGES if language != "en")
# The report of `digitree report` is a file of its own, in English.
_LEFT_OUT = frozenset({"report.html"})
_PYTHON: dict[str, Any] = {"t": None, "later": None, "Word": None, "tn": (1, 2)}
_TEMPLATE: dict[str, Any] = {
    "_": None,
    "t": None,
    "tn": (1, 2),
    "gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
}
# t("..."), also where it is written in parts: t("..." + "...").
_PART = r'"(?:[^"\\\n]|\\.)*"'
_CALL = re.compile(rf"\bt\(\s*({_PART}(?:\s*\+\s*{_PART})*)")


def sources(domain: str) -> list[Path]:
    if domain == "messages":
        found = [*ROOT.glob("admin/**/*.py"), *ROOT.glob("admin/*/templates/*.html")]
        return sorted(each for each in found if each.name not in _LEFT_OUT)
    scripts = [*ROOT.glob("admin/static/*.js"), *ROOT.glob("web/editor/src/*.ts"), *ROOT.glob("web/editor/src/*.tsx")]
    # Bundles hold what their sources have.
    left_out = ("editor.js", "htmx.js", "uplot.js")
    return sorted(each for each in scripts if each.name not in left_out and ".test." not in each.name)


def extracted(domain: str) -> Catalog:
    """The texts of the sources."""
    catalogue = Catalog(domain=domain, charset="utf-8")
    for path in sources(domain):
        for text, context in _texts(path):
            catalogue.add(text, locations=[(path.relative_to(ROOT).as_posix(), 0)], context=context)
    if domain == "messages":
        for text in sorted(_of_tables()):
            catalogue.add(text, locations=[("ivr/domain", 0)])
    return catalogue


def _of_tables() -> set[str]:
    """What the API answers as it is and pages show in their own language, by `t`."""
    fields = [field for kind in KINDS for field in kind.fields()]
    settings = [field for preset in CHANNEL_PRESETS.values() for field in preset.fields]
    found = {
        WRONG_CODE,
        *CHANGE_TEXTS,
        *(kind.label for kind in KINDS),
        *(field.label for field in fields if isinstance(field, AudioField)),
        *(field.way_out for field in fields if isinstance(field, TargetField)),
        *(text for each in STARTERS for text in (each.title, each.about, each.note)),
        *(text for each in settings for text in (each.label, each.hint)),
        *(each.title for each in CHANNEL_PRESETS.values() if " " in each.title),
        *(label for each in settings for _, label in each.options),
        *(each.note for each in CHANNEL_PRESETS.values()),
        *(text for each in AGENT_PRESETS.values() for text in (each.reads, each.answers, *each.steps)),
        *(title for title in (each.title for each in AGENT_PRESETS.values()) if " " in title),
        *(title for title in (each.title for each in CARRIERS.values()) if " " in title),
        *(step for each in CARRIERS.values() for step in each.steps),
        *LICENCE_NOTES,
        UNKNOWN_LICENCE.name,
    }
    return {text for text in found if text}


def _texts(path: Path) -> Iterator[tuple[str | tuple[str, str], str | None]]:
    """Each text with its context, which tells two meanings of one word apart."""
    if path.suffix not in (".py", ".html"):
        for call in _CALL.findall(path.read_text()):
            yield "".join(json.loads(part) for part in re.findall(_PART, call)), None
        return
    python = path.suffix == ".py"
    options = {} if python else {"trimmed": "true", "newstyle_gettext": "true", "silent": "false"}
    keywords: Any = _PYTHON if python else _TEMPLATE
    method = "python" if python else "jinja2.ext:babel_extract"
    for _, text, _, context in extract_from_file(method, path, keywords=keywords, options=options):
        yield text, context  # type: ignore[misc]


def stored(language: str, domain: str) -> Catalog:
    """The committed catalogue; empty where there is none."""
    path = catalogue_path(language, domain)
    if not path.is_file():
        return Catalog(locale=language, domain=domain)
    with path.open("rb") as file:
        return read_po(file, locale=language, domain=domain)


def updated(language: str, domain: str) -> Catalog:
    """The texts of the sources with the translations that are stored, in the order of their texts."""
    old, new = stored(language, domain), Catalog(language, domain, charset="utf-8")
    # CLDR has a form of its own for millions.
    new.mime_headers = [("Plural-Forms", "nplurals=2; plural=(n != 1);")]
    for message in extracted(domain):
        if message.id:
            known = old.get(message.id if isinstance(message.id, str) else message.id[0], message.context)
            same = known is not None and known.id == message.id
            translation = known.string if known and same else None
            new.add(message.id, translation, locations=message.locations, context=message.context)
    return new


def written(catalogue: Catalog) -> str:
    """The catalogue as its file has it: without dates, authors and line numbers, which differ without a reason."""
    text = BytesIO()
    write_po(text, catalogue, width=110, sort_output=True, include_lineno=False, omit_header=True)
    head = {
        "Language": str(catalogue.locale),
        "Content-Type": "text/plain; charset=utf-8",
        "Plural-Forms": catalogue.plural_forms,
    }
    lines = "".join(f'"{name}: {value}\\n"\n' for name, value in head.items())
    return f'msgid ""\nmsgstr ""\n{lines}\n{text.getvalue().decode()}'


def main() -> None:
    for language in TRANSLATED:
        for domain in DOMAINS:
            path = catalogue_path(language, domain)
            catalogue = updated(language, domain)
            if len(catalogue) == 0:
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(written(catalogue))
            left = sum(not message.string or not all(message.string) for message in catalogue if message.id)
            print(f"{path.relative_to(ROOT)}: {len(catalogue)} texts, {left} not translated")


if __name__ == "__main__":
    main()
