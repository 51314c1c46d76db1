"""Spanish, as it is spoken in the Americas and in Spain."""

from __future__ import annotations

from ivr.domain.said.european import Habits, rules, with_codes
from ivr.domain.said.language import Currency, Language
from ivr.domain.said.rule import Rule, rule

_ONES = [
    "cero",
    "uno",
    "dos",
    "tres",
    "cuatro",
    "cinco",
    "seis",
    "siete",
    "ocho",
    "nueve",
    "diez",
    "once",
    "doce",
    "trece",
    "catorce",
    "quince",
    "dieciséis",
    "diecisiete",
    "dieciocho",
    "diecinueve",
    "veinte",
    "veintiuno",
    "veintidós",
    "veintitrés",
    "veinticuatro",
    "veinticinco",
    "veintiséis",
    "veintisiete",
    "veintiocho",
    "veintinueve",
]
_TENS = ["treinta", "cuarenta", "cincuenta", "sesenta", "setenta", "ochenta", "noventa"]
_HUNDREDS = [
    "ciento",
    "doscientos",
    "trescientos",
    "cuatrocientos",
    "quinientos",
    "seiscientos",
    "setecientos",
    "ochocientos",
    "novecientos",
]
_ORDINALS = [
    "cero",
    "primero",
    "segundo",
    "tercero",
    "cuarto",
    "quinto",
    "sexto",
    "séptimo",
    "octavo",
    "noveno",
    "décimo",
]


def cardinal(number: int) -> str:
    if number < 30:
        return _ONES[number]
    if number < 100:
        ten, one = divmod(number, 10)
        return _TENS[ten - 3] + (f" y {_ONES[one]}" if one else "")
    if number < 1000:
        hundred, rest = divmod(number, 100)
        return "cien" if number == 100 else _HUNDREDS[hundred - 1] + (f" {cardinal(rest)}" if rest else "")
    if number < 10**6:
        thousand, rest = divmod(number, 1000)
        before = "" if thousand == 1 else f"{_short(cardinal(thousand))} "
        return f"{before}mil" + (f" {cardinal(rest)}" if rest else "")
    million, rest = divmod(number, 10**6)
    before = "un millón" if million == 1 else f"{_short(cardinal(million))} millones"
    return before + (f" {cardinal(rest)}" if rest else "")


def _short(words: str) -> str:
    """Before a noun: veintiún mil, treinta y un mil."""
    if words.endswith("veintiuno"):
        return words[:-9] + "veintiún"
    return words[:-1] if words.endswith("uno") else words


def ordinal(number: int) -> str:
    return _ORDINALS[number] if number < len(_ORDINALS) else cardinal(number)


def clock(hour: int, minute: int, half: str, word: bool) -> str:
    said = _feminine(cardinal(hour))
    if minute:
        said += (
            {15: " y cuarto", 30: " y media"}.get(minute, f" y {cardinal(minute)}")
            if hour <= 12
            else f" {cardinal(minute)}"
        )
    if half:
        evening = "de la tarde" if hour < 8 else "de la noche"
        part = "de la mañana" if half == "a" else "del mediodía" if hour == 12 else evening
        return f"{said} {part}"
    return f"{said} {'hora' if hour == 1 else 'horas'}" if word else said


def _feminine(words: str) -> str:
    return words[:-1] + "a" if words.endswith("uno") else words


def date(day: int, month: int, year: int, before: str) -> str:
    said = f"{'primero' if day == 1 else cardinal(day)} de {LANGUAGE.months[month - 1]}"
    return said + (f" de {cardinal(year)}" if year else "")


LANGUAGE = Language(
    code="es",
    digits=tuple(_ONES[:10]),
    cardinal=cardinal,
    ordinal=ordinal,
    year=cardinal,
    lax_marks=True,
    decimals_as_number=True,
    decimal_mark=",",
    group_mark=".",
    one="un",
    noun_forms={"veintiuno": "veintiún", " uno": " un", "uno": "un", "illones": "illones de", "illón": "illón de"},
    words={
        "to": "a", "and": "con", "and of days": "y", "point": "coma", "point .": "punto", "minus": "menos",
        "percent": "por ciento", "plus": "más", "dot": "punto", "at": "arroba", "slash": "barra", "dash": "guion",
        "underscore": "guion bajo", "number": "número", "extension": "extensión", "pound": "numeral",
        "star": "asterisco", "degree": "grado", "degrees": "grados", "equals": "igual", "times": "veces", "by": "por",
        "per": "por", "version": "versión", "millions_of": "de",
    },
    months=("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre",
        "noviembre", "diciembre",),
    month_abbreviations={
        "ene": 1, "feb": 2, "abr": 4, "jun": 6, "jul": 7, "ago": 8, "sep": 9, "sept": 9, "oct": 10, "nov": 11,
        "dic": 12,
    },
    weekdays={
        "lun": "lunes", "mar": "martes", "mié": "miércoles", "mie": "miércoles", "jue": "jueves", "vie": "viernes",
        "sáb": "sábado", "sab": "sábado", "dom": "domingo", "l": "lunes", "v": "viernes", "s": "sábado",
        "d": "domingo",
    },
    currencies=with_codes({
        "$": Currency("dólar", "dólares", "centavo", "centavos"),
        "€": Currency("euro", "euros", "céntimo", "céntimos"),
        "£": Currency("libra", "libras", "penique", "peniques"),
        "MXN": Currency("peso mexicano", "pesos mexicanos", "centavo", "centavos"),
        "CAD": Currency("dólar canadiense", "dólares canadienses", "centavo", "centavos"),
    }),
    units={
        "km": ("kilómetro", "kilómetros"), "m": ("metro", "metros"), "cm": ("centímetro", "centímetros"),
        "kg": ("kilo", "kilos"), "ml": ("mililitro", "mililitros"), "min": ("minuto", "minutos"),
        "mins": ("minuto", "minutos"), "hrs": ("hora", "horas"), "hr": ("hora", "horas"), "seg": ("segundo",
        "segundos"),
        "m2": ("metro cuadrado", "metros cuadrados"), "m²": ("metro cuadrado", "metros cuadrados"),
        "km/h": ("kilómetro por hora", "kilómetros por hora"), "lb": ("libra", "libras"), "lbs": ("libra", "libras"),
    },
)  # fmt: skip
_PATTERNS = (
    rule(r"\bEE\.?\s?UU\b\.?", "Estados Unidos"),
    rule(r"\bp\.\s?ej\.", "por ejemplo"),
    rule(r"(?<!\w)C/\s?(?=[A-ZÁÉÍÓÚ])", "calle "),
    rule(r"(?<!\w)(?:[Nn][º°]|[Nn]úm\.|[Nn]o\.(?=\s?\d))\s?", "número "),
    rule(
        r"(?<![\w.])(?P<n>10|[1-9])(?:\.?er|ro|do|to|mo|vo|no|\.?º|°)(?!\w)",
        lambda found: _masculine(found[0], int(found["n"])),
    ),
    rule(
        r"(?<![\w.])(?P<n>10|[1-9])(?:\.?ª|ra|da|ta|ma|va|na)(?!\w)",
        lambda found: ordinal(int(found["n"]))[:-1] + "a",
    ),
)


def _masculine(written: str, number: int) -> str:
    return {1: "primer", 3: "tercer"}[number] if written.endswith("er") and number in (1, 3) else ordinal(number)


HABITS = Habits(
    clock=clock,
    date=date,
    hours=r"horas|hora|hrs|hs|h",
    round_the_clock="veinticuatro siete",
    half="medio",
    words={
        "sr": "señor", "sra": "señora", "srta": "señorita", "dr": "doctor", "dra": "doctora", "avda": "avenida",
        "hrs": "horas", "aprox": "aproximadamente", "depto": "departamento", "dpto": "departamento",
        "ud": "usted", "uds": "ustedes", "etc": "etcétera", "lic": "licenciado", "ing": "ingeniero",
        "blvd": "bulevar",
    },
    stopped={
        "av": "avenida", "ave": "avenida", "tel": "teléfono", "ext": "extensión", "pza": "plaza", "ctra": "carretera",
        "min": "minutos", "máx": "máximo", "mín": "mínimo", "apto": "apartamento", "col": "colonia", "sta": "santa",
        "sto": "santo", "no": "no",
    },
    before_names=frozenset([
        "sr", "sra", "srta", "dr", "dra", "lic", "ing", "avda", "av", "ave", "blvd", "tel", "ext", "pza",
        "ctra", "apto", "col", "sta", "sto", "ud",
    ]),
    patterns=_PATTERNS,
    scales={"M": "millones", "K": "mil", "mil": "mil", "millones": "millones", "millón": "millón"},
    per={"mes": "mes", "hora": "hora", "h": "hora", "año": "año", "día": "día", "persona": "persona",
    "semana": "semana"},
    local_numbers=(
        rule(r"\bC\.\s?P\.\s?(?P<n>\d{5})\b", lambda found: f"código postal {LANGUAGE.spelled(found['n'])}"),
        rule(
            r"(?:(?<=\b[Aa]l )|(?<=arque )|(?<=arque el ))(?P<n>911|112|066|061)\b",
            lambda found: LANGUAGE.spelled(found["n"]),
        ),
        rule(
            r"(?<![\w$€.,/-])(?P<n>[6-9]\d\d? \d{2,3} \d{2,3}(?: \d{2,3})?)(?![\w-])",
            lambda found: LANGUAGE.groups(*found["n"].split()),
        ),
        rule(
            r"(?<![\w$€.,/-])(?P<n>(?:\d{2} \d{4}|\d{3} \d{3}) \d{4})(?![\w-])",
            lambda found: LANGUAGE.groups(*found["n"].split()),
        ),
    ),
)  # fmt: skip
RULES: tuple[Rule, ...] = tuple(rules(LANGUAGE, HABITS))
