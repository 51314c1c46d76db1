"""German."""

from __future__ import annotations

import re

from ivr.domain.said.european import Habits, rules, with_codes
from ivr.domain.said.language import Currency, Language
from ivr.domain.said.rule import Rule, rewrite, rule

_ONES = [
    "null",
    "eins",
    "zwei",
    "drei",
    "vier",
    "fünf",
    "sechs",
    "sieben",
    "acht",
    "neun",
    "zehn",
    "elf",
    "zwölf",
    "dreizehn",
    "vierzehn",
    "fünfzehn",
    "sechzehn",
    "siebzehn",
    "achtzehn",
    "neunzehn",
]
_TENS = ["zwanzig", "dreißig", "vierzig", "fünfzig", "sechzig", "siebzig", "achtzig", "neunzig"]
_DATIVE = re.compile(r"\b(?:am|vom|zum|bis|dem|ab|seit|den|im|beim)\s(?:\w{2,10},? (?:den |dem )?)?$", re.IGNORECASE)


def cardinal(number: int) -> str:
    if number < 20:
        return _ONES[number]
    if number < 100:
        ten, one = divmod(number, 10)
        return (f"{_part(one)}und" if one else "") + _TENS[ten - 2]
    if number < 1000:
        hundred, rest = divmod(number, 100)
        return f"{_part(hundred)}hundert" + (cardinal(rest) if rest else "")
    if number < 10**6:
        thousand, rest = divmod(number, 1000)
        head = "ein" if thousand == 1 else cardinal(thousand)
        head = head[:-1] if head.endswith("hunderteins") else head
        return f"{head}tausend" + (cardinal(rest) if rest else "")
    if number >= 10**9:
        billion, rest = divmod(number, 10**9)
        head = "eine Milliarde" if billion == 1 else f"{cardinal(billion)} Milliarden"
        return head + (f" {cardinal(rest)}" if rest else "")
    million, rest = divmod(number, 10**6)
    head = "eine Million" if million == 1 else f"{cardinal(million)} Millionen"
    return head + (f" {cardinal(rest)}" if rest else "")


def _part(number: int) -> str:
    return "ein" if number == 1 else _ONES[number]


def ordinal(number: int, ending: str = "er") -> str:
    irregular = {1: "erst", 3: "dritt", 7: "siebt", 8: "acht"}
    rest = number % 100
    if rest in irregular:
        head = cardinal(number - rest) if number > rest else ""
        return f"{head}{irregular[rest]}{ending}"
    return f"{cardinal(number)}{'t' if 0 < rest < 20 else 'st'}{ending}"


def year(number: int) -> str:
    if 1100 <= number < 2000:
        return f"{cardinal(number // 100)}hundert" + (cardinal(number % 100) if number % 100 else "")
    return cardinal(number)


def clock(hour: int, minute: int, half: str, word: bool) -> str:
    hour = hour % 12 + (12 if half == "p" else 0) if half else hour
    said = f"{'ein' if hour == 1 else cardinal(hour)} Uhr"
    return said + (f" {cardinal(minute)}" if minute else "")


def date(day: int, month: int, written: int, before: str) -> str:
    said = f"{ordinal(day, 'en' if _DATIVE.search(before) else 'er')} {LANGUAGE.months[month - 1]}"
    return said + (f" {year(written)}" if written else "")


LANGUAGE = Language(
    code="de",
    digits=tuple(_ONES[:10]),
    cardinal=cardinal,
    ordinal=ordinal,
    year=year,
    lax_marks=True,
    decimal_mark=",",
    group_mark=".",
    one="ein",
    noun_forms={"eins": "ein"},
    words={
        "to": "bis", "and": "und", "point": "Komma", "point .": "Punkt", "minus": "minus", "percent": "Prozent",
        "plus": "plus", "dot": "Punkt", "at": "at", "slash": "Schrägstrich", "dash": "Minus",
        "underscore": "Unterstrich", "number": "Nummer", "extension": "Durchwahl", "pound": "Raute", "star": "Stern",
        "degree": "Grad", "degrees": "Grad", "equals": "gleich", "times": "mal", "by": "mal", "per": "pro",
        "version": "Version",
    },
    months=("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober",
        "November", "Dezember",),
    month_abbreviations={
        "Jan": 1, "Feb": 2, "Mrz": 3, "Apr": 4, "Jun": 6, "Jul": 7, "Aug": 8, "Sep": 9, "Sept": 9, "Okt": 10,
        "Nov": 11,
        "Dez": 12, "Jänner": 1,
    },
    weekdays={
        "Mo": "Montag", "Di": "Dienstag", "Mi": "Mittwoch", "Do": "Donnerstag", "Fr": "Freitag", "Sa": "Samstag",
        "So": "Sonntag",
    },
    currencies=with_codes({
        "€": Currency("Euro", "Euro", "Cent", "Cent"),
        "$": Currency("Dollar", "Dollar", "Cent", "Cent"),
        "£": Currency("Pfund", "Pfund", "Penny", "Pence"),
        "CHF": Currency("Franken", "Franken", "Rappen", "Rappen"),
        "CAD": Currency("kanadischer Dollar", "kanadische Dollar", "Cent", "Cent"),
        "MXN": Currency("mexikanischer Peso", "mexikanische Pesos", "Centavo", "Centavos"),
    }),
    units={
        "km": ("Kilometer", "Kilometer"), "m": ("Meter", "Meter"), "cm": ("Zentimeter", "Zentimeter"),
        "kg": ("Kilo", "Kilo"), "ml": ("Milliliter", "Milliliter"), "Min": ("Minute", "Minuten"),
        "min": ("Minute", "Minuten"), "Std": ("Stunde", "Stunden"), "Sek": ("Sekunde", "Sekunden"),
        "m²": ("Quadratmeter", "Quadratmeter"), "qm": ("Quadratmeter", "Quadratmeter"),
        "km/h": ("Kilometer pro Stunde", "Kilometer pro Stunde"), "kWh": ("Kilowattstunde", "Kilowattstunden"),
    },
)  # fmt: skip
HABITS = Habits(
    clock=clock,
    date=date,
    hours=r"Uhr|uhr|h",
    round_the_clock="vierundzwanzig sieben",
    half="ein halb",
    words={
        "bzw": "beziehungsweise", "usw": "und so weiter", "ca": "circa", "inkl": "inklusive", "zzgl": "zuzüglich",
        "evtl": "eventuell", "ggf": "gegebenenfalls", "mwst": "Mehrwertsteuer", "dr": "Doktor", "prof": "Professor",
        "hr": "Herr", "std": "Stunden",
    },
    stopped={
        "nr": "Nummer", "tel": "Telefon", "str": "Straße", "min": "Minuten", "max": "maximal", "fr": "Frau",
        "st": "Sankt",
        "etc": "et cetera", "abt": "Abteilung", "gebr": "Gebrüder", "stk": "Stück", "mio": "Millionen",
        "sek": "Sekunden",
    },
    before_names=frozenset(["dr", "prof", "hr", "fr", "st", "nr", "tel", "str", "abt", "gebr"]),
    patterns=(
        rule(r"\bz\.\s?B\.", "zum Beispiel"),
        rule(r"\bd\.\s?h\.", "das heißt"),
        rule(r"\bu\.\s?a\.", "unter anderem"),
        rewrite(r"(?<=[a-zäöüß])str\.(?=\s?\d|,)", "straße"),
        rewrite(r"(?<=[a-zäöüß])str\.", "straße"),
        rewrite(r"(?<=[a-zäöüß]-)Str\.", "Straße"),
        rule(
            r"(?<![\w.,/-])(?P<n>1[1-9]\d\d|20\d\d)(?=[.!?]?$|[.!?,;)] )(?<!\d )",
            lambda found: year(int(found["n"])),
        ),
        rule(r"(?<=\bseit )(?P<n>1[1-9]\d\d|20\d\d)\b", lambda found: year(int(found["n"]))),
    ),
    scales={"Mio": "Millionen", "Millionen": "Millionen", "Million": "Million", "Tsd": "tausend"},
    per={"Monat": "Monat", "Std": "Stunde", "Stunde": "Stunde", "h": "Stunde", "Jahr": "Jahr", "Tag": "Tag",
    "Person": "Person"},
    local_numbers=(
        rule(r"(?<=[\d\ue000-\uf8ff], )(?P<n>\d{5})(?= [A-ZÄÖÜ])", lambda found: LANGUAGE.spelled(found["n"])),
        rule(
            r"(?<![\w€.,/-])\(?(?P<area>0\d{2,4})\)?\s?[ /-]\s?(?P<n>\d{2,4}(?:[ -]?\d{2,4}){1,3})(?![\w-])",
            lambda found: LANGUAGE.groups(found["area"]) + ", " + ", ".join(
                LANGUAGE.spelled(group) for group in re.split(r"[ -]", found["n"])
            ),
        ),
    ),
)  # fmt: skip
RULES: tuple[Rule, ...] = tuple(rules(LANGUAGE, HABITS))
