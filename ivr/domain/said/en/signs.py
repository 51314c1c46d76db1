"""Signs and punctuation: `#`, `*`, `&`, strokes, brackets, and sentences without a blank between them."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.domain.said.en.words import LANGUAGE, PER
from ivr.domain.said.rule import SETTLED, Rule, rewrite, rule

_PRESSED = r"(?:[Pp]ress(?:ing)?|[Hh]it|[Pp]ush|[Dd]ial|[Ee]nter|[Tt]ap|[Uu]se|then|or|and|the|by|with)"


def early() -> Iterator[Rule]:
    yield rewrite(r"[‘’ʼ]", "'")
    yield rewrite(r"[“”«»]", '"')
    yield rewrite(r"[\u2010\u2011]", "-")
    yield rewrite(r"[\u2212]", "-")
    yield rewrite(r"\s{0,4}—\s{0,4}", ", ")
    yield rewrite(r"(?<=[a-z)\d])([.!?])(?=[A-Z][a-z]|[A-Z] )", r"\1 ")
    yield rewrite(r"([,;:!?])(?=[A-Za-z])", r"\1 ")
    yield from _early_numbers()


def _early_numbers() -> Iterator[Rule]:
    """ "Your claim # is": a number, and no key."""
    for noun in ("account", "claim", "card", "order", "policy", "phone", "invoice", "ticket", "tracking", "member"):
        yield rewrite(rf"(?i:(?<=\b{noun} ))#(?!\s?\d)", "number")


def late() -> Iterator[Rule]:
    words = LANGUAGE.words
    yield rule(r"(?<![\w#])#\s?(?=\d)", "number ")
    yield rule(rf"(?P<before>\b{_PRESSED} )#", lambda found: f"{found['before']}pound")
    yield rule(r"#\s?(?=sign\b|key\b|button\b)", "pound ")
    yield rule(r"(?<!\w)#(?=[A-Z]\b)", "number ")
    yield rule(r"(?<!\w)#(?=[A-Za-z]{2})", "hashtag ")
    yield rule("#", "pound")
    yield rule(r"\*{2,40}|(?<=\w)\*(?!\w)|(?m:^\s{0,4}\*(?=\s))", "")
    yield rule(r"\*(?P<code>\d{1,4})(?!\d)", lambda found: f"star {LANGUAGE.groups(found['code'])}")
    yield rule(r"(?<!\w)\*(?=[a-z])", "")
    yield rule(r"\*", words["star"])
    yield rule(r"\s?&\s?", " and ")
    yield rule(r"(?<=[\w\ue000-\uf8ff])\+(?!\w)", " plus")
    yield rule(r"(?<![\w+])\+(?=\w)|\s\+\s", " plus ")
    yield rule(r"\s?=\s?", " equals ")
    yield rule(r"(?<!\w)@\s?", "at ")
    yield rule(r"(?<!\w)~\s?(?=[\d\ue000-\uf8ff])", "about ")
    yield rule(r"(?<!\w)<\s?(?=[\d\ue000-\uf8ff$])", "less than ")
    yield rule(r"(?<!\w)>\s?(?=[\d\ue000-\uf8ff$])", "more than ")
    yield rule(r"\s[/|•·‣▪●→⇒]\s", ", ")
    yield rule(
        rf"(?<=[\w.{SETTLED}])\s?/\s?(?P<unit>hr|hour|day|wk|week|mo|month|yr|year|person|visit|night)\b\.?",
        lambda found: f" per {PER[found['unit']]}",
    )
    yield rule(rf"(?<=[\w{SETTLED}])\s?/\s?(?=[\w{SETTLED}])", " or ")
    yield rule(r"[™®©℠]", "")
