"""Italian."""

from __future__ import annotations

import re

from ivr.domain.said.european import Habits, rules, with_codes
from ivr.domain.said.language import Currency, Language
from ivr.domain.said.rule import Rule, rewrite, rule

_ONES = [
    "zero",
    "uno",
    "due",
    "tre",
    "quattro",
    "cinque",
    "sei",
    "sette",
    "otto",
    "nove",
    "dieci",
    "undici",
    "dodici",
    "tredici",
    "quattordici",
    "quindici",
    "sedici",
    "diciassette",
    "diciotto",
    "diciannove",
]
_TENS = ["venti", "trenta", "quaranta", "cinquanta", "sessanta", "settanta", "ottanta", "novanta"]
_ORDINALS = [
    "zero",
    "primo",
    "secondo",
    "terzo",
    "quarto",
    "quinto",
    "sesto",
    "settimo",
    "ottavo",
    "nono",
    "decimo",
]


def cardinal(number: int) -> str:
    words = _plain(number)
    return words[:-1] + "é" if words.endswith("tre") and number > 3 and not words.endswith(" tre") else words


def _plain(number: int) -> str:
    """Without the accent that a last tre has."""
    if number < 20:
        return _ONES[number]
    if number < 100:
        ten, one = divmod(number, 10)
        return _joined(_TENS[ten - 2], _ONES[one]) if one else _TENS[ten - 2]
    if number < 1000:
        hundred, rest = divmod(number, 100)
        head = "cento" if hundred == 1 else f"{_ONES[hundred]}cento"
        if not rest:
            return head
        # Centotto and centottanta, but centouno.
        return head[:-1] + _plain(rest) if _plain(rest).startswith("ott") else head + _plain(rest)
    if number < 10**6:
        thousand, rest = divmod(number, 1000)
        head = "mille" if thousand == 1 else f"{_plain(thousand)}mila"
        return head + (_plain(rest) if rest else "")
    size, single, many = (10**6, "un milione", "milioni") if number < 10**9 else (10**9, "un miliardo", "miliardi")
    count, rest = divmod(number, size)
    head = single if count == 1 else f"{_plain(count)} {many}"
    return head + (f" {_plain(rest)}" if rest else "")


def _joined(ten: str, one: str) -> str:
    """Ventuno and ventotto have lost a vowel, ventidue has not."""
    return (ten[:-1] if one[0] in "uo" else ten) + one


def ordinal(number: int) -> str:
    if number < len(_ORDINALS):
        return _ORDINALS[number]
    words = _plain(number)
    return (words if words.endswith(("tre", "sei")) else words[:-1]) + "esimo"


def clock(hour: int, minute: int, half: str, word: bool) -> str:
    said = {0: "mezzanotte", 1: "una"}.get(hour, cardinal(hour))
    said += f" e {cardinal(minute)}" if minute else ""
    if not half:
        return said
    evening = "del pomeriggio" if hour < 6 or hour == 12 else "di sera"
    return f"{said} {'di mattina' if half == 'a' else evening}"


def date(day: int, month: int, year: int, before: str) -> str:
    said = f"{'primo' if day == 1 else cardinal(day)} {LANGUAGE.months[month - 1]}"
    return said + (f" {cardinal(year)}" if year else "")


LANGUAGE = Language(
    code="it",
    digits=tuple(_ONES[:10]),
    cardinal=cardinal,
    ordinal=ordinal,
    year=cardinal,
    lax_marks=True,
    decimals_as_number=True,
    decimal_mark=",",
    group_mark=".",
    one="un",
    noun_forms={"ilioni": "ilioni di", "ilione": "ilione di", "iliardi": "iliardi di", "iliardo": "iliardo di"},
    words={
        "from": "da", "to": "a", "and": "e", "point": "virgola", "point .": "punto", "minus": "meno",
        "percent": "per cento", "plus": "più", "dot": "punto", "at": "chiocciola", "slash": "barra",
        "dash": "trattino", "underscore": "trattino basso", "number": "numero", "extension": "interno",
        "pound": "cancelletto", "star": "asterisco", "degree": "grado", "degrees": "gradi", "equals": "uguale",
        "times": "per", "by": "per", "per": "", "version": "versione", "millions_of": "di",
    },
    months=("gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio", "agosto", "settembre", "ottobre",
        "novembre", "dicembre",),
    month_abbreviations={
        "gen": 1, "feb": 2, "mar": 3, "apr": 4, "mag": 5, "giu": 6, "lug": 7, "ago": 8, "set": 9, "sett": 9,
        "ott": 10, "nov": 11, "dic": 12,
    },
    weekdays={
        "lun": "lunedì", "mar": "martedì", "mer": "mercoledì", "gio": "giovedì", "ven": "venerdì", "sab": "sabato",
        "dom": "domenica",
    },
    currencies=with_codes({
        "€": Currency("euro", "euro", "centesimo", "centesimi"),
        "$": Currency("dollaro", "dollari", "centesimo", "centesimi"),
        "£": Currency("sterlina", "sterline", "penny", "pence"),
        "CHF": Currency("franco", "franchi", "centesimo", "centesimi"),
        "CAD": Currency("dollaro canadese", "dollari canadesi", "centesimo", "centesimi"),
        "MXN": Currency("peso messicano", "pesos messicani", "centavo", "centavos"),
    }),
    units={
        "km": ("chilometro", "chilometri"), "m": ("metro", "metri"), "cm": ("centimetro", "centimetri"),
        "kg": ("chilo", "chili"), "ml": ("millilitro", "millilitri"), "min": ("minuto", "minuti"),
        "sec": ("secondo", "secondi"), "m²": ("metro quadrato", "metri quadrati"),
        "m2": ("metro quadrato", "metri quadrati"), "mq": ("metro quadrato", "metri quadrati"),
        "km/h": ("chilometro orario", "chilometri orari"), "gg": ("giorno", "giorni"),
    },
)  # fmt: skip


def _hours(match: re.Match[str]) -> str | None:
    """9:00-18:30: dalle nove alle diciotto e trenta."""
    said = []
    for hour, minute in ((match["hour"], match["minute"]), (match["hour2"], match["minute2"])):
        if int(hour) > 24:
            return None
        said.append(clock(int(hour), int(minute or 0), "", word=False))
    from_, to = (_at(word, each) for word, each in zip(("dal", "al"), said, strict=True))
    return f"{from_} {to}"


def _at(word: str, hour: str) -> str:
    """Dalle nove, dall'una, da mezzanotte."""
    if hour.startswith("mezzanotte"):
        return f"{word[:-1]} {hour}"
    return f"{word}l'{hour}" if hour.startswith("una") else f"{word}le {hour}"


def _time(match: re.Match[str]) -> str | None:
    return clock(int(match["hour"]), int(match["minute"]), "", word=False) if int(match["hour"]) <= 24 else None


def _feminine(match: re.Match[str]) -> str:
    return ordinal(int(match["n"]))[:-1] + "a"


_TIME, _TIME_2 = (rf"(?P<hour{n}>\d{{1,2}})(?:[:.](?P<minute{n}>[0-5]\d))?" for n in ("", "2"))
HABITS = Habits(
    clock=clock,
    date=date,
    hours=r"ore|h",
    round_the_clock="ventiquattro ore su ventiquattro, sette giorni su sette",
    half="mezzo",
    words={
        "sig": "signor", "dott": "dottor", "dr": "dottor", "ing": "ingegner", "avv": "avvocato", "geom": "geometra",
        "prof": "professor", "ecc": "eccetera", "spett": "spettabile", "circ": "circa",
    },
    stopped={
        "tel": "telefono", "cell": "cellulare", "int": "interno", "nr": "numero", "n": "numero", "min": "minuti",
        "max": "massimo", "ca": "circa", "pag": "pagina", "ed": "edificio",
    },
    before_names=frozenset([
        "sig", "dott", "dr", "ing", "avv", "geom", "prof", "spett", "tel", "cell", "int", "nr", "n", "pag", "ed",
    ]),
    patterns=(
        rule(r"\b[Ss]ig\.ra\b\.?", "signora"),
        rule(r"\b[Ss]ig\.na\b\.?", "signorina"),
        rule(r"\b[Ss]igg\.", "signori"),
        rule(r"\b[Dd]ott\.ssa\b\.?", "dottoressa"),
        rule(r"\b[Pp]rof\.ssa\b\.?", "professoressa"),
        rule(r"\b[Pp]\.z?za\b", "piazza"),
        rule(r"\b[Cc]\.so\b", "corso"),
        rule(r"\b[Vv]\.le\b", "viale"),
        rule(r"\b[Ll]\.go\b", "largo"),
        rule(r"\b(?:p|ad) ?\.?\s?es\.", "per esempio"),
        rule(r"(?<!\w)[Nn][°º]\s?", "numero "),
        rule(
            r"(?<!\w)[Hh]\s?24(?!\w)|(?<![\w/])24\s?h?\s?(?:/|su)\s?24\s?h?(?![\w/])",
            "ventiquattro ore su ventiquattro",
        ),
        rule(r"(?<![\w/])7\s?(?:/|giorni su)\s?7(?![\w/])", "sette giorni su sette"),
        rule(r"(?<![\w.])(?P<n>1\d|20|[1-9])[°º](?= [a-zà-ù])", lambda found: ordinal(int(found["n"]))),
        rule(r"(?<![\w.])(?P<n>1\d|20|[1-9])ª(?!\w)", _feminine),
        rewrite(r"\b([Dd]?)all[e'] ?1(?!\d|[.:]\d)", r"\1all'una"),
        rewrite(r"\b[Ll]'(?=1°? (?:gen|feb|mar|apr|mag|giu|lug|ago|set|ott|nov|dic))", "il "),
        rule(rf"(?<![\w:.,$€/-])(?:[Oo]re |(?=\d{{1,2}}:)){_TIME}\s?[-–]\s?{_TIME_2}(?![\w:])", _hours),
        rule(
            r"(?:(?<=\b[Oo]re )|(?<=\b[Aa]lle )|(?<=\b[Dd]alle )|(?<=\b[Ll]e ))"
            r"(?P<hour>\d{1,2})[.:](?P<minute>[0-5]\d)(?![\w:])",
            _time,
        ),
    ),
    scales={"mila": "mila", "mln": "milioni", "mld": "miliardi", "milioni": "milioni", "milione": "milione"},
    per={
        "mese": "al mese", "ora": "all'ora", "h": "all'ora", "anno": "all'anno", "giorno": "al giorno",
        "persona": "a persona", "settimana": "a settimana",
    },
    local_numbers=(
        rule(r"\bCAP (?P<n>\d{5})\b", lambda found: f"CAP {LANGUAGE.groups(found['n'])}"),
        rule(r"(?<=[\d\ue000-\uf8ff], )(?P<n>\d{5})(?= [A-ZÀ-Ù])", lambda found: LANGUAGE.groups(found["n"])),
        rule(
            r"(?<![\w€$.,:/-])(?P<n>(?:0\d{1,3}|3\d\d|8\d\d|199)(?:[ /.-]\d{2,8}){1,3})(?![\w:-]|[.,]\d)",
            lambda found: ", ".join(LANGUAGE.spelled(group) for group in re.split(r"[ /.-]", found["n"])),
        ),
    ),
)  # fmt: skip
RULES: tuple[Rule, ...] = tuple(rules(LANGUAGE, HABITS))
