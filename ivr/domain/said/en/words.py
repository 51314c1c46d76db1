"""Names of numbers, months, days, units and places in US English."""

from __future__ import annotations

import re

from ivr.domain.said.language import Currency, Language
from ivr.domain.spoken import numbers
from ivr.domain.spoken.calendar import year_pieces
from ivr.domain.spoken.pieces import MONTHS, words_of

_IRREGULAR = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth",
    "twelve": "twelfth",
}  # fmt: skip
_LAST_WORD = re.compile(r"[a-z]+$")


def cardinal(number: int) -> str:
    return words_of(numbers.cardinal(number))


def ordinal(number: int) -> str:
    def ending(match: re.Match[str]) -> str:
        word = match[0]
        return _IRREGULAR.get(word) or (word[:-1] + "ieth" if word.endswith("y") else word + "th")

    return _LAST_WORD.sub(ending, cardinal(number))


def year(number: int) -> str:
    return words_of(year_pieces(number))


def house_number(digits: str) -> str:
    """As streets are numbered: 123 is one twenty-three, 1200 twelve hundred, 4501 forty-five oh one."""
    if len(digits) > 4 or digits[0] == "0":
        return spelled(digits)
    if len(digits) < 3:
        return cardinal(int(digits))
    first, last = int(digits[:-2]), int(digits[-2:])
    if last == 0:
        return cardinal(int(digits)) if first % 10 == 0 else f"{cardinal(first)} hundred"
    return f"{cardinal(first)} {'oh ' if last < 10 else ''}{cardinal(last)}"


def spelled(digits: str) -> str:
    return " ".join(DIGITS[int(digit)] for digit in digits)


DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
WEEKDAYS = {
    "Mon": "Monday", "Tue": "Tuesday", "Tues": "Tuesday", "Wed": "Wednesday", "Weds": "Wednesday", "Thu": "Thursday",
    "Thur": "Thursday", "Thurs": "Thursday", "Fri": "Friday", "Sat": "Saturday", "Sun": "Sunday",
}  # fmt: skip
MONTH_ABBREVIATIONS = {
    "Jan": 1, "Feb": 2, "Mar": 3, "Apr": 4, "Jun": 6, "Jul": 7, "Aug": 8, "Sep": 9, "Sept": 9, "Oct": 10, "Nov": 11,
    "Dec": 12,
}  # fmt: skip
NAMES_OF_DAYS = frozenset({*WEEKDAYS, *WEEKDAYS.values(), *MONTHS, *MONTH_ABBREVIATIONS})

UNITS = {
    "lb": ("pound", "pounds"), "lbs": ("pound", "pounds"), "oz": ("ounce", "ounces"),
    "ft": ("foot", "feet"), "in": ("inch", "inches"), "yd": ("yard", "yards"), "yds": ("yard", "yards"),
    "mi": ("mile", "miles"), "mph": ("mile per hour", "miles per hour"), "mpg": ("mile per gallon",
    "miles per gallon"),
    "gal": ("gallon", "gallons"), "qt": ("quart", "quarts"), "pt": ("pint", "pints"), "tsp": ("teaspoon",
    "teaspoons"),
    "tbsp": ("tablespoon", "tablespoons"), "sq ft": ("square foot", "square feet"), "sqft": ("square foot",
    "square feet"),
    "sq. ft": ("square foot", "square feet"), "sq yds": ("square yard", "square yards"), "sq. yds": ("square yard",
    "square yards"), "sq mi": ("square mile", "square miles"),
    "cu ft": ("cubic foot", "cubic feet"),
    "hr": ("hour", "hours"), "hrs": ("hour", "hours"), "min": ("minute", "minutes"), "mins": ("minute", "minutes"),
    "sec": ("second", "seconds"), "secs": ("second", "seconds"), "yr": ("year", "years"), "yrs": ("year", "years"),
    "mo": ("month", "months"), "mos": ("month", "months"), "wk": ("week", "weeks"), "wks": ("week", "weeks"),
    "km": ("kilometer", "kilometers"), "cm": ("centimeter", "centimeters"), "mm": ("millimeter", "millimeters"),
    "kg": ("kilogram", "kilograms"), "mg": ("milligram", "milligrams"), "ml": ("milliliter", "milliliters"),
    "mL": ("milliliter", "milliliters"), "km/h": ("kilometer per hour", "kilometers per hour"),
    "kW": ("kilowatt", "kilowatts"), "kWh": ("kilowatt hour", "kilowatt hours"), "W": ("watt", "watts"),
    "V": ("volt", "volts"), "KB": ("kilobyte", "kilobytes"), "MB": ("megabyte", "megabytes"),
    "GB": ("gigabyte", "gigabytes"), "TB": ("terabyte", "terabytes"), "Mbps": ("megabit per second",
    "megabits per second"),
    "Gbps": ("gigabit per second", "gigabits per second"), "psi": ("P S I", "P S I"), "BTU": ("B T U", "B T U"),
    "ct": ("count", "count"), "pcs": ("piece", "pieces"), "pc": ("piece", "pieces"), "ppl": ("people", "people"),
}  # fmt: skip
PER = {
    "hr": "hour", "hour": "hour", "mo": "month", "month": "month", "yr": "year", "year": "year", "day": "day",
    "wk": "week", "week": "week", "visit": "visit", "person": "person", "pp": "person", "night": "night",
    "ea": "each",
    "each": "each", "lb": "pound", "oz": "ounce", "mi": "mile", "mile": "mile", "sq ft": "square foot",
    "sqft": "square foot",
    "sq. ft": "square foot", "gal": "gallon", "min": "minute", "minute": "minute", "unit": "unit", "room": "room",
}  # fmt: skip

STATES = {
    "AL": "Alabama", "AK": "Alaska", "AZ": "Arizona", "AR": "Arkansas", "CA": "California", "CO": "Colorado",
    "CT": "Connecticut", "DE": "Delaware", "DC": "D C", "FL": "Florida", "GA": "Georgia", "HI": "Hawaii",
    "ID": "Idaho",
    "IL": "Illinois", "IN": "Indiana", "IA": "Iowa", "KS": "Kansas", "KY": "Kentucky", "LA": "Louisiana",
    "ME": "Maine",
    "MD": "Maryland", "MA": "Massachusetts", "MI": "Michigan", "MN": "Minnesota", "MS": "Mississippi",
    "MO": "Missouri",
    "MT": "Montana", "NE": "Nebraska", "NV": "Nevada", "NH": "New Hampshire", "NJ": "New Jersey", "NM": "New Mexico",
    "NY": "New York", "NC": "North Carolina", "ND": "North Dakota", "OH": "Ohio", "OK": "Oklahoma", "OR": "Oregon",
    "PA": "Pennsylvania", "PR": "Puerto Rico", "RI": "Rhode Island", "SC": "South Carolina", "SD": "South Dakota",
    "TN": "Tennessee", "TX": "Texas", "UT": "Utah", "VT": "Vermont", "VA": "Virginia", "WA": "Washington",
    "WV": "West Virginia", "WI": "Wisconsin", "WY": "Wyoming",
}  # fmt: skip
# They are words, too, or endings of names: only where an address ends.
AMBIGUOUS_STATES = frozenset([
    "AL", "CO", "DE", "HI", "ID", "IN", "LA", "MA", "ME", "OH", "OK", "OR", "PA", "MD", "MS", "MT",
])  # fmt: skip

DIRECTIONS = {
    "N": "North", "S": "South", "E": "East", "W": "West", "NE": "Northeast", "NW": "Northwest", "SE": "Southeast",
    "SW": "Southwest",
}  # fmt: skip
STREETS = {
    "St": "Street", "Ave": "Avenue", "Av": "Avenue", "Blvd": "Boulevard", "Rd": "Road", "Dr": "Drive", "Ln": "Lane",
    "Ct": "Court", "Pl": "Place", "Pkwy": "Parkway", "Hwy": "Highway", "Cir": "Circle", "Ter": "Terrace",
    "Terr": "Terrace", "Trl": "Trail", "Sq": "Square", "Expy": "Expressway", "Fwy": "Freeway", "Rte": "Route",
    "Tpke": "Turnpike", "Plz": "Plaza", "Xing": "Crossing", "Aly": "Alley",
}  # fmt: skip
WHOLE_STREETS = frozenset({*STREETS.values(), "Way", "Loop", "Broadway", "Row", "Walk", "Path", "Pike"})
SAINTS = frozenset(
    [
        "Agnes",
        "Albans",
        "Andrew",
        "Andrews",
        "Ann",
        "Anne",
        "Anthony",
        "Augustine",
        "Barbara",
        "Bernard",
        "Catherine",
        "Charles",
        "Clair",
        "Clare",
        "Cloud",
        "Croix",
        "David",
        "Elizabeth",
        "Francis",
        "George",
        "Gregory",
        "Helena",
        "Helens",
        "James",
        "Jerome",
        "Joe",
        "John",
        "Johns",
        "Joseph",
        "Jude",
        "Lawrence",
        "Louis",
        "Lucia",
        "Lucie",
        "Luke",
        "Lukes",
        "Margaret",
        "Mark",
        "Marks",
        "Martin",
        "Mary",
        "Marys",
        "Matthew",
        "Matthews",
        "Michael",
        "Michaels",
        "Monica",
        "Nicholas",
        "Patrick",
        "Paul",
        "Pauls",
        "Peter",
        "Peters",
        "Petersburg",
        "Philip",
        "Pius",
        "Raphael",
        "Rita",
        "Rose",
        "Simon",
        "Simons",
        "Stephen",
        "Stephens",
        "Teresa",
        "Theresa",
        "Thomas",
        "Vincent",
        "Xavier",
    ],
)

LANGUAGE = Language(
    code="en",
    digits=DIGITS,
    cardinal=cardinal,
    ordinal=ordinal,
    year=year,
    words={
        "to": "to", "and": "and", "point": "point", "minus": "minus", "percent": "percent", "plus": "plus",
        "dot": "dot", "at": "at", "slash": "slash", "dash": "dash", "underscore": "underscore", "number": "number",
        "extension": "extension", "pound": "pound", "star": "star", "degrees": "degrees", "degree": "degree",
        "equals": "equals",
    },
    months=tuple(MONTHS),
    month_abbreviations=MONTH_ABBREVIATIONS,
    weekdays=WEEKDAYS,
    currencies={
        "$": Currency("dollar", "dollars", "cent", "cents"),
        "€": Currency("euro", "euros", "cent", "cents"),
        "£": Currency("pound", "pounds", "penny", "pence"),
        **dict.fromkeys(("USD", "US$"), Currency("U S dollar", "U S dollars", "cent", "cents")),
        **dict.fromkeys(("CAD", "CA$", "C$"), Currency("Canadian dollar", "Canadian dollars", "cent", "cents")),
        **dict.fromkeys(("MXN", "MX$", "Mex$"), Currency("Mexican peso", "Mexican pesos", "centavo", "centavos")),
    },
    units=UNITS,
)  # fmt: skip
