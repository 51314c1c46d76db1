"""The language of a page, and how it writes numbers, amounts and times: as the reader chose, else as their browser
asks, else English. The API is always in English.

`t` translates a text and `tn` one that counts; templates have `_` and `{% trans %}`, too. A text in a table is marked
by `later` and translated where it is shown: `t(entry.label)`. The catalogues are in
`admin/translations/<language>/LC_MESSAGES/`: messages.po for pages, scripts.po for their scripts. `make translations`
brings them up to the sources. They are read as they are, so there is nothing to compile.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, tzinfo
from decimal import Decimal
from functools import cache
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import flask_babel
from babel import Locale, UnknownLocaleError, localedata
from babel.dates import format_date, format_skeleton, format_time, get_timezone_name
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal, format_percent
from babel.support import NullTranslations, Translations
from flask import Flask, Response, g, has_request_context, request

from ivr.domain.time_zones import UTC_NAME, offset_text

DIRECTORY = Path(__file__).parent.parent / "translations"
# Language -> its own name, and the region whose forms it has where the browser names none.
LANGUAGES = {"en": "English", "es": "Español"}
_REGIONS = {"en": Locale("en", "US"), "es": Locale("es", "US")}
PAGES = "/ui"
# Of flask.g: the time zone of the page.
ZONE = "page_zone"
_COOKIE = "language"
_YEAR_S = 365 * 24 * 3600


def t(text: str, **values: object) -> str:
    """This text in the language of the request; English outside of one."""
    # The text "" stands for the catalogue's own header.
    translated: str = flask_babel.gettext(text, **values) if text else ""
    return translated


def tn(one: str, many: str, count: int, **values: object) -> str:
    """One of two texts by `count`, which is `%(num)s` in them: `tn("%(num)s call", "%(num)s calls", 2)`."""
    translated: str = _translations(current().language).ngettext(one, many, count)
    return translated % {"num": number_text(count), **values}


def later(text: str) -> str:
    """The text itself, which is translated where it is shown."""
    return text


def translated(options: Iterable[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The pairs of a value and its `later` texts, with these translated."""
    return [(value, *map(t, texts)) for value, *texts in options]


def install(app: Flask) -> None:
    """Give the app's templates their language."""
    babel = flask_babel.Babel(app, locale_selector=_of_request)
    babel.domain_instance = Catalogues()
    app.jinja_env.globals.update(t=t, tn=tn, translated=translated)


def _of_request() -> Locale:
    if not (request.path + "/").startswith(f"{PAGES}/"):
        return _REGIONS["en"]
    asked = [tag.replace("-", "_") for tag in request.accept_languages.values()]
    chosen = request.cookies.get(_COOKIE, "")
    if chosen not in LANGUAGES:
        chosen = next((tag[:2].lower() for tag in asked if tag[:2].lower() in LANGUAGES), "en")
    return next((found for tag in asked if (found := _region(tag)) and found.language == chosen), _REGIONS[chosen])


@cache
def _known() -> dict[str, str]:
    """Each locale of our languages with a region, by its name in small letters."""
    names = (name for name in localedata.locale_identifiers() if name[:3] in ("en_", "es_") and name[3:].isalnum())
    return {name.lower(): name for name in names}


def _region(tag: str) -> Locale | None:
    """The locale of `es_MX`; None for a language without a region, and for a language that pages do not have."""
    name = _known().get(tag.lower())
    return Locale.parse(name) if name else None


def current() -> Locale:
    """The locale of the request; American English outside of one."""
    return flask_babel.get_locale() or _REGIONS["en"]


def choose(response: Response, language: str) -> None:
    """Have the browser keep this language; another text than a language lets the browser ask again."""
    if language in LANGUAGES:
        response.set_cookie(_COOKIE, language, max_age=_YEAR_S, samesite="Lax", httponly=True, path=PAGES)
    else:
        response.delete_cookie(_COOKIE, samesite="Lax", httponly=True, path=PAGES)


class Catalogues(flask_babel.Domain):
    """The translations of the pages, read at the first page of each language."""

    def __init__(self) -> None:
        super().__init__(str(DIRECTORY))

    def get_translations(self) -> NullTranslations:
        return _translations(current().language)


@cache
def _translations(language: str) -> NullTranslations:
    path = catalogue_path(language, "messages")
    if not path.is_file():
        return NullTranslations()
    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return Translations(compiled)


@cache
def script_texts(language: str) -> dict[str, str]:
    """English text of a script -> the same in this language; empty for English."""
    path = catalogue_path(language, "scripts")
    if not path.is_file():
        return {}
    with path.open("rb") as file:
        return {str(each.id): str(each.string) for each in read_po(file, locale=language) if each.id and each.string}


def catalogue_path(language: str, domain: str) -> Path:
    return DIRECTORY / language / "LC_MESSAGES" / f"{domain}.po"


def language_name(code: str) -> str:
    """`es` -> `Spanish`; a code that CLDR does not know stays as it is."""
    try:
        return Locale.parse(code, sep="-").get_display_name(current()) or code
    except (UnknownLocaleError, ValueError):
        return code


def number_text(value: float | Decimal, digits: int | None = None) -> str:
    """1234567.5 -> `1,234,567.5`; with as many decimals as it has, or as `digits` says."""
    if digits is None:
        return format_decimal(value, locale=current(), decimal_quantization=False)
    return format_decimal(value, _places("#,##0", digits), locale=current())


def percent_text(share: float, digits: int = 0) -> str:
    """0.256 -> `26%`."""
    pattern = current().percent_formats[None].pattern.replace("#,##0", _places("#,##0", digits))
    return format_percent(share, pattern, locale=current())


def dollars(amount: Decimal, digits: int = 2) -> str:
    """12.3 -> `$12.30`."""
    pattern = current().currency_formats["standard"].pattern.replace("0.00", _places("0", digits))
    return format_currency(amount, "USD", pattern, locale=current(), currency_digits=False)


def _places(whole: str, digits: int) -> str:
    return f"{whole}.{'0' * digits}" if digits else whole


def zone() -> ZoneInfo:
    """The time zone of the page; UTC outside of one."""
    found: ZoneInfo | None = g.get(ZONE) if has_request_context() else None
    return found or ZoneInfo(UTC_NAME)


def time_text(moment: datetime, style: str = "full") -> str:
    """In the zone of the page, as scripts write it: `Mar 9, 2026, 12:00 PM`; `style`: full, exact, day or clock."""
    at, locale = moment.astimezone(zone()), current()
    day = format_date(at, locale=locale)
    clock = _clock(at, "short" if style == "full" else "medium")
    match style:
        case "day":
            return day
        case "clock":
            return clock
    return f"{day}, {clock}"


def exact_text(moment: datetime) -> str:
    """With the zone and its distance from UTC: `Monday, March 9, 2026, 12:00:00 PM, America/Chicago (UTC−5)`."""
    there, locale = zone(), current()
    at = moment.astimezone(there)
    day = format_date(at, "full", locale=locale)
    return f"{day}, {_clock(at, 'medium')}, {there.key} ({offset_text(there, moment)})"


def _clock(at: datetime, form: str) -> str:
    """With a plain blank before AM and PM, as browsers write it."""
    return format_time(at, form, locale=current()).replace("\u202f", " ")


def date_in_words(moment: datetime, zone: tzinfo) -> str:
    """`March 9, 2026`"""
    return format_date(moment.astimezone(zone), "long", locale=current())


def moment_in_words(moment: datetime, zone: tzinfo) -> str:
    """As letters have it: `Monday, March 9, 2026, at 5:00 AM MST`."""
    at, locale = moment.astimezone(zone), current()
    clock = f"{format_time(at, 'short', locale=locale)} {get_timezone_name(at, 'short', locale=locale)}"
    return t("%(day)s, at %(clock)s", day=format_date(at, "full", locale=locale), clock=clock)


def day_name(index: int) -> str:
    """0 -> `Monday`."""
    name: str = current().days["stand-alone"]["wide"][index]
    return name[0].upper() + name[1:]


def hour_text(hour: int, *, short: bool = False) -> str:
    """An hour of the day as the locale writes it: `2:00 PM`; `short`: `2 PM`."""
    locale = current()
    if short and "a" in locale.time_formats["short"].pattern:
        return format_skeleton("h", time(hour), locale=locale)
    return format_time(time(hour), "short", locale=locale)


def country_name(code: str, english: str) -> str:
    return str(current().territories.get(code, english)) if current().language != "en" else english


def day_text(day: date, pattern: str = "yMMMd") -> str:
    """The parts of a day that a skeleton of CLDR names, as the locale has them: `Mar 9, 2026`."""
    return format_skeleton(pattern, day, locale=current())
