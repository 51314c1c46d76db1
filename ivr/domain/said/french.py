"""French."""

from __future__ import annotations

import re

from ivr.domain.said.european import Habits, rules, with_codes
from ivr.domain.said.language import Currency, Language
from ivr.domain.said.rule import Rule, rewrite, rule

_ONES = [
    "zéro",
    "un",
    "deux",
    "trois",
    "quatre",
    "cinq",
    "six",
    "sept",
    "huit",
    "neuf",
    "dix",
    "onze",
    "douze",
    "treize",
    "quatorze",
    "quinze",
    "seize",
    "dix-sept",
    "dix-huit",
    "dix-neuf",
]
_TENS = {2: "vingt", 3: "trente", 4: "quarante", 5: "cinquante", 6: "soixante"}


def cardinal(number: int) -> str:
    if number < 20:
        return _ONES[number]
    if number < 70:
        ten, one = divmod(number, 10)
        return _TENS[ten] + ("" if not one else " et un" if one == 1 else f"-{_ONES[one]}")
    if number < 80:
        return "soixante et onze" if number == 71 else f"soixante-{_ONES[number - 60]}"
    if number < 100:
        return "quatre-vingts" if number == 80 else f"quatre-vingt-{_ONES[number - 80]}"
    if number < 1000:
        size, single, many = 100, "cent", "cents"
    elif number < 10**6:
        size, single, many = 1000, "mille", "mille"
    elif number < 10**9:
        size, single, many = 10**6, "un million", "millions"
    else:
        size, single, many = 10**9, "un milliard", "milliards"
    count, rest = divmod(number, size)
    head = cardinal(count)
    if size == 1000:
        head = head.replace("vingts", "vingt").replace("cents", "cent")
    # Cent has no s before another number.
    many = "cent" if many == "cents" and rest else many
    head = single if count == 1 else f"{head} {many}"
    return head + (f" {cardinal(rest)}" if rest else "")


def ordinal(number: int) -> str:
    if number == 1:
        return "premier"
    words = cardinal(number)
    for ending, form in (("cinq", "cinquième"), ("neuf", "neuvième"), ("vingts", "vingtième"), ("e", "ième")):
        if words.endswith(ending):
            return words[: -len(ending)] + form
    return words + "ième"


def clock(hour: int, minute: int, half: str, word: bool) -> str:
    hour = hour % 12 + (12 if half == "p" else 0) if half else hour
    said = "une heure" if hour == 1 else f"{_feminine(cardinal(hour))} heures"
    return said + (f" {_feminine(cardinal(minute))}" if minute else "")


def _feminine(words: str) -> str:
    return words + "e" if words.endswith(("et un", " un")) or words == "un" else words


def date(day: int, month: int, year: int, before: str) -> str:
    said = f"{'premier' if day == 1 else cardinal(day)} {LANGUAGE.months[month - 1]}"
    return said + (f" {cardinal(year)}" if year else "")


LANGUAGE = Language(
    code="fr",
    digits=tuple(_ONES[:10]),
    cardinal=cardinal,
    ordinal=ordinal,
    year=cardinal,
    lax_marks=True,
    decimals_as_number=True,
    decimal_mark=",",
    group_mark=".",
    noun_forms={"illiards": "illiards d'", "illiard": "illiard d'", "illions": "illions d'", "illion": "illion d'"},
    words={
        "to": "à", "and": "et", "point": "virgule", "point .": "point", "minus": "moins", "percent": "pour cent",
        "plus": "plus", "dot": "point", "at": "arobase", "slash": "slash", "dash": "tiret", "underscore": "tiret bas",
        "number": "numéro", "extension": "poste", "pound": "dièse", "star": "étoile", "degree": "degré",
        "degrees": "degrés", "equals": "égale", "times": "fois", "by": "par", "per": "par", "version": "version",
        "millions_of": "de",
    },
    months=("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre",
        "novembre", "décembre",),
    month_abbreviations={
        "janv": 1, "févr": 2, "fév": 2, "avr": 4, "juil": 7, "sept": 9, "oct": 10, "nov": 11, "déc": 12, "fevrier": 2,
        "aout": 8, "decembre": 12,
    },
    weekdays={
        "lun": "lundi", "mar": "mardi", "mer": "mercredi", "jeu": "jeudi", "ven": "vendredi", "sam": "samedi",
        "dim": "dimanche",
    },
    currencies=with_codes({
        "€": Currency("euro", "euros", "centime", "centimes"),
        "$": Currency("dollar", "dollars", "cent", "cents"),
        "£": Currency("livre", "livres", "penny", "pence"),
        "CAD": Currency("dollar canadien", "dollars canadiens", "cent", "cents"),
        "MXN": Currency("peso mexicain", "pesos mexicains", "centavo", "centavos"),
    }),
    units={
        "km": ("kilomètre", "kilomètres"), "m": ("mètre", "mètres"), "cm": ("centimètre", "centimètres"),
        "kg": ("kilo", "kilos"), "ml": ("millilitre", "millilitres"), "min": ("minute", "minutes"),
        "mn": ("minute", "minutes"), "sec": ("seconde", "secondes"), "m²": ("mètre carré", "mètres carrés"),
        "m2": ("mètre carré", "mètres carrés"), "km/h": ("kilomètre heure", "kilomètres heure"),
        "j": ("jour", "jours"),
    },
)  # fmt: skip


def _pairs(match: re.Match[str]) -> str:
    """01 23: zéro un, vingt-trois."""
    said = [
        f"{_ONES[0]} {_ONES[int(pair[1])]}" if pair[0] == "0" else cardinal(int(pair))
        for pair in re.findall(r"\d\d", match[0])
    ]
    return ", ".join(said)


HABITS = Habits(
    clock=clock,
    date=date,
    hours=r"heures|heure|hrs|h",
    round_the_clock="vingt-quatre heures sur vingt-quatre, sept jours sur sept",
    half="un demi",
    words={
        "mme": "madame", "mmes": "mesdames", "mlle": "mademoiselle", "mm": "messieurs", "dr": "docteur",
        "bd": "boulevard",
        "etc": "et cetera", "rdv": "rendez-vous", "tél": "téléphone", "svp": "s'il vous plaît", "env": "environ",
    },
    stopped={
        "m": "monsieur", "av": "avenue", "ave": "avenue", "boul": "boulevard", "tel": "téléphone", "min": "minutes",
        "max": "maximum", "appt": "appartement", "ext": "poste", "pl": "place", "imp": "impasse", "chap": "chapitre",
    },
    before_names=frozenset([
        "m", "mme", "mmes", "mlle", "mm", "dr", "bd", "av", "ave", "boul", "tel", "tél", "pl", "imp",
    ]),
    patterns=(
        rule(r"(?<![\w.])(?P<n>0[1-9](?:[ .-]?\d\d){4})(?![\w-])", _pairs),
        rewrite(r"(?<=\d)[ \u202f](?=\d{3}(?:[ \u202f]\d{3})*\s?(?:€|\$|EUR|%|km|m²))", ""),
        rule(r"\b24\s?h(?:eures)?\s?/\s?24\b", "vingt-quatre heures sur vingt-quatre"),
        rule(r"\b7\s?j(?:ours)?\s?/\s?7\b", "sept jours sur sept"),
        rule(r"\bp\.\s?ex\.", "par exemple"),
        rule(r"\bc\.-à-d\.", "c'est-à-dire"),
        rule(r"(?<!\w)[Nn]os?[°º]\s?|(?<!\w)[Nn][°º]\s?", "numéro "),
        rule(r"(?<![\w.])1(?:er|ER)\b", "premier"),
        rule(r"(?<![\w.])1(?:re|ère)\b", "première"),
        rule(r"(?<![\w.])(?P<n>\d{1,3})(?:e|è|ème|ième)\b", lambda found: ordinal(int(found["n"]))),
        rule(r"\bSt[- ](?=[A-ZÉ])", "Saint-"),
        rule(r"\bSte[- ](?=[A-ZÉ])", "Sainte-"),
    ),
    scales={"M": "millions", "k": "mille", "K": "mille", "millions": "millions", "million": "million"},
    per={"mois": "mois", "h": "heure", "heure": "heure", "an": "an", "jour": "jour", "personne": "personne"},
)  # fmt: skip
RULES: tuple[Rule, ...] = tuple(rules(LANGUAGE, HABITS))
