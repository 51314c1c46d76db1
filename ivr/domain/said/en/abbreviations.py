"""Titles, abbreviations, inches and feet, Roman numerals, and letters said one by one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ivr.domain.said.en.times import _GOES_ON as _NAMES
from ivr.domain.said.en.words import LANGUAGE, STATES, cardinal, house_number, ordinal
from ivr.domain.said.rule import SETTLED, Rule, rewrite, rule, stop_after

_TITLES = {
    "Mr": "Mister", "Mrs": "Missus", "Ms": "Miz", "Dr": "Doctor", "Drs": "Doctors", "Prof": "Professor",
    "Rev": "Reverend", "Hon": "Honorable", "Sgt": "Sergeant", "Lt": "Lieutenant", "Capt": "Captain",
    "Gov": "Governor",
    "Sen": "Senator", "Rep": "Representative", "Fr": "Father", "Atty": "Attorney", "Col": "Colonel", "Gen": "General",
    "Pres": "President",
}  # fmt: skip
# Without a full stop they are said so, too.
_BARE_TITLES = "Mr|Mrs|Ms|Drs|Dr|Prof|Sgt|Capt"
_BEHIND_NAMES = {"Jr": "Junior", "Sr": "Senior", "Esq": "Esquire"}
# With or without a full stop, in small letters or with a first capital.
_WORDS = {
    "hr": "hour", "hrs": "hours", "appt": "appointment", "appts": "appointments", "approx": "approximately",
    "dept": "department", "depts": "departments", "mgr": "manager", "mgmt": "management", "asst": "assistant",
    "incl": "including", "excl": "excluding", "govt": "government", "intl": "international", "natl": "national",
    "attn": "attention", "acct": "account", "accts": "accounts", "addr": "address", "avail": "available",
    "bldg": "building", "blvd": "boulevard", "cert": "certified", "cust": "customer", "emerg": "emergency",
    "info": "info", "ins": "insurance", "maint": "maintenance", "max": "maximum", "min": "minimum", "msg": "message",
    "msgs": "messages", "qty": "quantity", "rep": "rep", "req": "required", "res": "reservation", "svc": "service",
    "svcs": "services", "sched": "schedule", "tel": "telephone", "temp": "temp", "wknd": "weekend",
    "mon": "mon", "yrs": "years", "wks": "weeks", "mins": "minutes", "secs": "seconds", "lbs": "pounds",
    "pkg": "package", "pkgs": "packages", "refs": "references", "est": "established", "pls": "please",
    "thx": "thanks",
    "tmrw": "tomorrow", "misc": "miscellaneous", "ext": "extension",
}  # fmt: skip
# Only with a full stop: without it they are words, or nothing.
_STOPPED = {
    "co": "company", "corp": "corporation", "inc": "incorporated", "ltd": "limited", "bros": "brothers",
    "assn": "association",
    "assoc": "associates", "univ": "university", "hosp": "hospital", "ctr": "center", "bldg": "building",
    "ave": "avenue",
    "etc": "et cetera", "vs": "versus", "ph": "phone",
    "hwy": "highway",
    "mfg": "manufacturing", "pres": "president",
    "ste": "suite",
    "dist": "district", "div": "division", "const": "construction", "elec": "electric", "plbg": "plumbing",
    "htg": "heating",
}  # fmt: skip
# Only with a full stop and before a number: elsewhere they are words that end a sentence ("or 2 for no.").
_BEFORE_NUMBERS = {
    "no": "number", "nos": "numbers", "vol": "volume", "fig": "figure", "pg": "page", "pp": "pages",
}  # fmt: skip
_NEVER_STOPPED = {
    "info",
    "rep",
    "temp",
    "mon",
    "res",
    "ins",
    "est",
    "min",
    "max",
    "hr",
    "req",
    "cert",
    "cust",
    "addr",
}
_FIXED = {
    "w/o": "without", "w/in": "within", "w/": "with", "b/c": "because", "c/o": "care of", "a/k/a": "also known as",
    "A/K/A": "also known as",
    "d/b/a": "doing business as", "D/B/A": "doing business as", "dba": "doing business as",
    "DBA": "doing business as",
    "n/a": "not applicable", "N/A": "not applicable", "A/C": "A C", "a/c": "A C", "AC/DC": "A C D C",
    "and/or": "and or",
    "Y/N": "yes or no", "y/n": "yes or no", "Q&A": "Q and A", "R&D": "R and D", "TV/VCR": "TV VCR", "P/U": "pick up",
    "T/F": "true or false", "R/O": "R O",
}  # fmt: skip
# Read as words by a voice, though their letters are said.
_LETTERS = frozenset(
    [
        "APR",
        "APY",
        "FAQ",
        "FAQs",
        "YMCA",
        "YWCA",
        "IRS",
        "DUI",
        "EIN",
        "IRA",
        "SSN",
        "DOB",
        "ETA",
        "PTO",
        "CPA",
        "ROC",
        "NMLS",
        "HOA",
        "HUD",
        "LLP",
        "BBB",
        "CPR",
        "EMT",
        "ICU",
        "MRI",
    ]
)
_NUMERALS = {
    "II": 2,
    "III": 3,
    "IV": 4,
    "VI": 6,
    "VII": 7,
    "VIII": 8,
    "IX": 9,
    "XI": 11,
    "XII": 12,
    "XIII": 13,
    "XIV": 14,
    "XV": 15,
}
_NUMBERED = (
    "Phase|Type|Part|Chapter|Class|Level|Title|Stage|Section|Act|Volume|War|Book|Grade|Tier|Schedule|Article"
    "|Step|Division|Category"
    "|Building|Group|Plan|phase|type|part|stage|level|class|tier|Rocky|Final Fantasy|Medicare Part"
)

# A noun behind a measure, which tells its size.
_NOUN = re.compile(
    r" (?!(?:x|by|of|long|wide|tall|deep|high|thick|in|and|or|to|at|on|is|are|for|from|per)\b)[a-z]{3,}"
)


def early() -> Iterator[Rule]:
    """Those that end in no sentence, and those whose signs others would read."""
    fixed = "|".join(sorted(map(re.escape, _FIXED), key=len, reverse=True))
    yield rule(rf"(?<![\w/])(?:{fixed})(?![/]|(?<!/)\w)", lambda found: _FIXED[found[0]])
    yield rule(r"\b[Ee]\.\s?g\.", "for example")
    yield rule(r"\b[Ii]\.\s?e\.", "that is")
    yield rule(r"\ba\.k\.a\.", "also known as")
    zones = "[ECMP][SD]T|UTC|GMT"
    yield rule(rf"\b(?P<letters>{zones})\b(?!\. ?\d{{4}})\.?", lambda found: _spelt(found) + stop_after(found))
    yield rule(r"\bper min\b\.?", lambda found: f"per minute{stop_after(found)}")
    # The street behind a person's name.
    yield rule(
        r"\b(?P<title>Jr|Sr)\b\.? Dr\b\.?",
        lambda found: f"{_BEHIND_NAMES[found['title']]} Drive{stop_after(found)}",
    )
    yield rule(
        r"(?<![\w])(?:No|Nos|no|nos|Nr)\.\s?(?=[#\d])", lambda found: "numbers " if "s" in found[0] else "number "
    )
    yield rewrite(r"\bacct\b\.?", "account", re.IGNORECASE)
    yield rule(rf"\b(?P<letters>{'|'.join(sorted(_LETTERS, key=len, reverse=True))})\b", _spelt)
    yield rule(
        r"(?i:(?P<free>free|no-obligation) ests?\b\.?)", lambda found: f"{found['free']} estimates{stop_after(found)}"
    )
    yield rule(
        r"\b(?P<first>[Ee])st\.(?!\s?(?:in |since )?\d{4}\b)",
        lambda found: f"{found['first']}stimated{stop_after(found)}",
    )
    yield rule(r"(?<![\w./])50/50(?![\w/])", "fifty-fifty")
    yield rule(
        r"(?<![\w./$])(?P<n>\d\.\d)/(?P<of>5|10)(?![\w/])",
        lambda found: f"{LANGUAGE.number(found['n'])} out of {cardinal(int(found['of']))}",
    )
    yield rule(
        r"(?<![\w.,$-])(?P<n>\d{1,3}(?:\.\d)?M|\d{2,3}K)(?!\w)",
        lambda found: f"{LANGUAGE.number(found['n'][:-1])} {'million' if found['n'][-1] == 'M' else 'thousand'}",
    )
    yield rule(r"№\s?", "number ")
    yield rule(r"(?<![\w.$])(?P<feet>\d{1,3})\s?['’′]\s?(?P<inches>\d{1,2})\s?(?:\"|”|″|'')", _feet)
    yield rule(
        r"(?<![\w.$])(?P<n>\d{1,4})\s?['’′](?![\w])", lambda found: LANGUAGE.counted(found["n"], "foot", "feet")
    )
    yield rule(r"(?<![\w.$])(?<!\")(?P<n>\d{1,4})\s?(?:\"|″|”)(?=\s?[a-z)x,.;:]|\s?$)", _inches)
    yield rule(r"(?<![\w.,$-])(?P<n>\d{1,6})(?:st|nd|rd|th|ST|ND|RD|TH)\b", lambda found: ordinal(int(found["n"])))
    yield rule(
        r"(?P<n>\d{1,3}(?:,\d{3}){1,4})(?:st|nd|rd|th)\b", lambda found: ordinal(int(found["n"].replace(",", "")))
    )


def late() -> Iterator[Rule]:
    titles = "|".join(sorted(_TITLES, key=len, reverse=True))
    yield rule(rf"\b(?P<title>{titles})\.\s?(?=[A-Z{SETTLED}]|$)", _title)
    yield rule(rf"\b(?P<title>{_BARE_TITLES})\b\.?", lambda found: _TITLES[found["title"]])
    yield rule(
        r",? \b(?P<title>Jr|Sr|Esq)\b\.?", lambda found: f" {_BEHIND_NAMES[found['title']]}{stop_after(found)}"
    )
    yield rule(r"\bPh\.\s?D\b\.?", lambda found: "PhD" + stop_after(found))
    yield rule(rf"\b(?P<noun>{_NUMBERED}) (?P<numeral>[IVX]{{1,4}})\b(?!['’.]\w)", _numeral)
    yield rule(
        r"(?P<names>\b[A-Z][a-z]{1,24} [A-Z][a-z]{1,24}),? (?P<numeral>III|II|IV)\b",
        lambda found: f"{found['names']} the {ordinal(_NUMERALS[found['numeral']])}",
    )
    # Letters with full stops: U.S., D.C., L.L.C.
    yield rule(r"(?<![\w.])(?P<letters>(?:[A-Z]\. ?){2,6})(?=[^A-Za-z]|$|[A-Z][a-z])", _initials)
    yield rule(
        r"(?<![\w.])(?P<letters>(?:[A-Z]\.){1,5}[A-Z])(?![\w.])",
        lambda found: " ".join(found["letters"].replace(".", "")),
    )
    stopped = "|".join(sorted({*_STOPPED}, key=len, reverse=True))
    yield rule(rf"\b(?P<word>{stopped})\.(?![\w.])", lambda found: _word(found, _STOPPED), re.IGNORECASE)
    numbered = "|".join(_BEFORE_NUMBERS)
    yield rule(
        rf"\b(?P<word>{numbered})\.(?= ?#?[0-9{{])", lambda found: _word(found, _BEFORE_NUMBERS), re.IGNORECASE
    )
    words = "|".join(sorted({*_WORDS}, key=len, reverse=True))
    yield rule(rf"\b(?P<word>{words})\.(?![\w.])", lambda found: _word(found, _WORDS), re.IGNORECASE)
    bare = "|".join(sorted({*_WORDS} - _NEVER_STOPPED - {"tel", "ext"}, key=len, reverse=True))
    yield rule(rf"(?<![\w.'’-])(?P<word>{bare})\b(?![\w'’-])", lambda found: _word(found, _WORDS), re.IGNORECASE)
    yield rule(r"\bLtd\b", "Limited")
    yield rule(r"\bInc\b", "Incorporated")
    yield rule(r"\betc\b", "et cetera")
    yield rule(r"\bvs\b", "versus")
    yield rule(
        r"\b(?P<preposition>in|of|throughout|across|from|serving|near) (?P<state>AZ|CA|TX|FL|NY|NJ|NV|NM|UT|WA"
        r"|GA|NC|SC|TN|VA|MN|MO|WI|IL|MI)\b(?!\w)",
        lambda found: f"{found['preposition']} {STATES[found['state']]}",
    )
    yield rule(r"\b(?P<letter>[A-Z])-(?P<no>\d{3})\b", lambda found: f"{found['letter']} {house_number(found['no'])}")


def _feet(match: re.Match[str]) -> str:
    feet, inches = match["feet"], match["inches"]
    return f"{LANGUAGE.counted(feet, 'foot', 'feet')} {LANGUAGE.counted(inches, 'inch', 'inches')}"


def _inches(match: re.Match[str]) -> str:
    names = _NOUN.match(match.string, match.end())
    return f"{LANGUAGE.number(match['n'])} inch" if names else LANGUAGE.counted(match["n"], "inch", "inches")


def _title(match: re.Match[str]) -> str | None:
    return _TITLES[match["title"]] + " "


def _numeral(match: re.Match[str]) -> str | None:
    if match["numeral"] == "I":
        return f"{match['noun']} one" if match["noun"][0].isupper() else None
    if match["numeral"] in ("V", "X"):
        return f"{match['noun']} {cardinal({'V': 5, 'X': 10}[match['numeral']])}"
    number = _NUMERALS.get(match["numeral"])
    return f"{match['noun']} {cardinal(number)}" if number else None


def _initials(match: re.Match[str]) -> str:
    written = match["letters"]
    letters = " ".join(letter for letter in written if letter.isalpha())
    rest = match.string[match.end() :]
    if not rest.strip():
        return letters + "."
    return letters + (" " if written.endswith(" ") else "")


def _spelt(match: re.Match[str]) -> str:
    written = match["letters"]
    plural = "s" if written.endswith("s") else ""
    return " ".join(written.removesuffix("s")) + ("'s" if plural else "")


def _word(match: re.Match[str], words: dict[str, str]) -> str:
    written = match["word"]
    said = words[written.lower()]
    return (said.capitalize() if written[0].isupper() else said) + stop_after(match, unless=_NAMES)
