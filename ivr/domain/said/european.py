"""Times, dates, abbreviations and signs of languages that write the day before the month."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from ivr.domain.said import money, numbers, phones, units, web
from ivr.domain.said.language import Currency, Language
from ivr.domain.said.rule import SETTLED, Rule, rewrite, rule, stop_after

_DASH = r"\s{0,2}[-–—]\s{0,2}"
# What else is written for a sign or a code: ISO 4217's code, and a sign with a country.
_ALSO = {
    "$": ("USD", "US$"),
    "€": ("EUR",),
    "£": ("GBP",),
    "R$": ("BRL",),
    "CAD": ("CA$", "C$"),
    "MXN": ("MX$", "Mex$"),
}


def with_codes(currencies: Mapping[str, Currency]) -> Mapping[str, Currency]:
    """Currencies by their signs and codes, and by all that is written for them."""
    return {**currencies, **{also: names for sign, names in currencies.items() for also in _ALSO.get(sign, ())}}


@dataclass(frozen=True, kw_only=True)
class Habits:
    """How a language says what it writes. `clock` takes hour, minute, `a` or `p` or nothing, and whether the word for
    hours is written; `date` takes day, month and year, 0 for none, and the words before it. `hours` are the spellings
    of that word, `words` abbreviations that are read as words with or without a full stop, `stopped` those that have
    one, `before_names` those of them that stand before a name ("Sr. García"), `round_the_clock` says 24/7 and `half`
    1/2, `patterns` are whatever is special."""

    clock: Callable[[int, int, str, bool], str]
    date: Callable[[int, int, int, str], str]
    hours: str
    round_the_clock: str
    half: str
    words: Mapping[str, str] = field(default_factory=dict)
    stopped: Mapping[str, str] = field(default_factory=dict)
    before_names: frozenset[str] = frozenset()
    patterns: tuple[Rule, ...] = ()
    scales: Mapping[str, str] = field(default_factory=dict)
    per: Mapping[str, str] = field(default_factory=dict)
    local_numbers: tuple[Rule, ...] = ()


def rules(language: Language, habits: Habits) -> Iterator[Rule]:
    """All rules of such a language, in their order."""
    yield from web.rules(language)
    yield from _spellings()
    yield from numbers.rewrites(language)
    yield from phones.rules(language)
    yield from habits.local_numbers
    yield from habits.patterns
    yield rule(r"(?<![\w/])24/7(?![\w/])", habits.round_the_clock)
    yield rule(r"(?<![\w./])1/2(?![\w/])", habits.half)
    yield from _dates(language, habits)
    yield from _days(language)
    yield from money.rules(language, habits.scales, habits.per)
    yield from _times(habits, language)
    yield from units.rules(language)
    yield from numbers.rules(language)
    yield from _abbreviations(habits)
    yield from _signs(language)
    yield from numbers.leftovers(language)


def _spellings() -> Iterator[Rule]:
    yield rewrite(r"[‘’ʼ]", "'")
    yield rewrite(r"[“”«»„]", '"')
    yield rewrite(r"[\u2010\u2011\u2212]", "-")
    yield rewrite(r"\s{0,4}—\s{0,4}", ", ")
    yield rewrite(r"(?<=[a-zà-ÿ)\d])([.!?])(?=[A-ZÀ-Ý¿¡][a-zà-ÿ])", r"\1 ")
    yield rewrite(r"([,;:!?])(?=[^\W\d_])", r"\1 ")


def _times(habits: Habits, language: Language) -> Iterator[Rule]:
    to = language.words["to"]
    hours = habits.hours
    half = r"(?:\s?(?P<half>[AaPp])\.?\s?[Mm]\b\.?)"

    def said(hour: str, minute: str | None, half: str | None, word: bool) -> str | None:
        if int(hour) > 24 or (half and not 1 <= int(hour) <= 12):
            return None
        return habits.clock(int(hour), int(minute or 0), (half or "").lower(), word)

    def single(match: re.Match[str]) -> str | None:
        found = match.groupdict()
        words = said(match["hour"], match["minute"], found.get("half"), bool(found.get("word")))
        return None if words is None else words + stop_after(match)

    def span(match: re.Match[str]) -> str | None:
        one = said(match["hour1"], match["minute1"], match["half1"], bool(match["word1"]))
        two = said(match["hour"], match["minute"], match["half"], bool(match["word"]))
        if one is None or two is None:
            return None
        return f"{one} {to} {two}{stop_after(match)}"

    clock = rf"(?P<hour>\d{{1,2}})(?::(?P<minute>[0-5]\d))?(?:{half}|\s?(?P<word>{hours})(?![^\W_]))?"
    clock_1 = clock.replace("<hour>", "<hour1>").replace("<minute>", "<minute1>")
    clock_1 = clock_1.replace("<half>", "<half1>").replace("<word>", "<word1>")
    marked = r"(?=[^-–]{1,14}[-–]\s?\d{1,2}(?::\d\d|\s?[AaPp]\.?\s?[Mm]\b|\s?(?:" + hours + r")(?![^\W_])))"
    yield rule(rf"(?<![\w:.,$/-])(?<!\d ){marked}{clock_1}{_DASH}{clock}(?![\w:])", span)
    yield rule(
        r"(?<![\w:.,$/-])(?<!\d )(?P<hour>\d{1,2})\s?(?P<word>h|H)(?:\s?(?P<minute>[0-5]\d))?(?:\s?min\b)?(?![\w])",
        single,
    )
    yield rule(
        rf"(?<![\w:.,$/-])(?<!\d )(?P<hour>\d{{1,2}})[:.](?P<minute>[0-5]\d)\s?(?P<word>{hours})(?![^\W_])", single
    )
    yield rule(rf"(?<![\w:.,$/-])(?<!\d )(?P<hour>\d{{1,2}})(?::(?P<minute>[0-5]\d))?{half}", single)
    yield rule(r"(?<![\w:.,$/-])(?<!\d )(?P<hour>\d{1,2}):(?P<minute>[0-5]\d)(?![\w:])", single)


def _dates(language: Language, habits: Habits) -> Iterator[Rule]:
    named = {name.casefold(): at for at, name in enumerate(language.months, start=1)}
    named |= {short.casefold(): at for short, at in language.month_abbreviations.items()}
    names = "|".join(sorted(map(re.escape, named), key=len, reverse=True))

    def say(day: int, month: int, written: str | None, match: re.Match[str]) -> str | None:
        if not (1 <= day <= 31 and 1 <= month <= 12):
            return None
        year = 0 if not written else int(written) if len(written) == 4 else 2000 + int(written)
        return habits.date(day, month, year, match.string[max(0, match.start() - 12) : match.start()])

    yield rule(
        r"(?<![\w./-])(?P<day>[0-3]?\d)(?P<mark>[/.])(?P<month>[01]?\d)(?P=mark)(?P<year>\d{4}|\d\d)(?![\w/])",
        lambda found: say(int(found["day"]), int(found["month"]), found["year"], found),
    )
    yield rule(
        r"(?<![\w./-])(?P<year>\d{4})-(?P<month>[01]\d)-(?P<day>[0-3]\d)(?![\w-])",
        lambda found: say(int(found["day"]), int(found["month"]), found["year"], found),
    )
    yield rule(
        r"(?<![\w./-])(?P<day>[0-3]?\d)/(?P<month>[01]?\d)(?![\w/-])",
        lambda found: None if found[0] == "1/2" else say(int(found["day"]), int(found["month"]), None, found),
    )
    yield rule(
        rf"(?<![\w.,/-])(?P<day>[0-3]?\d)(?:\.|er|º|°|ro)? (?:(?:de|di) )?(?P<month>{names})\b\.?"
        r"(?:,? (?:de |del )?(?P<year>(?:19|20)\d\d)\b)?",
        lambda found: say(int(found["day"]), named[found["month"].casefold()], found["year"], found),
        re.IGNORECASE,
    )


def _days(language: Language) -> Iterator[Rule]:
    days = {short.casefold(): name for short, name in language.weekdays.items()}
    days |= {name.casefold(): name for name in language.weekdays.values()}
    names = "|".join(sorted(map(re.escape, days), key=len, reverse=True))
    link = language.words.get("and of days", language.words["and"])
    sure = "|".join(
        sorted(
            (re.escape(short) for short in language.weekdays if len(short) > 2 and short not in ("mar", "sex")),
            key=len,
            reverse=True,
        )
    )
    yield rule(
        rf"\b(?P<one>{names})\.?{_DASH}(?P<two>{names})\b\.?",
        lambda found: language.span(days[found["one"].casefold()], days[found["two"].casefold()], found)
        + stop_after(found),
        re.IGNORECASE,
    )
    yield rule(
        rf"\b(?P<one>{names})\.?\s?[/&+]\s?(?P<two>{names})\b\.?",
        lambda found: f"{days[found['one'].casefold()]} {link} {days[found['two'].casefold()]}{stop_after(found)}",
        re.IGNORECASE,
    )
    short = "|".join(sorted(map(re.escape, language.weekdays), key=len, reverse=True))
    yield rule(
        rf"\b(?P<one>{short})(?:\.\s?|:?\s)(?=[\d{SETTLED}])",
        lambda found: f"{language.weekdays[found['one']]}, ",
    )
    if sure:
        yield rule(
            rf"\b(?P<one>{sure})\b\.?", lambda found: days[found["one"].casefold()] + stop_after(found), re.IGNORECASE
        )
    yield rewrite(
        rf"(?<=[{SETTLED}]) (?=\d{{1,2}}(?::[0-5]\d)?\s?(?:[ap]\.?\s?m\b|h\b|[-–]\s?\d))", ", ", re.IGNORECASE
    )


def _abbreviations(habits: Habits) -> Iterator[Rule]:
    def say(match: re.Match[str], table: Mapping[str, str]) -> str:
        written = match["word"]
        said = table.get(written) or table[written.casefold()]
        is_named = written.casefold() in habits.before_names and match.string[match.end() :].strip()
        return said if is_named else said + stop_after(match)

    def one_of(table: Mapping[str, str], stop: str) -> Rule:
        spelt = "|".join(sorted(map(re.escape, table), key=len, reverse=True))
        folded = {key.casefold(): said for key, said in table.items()} | dict(table)
        return rule(rf"(?<![\w.])(?P<word>{spelt}){stop}", lambda found: say(found, folded), re.IGNORECASE)

    for table, stop in ((habits.stopped, r"\.(?!\w)"), (habits.words, r"(?![\w'])\.?")):
        if table:
            yield one_of(table, stop)


def _signs(language: Language) -> Iterator[Rule]:
    words = language.words
    link = words.get("and of days", words["and"])
    yield rule(r"(?<![\w#])#\s?(?=\d)", f"{words['number']} ")
    yield rule("#", words["pound"])
    yield rule(r"(?<=\w)\*(?!\w)|\*{2,40}", "")
    yield rule(r"\*", words["star"])
    yield rule(r"\s?&\s?", f" {link} ")
    yield rule(r"(?<=[\w\ue000-\uf8ff])\+(?!\w)|(?<![\w+])\+(?=\w)|\s\+\s", f" {words['plus']} ")
    yield rule(r"(?<!\w)@\s?", f"{words['at']} ")
    yield rule(r"\s[/|•·‣]\s", ", ")
    yield rule(r"[™®©]", "")
