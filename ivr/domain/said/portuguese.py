"""Portuguese, as it is spoken in Brazil."""

from __future__ import annotations

from ivr.domain.said.european import Habits, rules, with_codes
from ivr.domain.said.language import Currency, Language
from ivr.domain.said.rule import Rule, rule

_ONES = [
    "zero",
    "um",
    "dois",
    "três",
    "quatro",
    "cinco",
    "seis",
    "sete",
    "oito",
    "nove",
    "dez",
    "onze",
    "doze",
    "treze",
    "quatorze",
    "quinze",
    "dezesseis",
    "dezessete",
    "dezoito",
    "dezenove",
]
_TENS = ["vinte", "trinta", "quarenta", "cinquenta", "sessenta", "setenta", "oitenta", "noventa"]
_HUNDREDS = [
    "cento",
    "duzentos",
    "trezentos",
    "quatrocentos",
    "quinhentos",
    "seiscentos",
    "setecentos",
    "oitocentos",
    "novecentos",
]
_ORDINALS = [
    "zero",
    "primeiro",
    "segundo",
    "terceiro",
    "quarto",
    "quinto",
    "sexto",
    "sétimo",
    "oitavo",
    "nono",
    "décimo",
]


def cardinal(number: int) -> str:
    if number < 20:
        return _ONES[number]
    if number < 100:
        ten, one = divmod(number, 10)
        return _TENS[ten - 2] + (f" e {_ONES[one]}" if one else "")
    if number < 1000:
        hundred, rest = divmod(number, 100)
        return "cem" if number == 100 else _HUNDREDS[hundred - 1] + (f" e {cardinal(rest)}" if rest else "")
    if number < 10**6:
        thousand, rest = divmod(number, 1000)
        head = "mil" if thousand == 1 else f"{cardinal(thousand)} mil"
    elif number >= 10**9:
        billion, rest = divmod(number, 10**9)
        head = "um bilhão" if billion == 1 else f"{cardinal(billion)} bilhões"
    else:
        million, rest = divmod(number, 10**6)
        head = "um milhão" if million == 1 else f"{cardinal(million)} milhões"
    if not rest:
        return head
    return f"{head}{' e' if rest < 100 or (rest % 100 == 0 and rest < 1000) else ''} {cardinal(rest)}"


def ordinal(number: int) -> str:
    return _ORDINALS[number] if number < len(_ORDINALS) else cardinal(number)


def _feminine(words: str) -> str:
    if words.endswith("dois"):
        return words[:-4] + "duas"
    return words + "a" if words.endswith("um") else words


def clock(hour: int, minute: int, half: str, word: bool) -> str:
    hour = hour % 12 + (12 if half == "p" else 0) if half else hour
    said = f"{_feminine(cardinal(hour))} {'hora' if hour == 1 else 'horas'}"
    return f"{said} e {cardinal(minute)}" if minute else said


def date(day: int, month: int, year: int, before: str) -> str:
    said = f"{'primeiro' if day == 1 else cardinal(day)} de {LANGUAGE.months[month - 1]}"
    return said + (f" de {cardinal(year)}" if year else "")


LANGUAGE = Language(
    code="pt",
    digits=tuple(_ONES[:10]),
    cardinal=cardinal,
    ordinal=ordinal,
    year=cardinal,
    lax_marks=True,
    decimals_as_number=True,
    decimal_mark=",",
    group_mark=".",
    noun_forms={"ilhões": "ilhões de", "ilhão": "ilhão de"},
    words={
        "to": "a", "and": "e", "point": "vírgula", "point .": "ponto", "minus": "menos", "percent": "por cento",
        "plus": "mais", "dot": "ponto", "at": "arroba", "slash": "barra", "dash": "hífen", "underscore": "sublinhado",
        "number": "número", "extension": "ramal", "pound": "jogo da velha", "star": "asterisco", "degree": "grau",
        "degrees": "graus", "equals": "igual", "times": "vezes", "by": "por", "per": "por", "version": "versão",
        "millions_of": "de",
    },
    months=("janeiro", "fevereiro", "março", "abril", "maio", "junho", "julho", "agosto", "setembro", "outubro",
        "novembro", "dezembro",),
    month_abbreviations={
        "jan": 1, "fev": 2, "abr": 4, "jun": 6, "jul": 7, "ago": 8, "set": 9, "out": 10, "nov": 11, "dez": 12,
    },
    weekdays={
        "seg": "segunda", "ter": "terça", "qua": "quarta", "qui": "quinta", "sex": "sexta", "sáb": "sábado",
        "sab": "sábado", "dom": "domingo", "segunda-feira": "segunda", "sexta-feira": "sexta",
    },
    currencies=with_codes({
        "R$": Currency("real", "reais", "centavo", "centavos"),
        "$": Currency("dólar", "dólares", "centavo", "centavos"),
        "€": Currency("euro", "euros", "centavo", "centavos"),
        "£": Currency("libra", "libras", "pêni", "pence"),
        "CAD": Currency("dólar canadense", "dólares canadenses", "centavo", "centavos"),
        "MXN": Currency("peso mexicano", "pesos mexicanos", "centavo", "centavos"),
    }),
    units={
        "km": ("quilômetro", "quilômetros"), "m": ("metro", "metros"), "cm": ("centímetro", "centímetros"),
        "kg": ("quilo", "quilos"), "ml": ("mililitro", "mililitros"), "min": ("minuto", "minutos"),
        "hrs": ("hora", "horas"), "seg": ("segundo", "segundos"), "m²": ("metro quadrado", "metros quadrados"),
        "m2": ("metro quadrado", "metros quadrados"), "km/h": ("quilômetro por hora", "quilômetros por hora"),
    },
)  # fmt: skip
HABITS = Habits(
    clock=clock,
    date=date,
    hours=r"horas|hora|hrs|hs|h",
    round_the_clock="vinte e quatro horas, sete dias por semana",
    half="meio",
    words={
        "sr": "senhor", "sra": "senhora", "dr": "doutor", "dra": "doutora", "etc": "et cetera",
        "aprox": "aproximadamente",
        "depto": "departamento", "hrs": "horas", "avda": "avenida", "profa": "professora",
    },
    stopped={
        "av": "avenida", "r": "rua", "tel": "telefone", "ext": "ramal", "pça": "praça", "rod": "rodovia",
        "min": "mínimo",
        "máx": "máximo", "apto": "apartamento", "ap": "apartamento", "al": "alameda", "prof": "professor",
        "jd": "jardim",
    },
    before_names=frozenset([
        "sr", "sra", "dr", "dra", "prof", "profa", "avda", "av", "r", "tel", "pça", "rod", "apto", "ap",
        "al", "jd",
    ]),
    patterns=(
        rule(r"\b[Ss]eg\b\.?\s?(?:a|à|-|–)\s?[Ss]ex\b\.?(?=\s)", "segunda a sexta"),
        rule(r"\bp\.\s?ex\.", "por exemplo"),
        rule(r"(?<!\w)[Nn][º°]\s?|(?<!\w)[Nn]\.\s?[º°]\s?", "número "),
        rule(r"(?<!\w)2[ªa]\s?(?:a|à|-|–)\s?6[ªa](?:-feira)?(?!\w)", "segunda a sexta"),
        rule(r"(?<![\w.])(?P<n>10|[1-9])(?:º|°|o)(?!\w)", lambda found: ordinal(int(found["n"]))),
        rule(r"(?<![\w.])(?P<n>10|[1-9])(?:ª|a)(?!\w)", lambda found: ordinal(int(found["n"]))[:-1] + "a"),
    ),
    scales={"mil": "mil", "mi": "milhões", "milhões": "milhões", "milhão": "milhão"},
    per={"mês": "mês", "hora": "hora", "h": "hora", "ano": "ano", "dia": "dia", "pessoa": "pessoa"},
    local_numbers=(
        rule(
            r"(?<![\w$.,/-])(?P<a>\d{5})-(?P<b>\d{3})(?![\w-])",
            lambda found: f"{LANGUAGE.spelled(found['a'])}, {LANGUAGE.spelled(found['b'])}",
        ),
        rule(
            r"(?<![\w$.,/-])(?:\(?0?(?P<area>[1-9]\d)\)? )?(?P<a>9?\d{4})-(?P<b>\d{4})(?![\w-])",
            lambda found: LANGUAGE.groups(found["area"] or "", found["a"], found["b"]),
        ),
        rule(
            r"(?<![\w$.,/-])(?P<a>0[358]00)[ -](?P<b>\d{3})[ -](?P<c>\d{4})(?![\w-])",
            lambda found: LANGUAGE.groups(found["a"], found["b"], found["c"]),
        ),
    ),
)  # fmt: skip
RULES: tuple[Rule, ...] = tuple(rules(LANGUAGE, HABITS))
