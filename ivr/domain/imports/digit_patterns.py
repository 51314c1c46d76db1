"""What is keyed, as other systems write it, as entries here: digits, or a pattern of a digit each."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable

from ivr.domain.menu.entries import Pattern, find_entry_fault, parse_entry

_LONGEST = 24
_MOST = 40
_PLAIN = re.compile(r"[0-9]{1,24}|[*#]", re.ASCII)
_DIGIT = re.compile(
    r"(?P<class>\[(?P<in>[0-9-]+)\])|(?P<any>\\d|\.)|\\(?P<key>[*#])|(?P<one>[0-9#])|(?P<group>[()])", re.ASCII
)
_TIMES = re.compile(r"\{(\d{1,2})(?:,(\d{1,2}))?\}", re.ASCII)


def up_to(most: int | None, least: int = 1) -> str:
    """The entry of so many digits, as many as there may be where `most` is unknown or none at all."""
    longest = min(most, _LONGEST) if most is not None and most > 0 else _LONGEST
    return "X" if longest == 1 else f"X{{{min(max(least, 1), longest)},{longest}}}"


def entries_in(digits: str) -> list[str]:
    """The entries that these digits, or this regular expression between slashes, stand for; none where that cannot be
    said."""
    if _PLAIN.fullmatch(digits):
        return [digits]
    if digits.startswith("/") and digits.endswith("/") and len(digits) > 2:
        return _of_pattern(digits[1:-1].removeprefix("^").removesuffix("$"))
    return []


def waits_the_same(entries: Iterable[str], length: int) -> bool:
    """Whether a question with these entries waits for digits as one that takes up to so many: none of them counts
    before that."""
    patterns = [parse_entry(each) for each in entries]
    longest = [each for each in patterns if each.longest == length]
    return bool(longest) and all(
        each.longest == length or any(_may_grow(each, other) for other in longest) for each in patterns
    )


def _may_grow(entry: Pattern, other: Pattern) -> bool:
    return other.longest > entry.longest and all(
        other.place(at) in ("X", entry.place(at)) and entry.place(at) not in "*#" for at in range(entry.longest)
    )


def _of_pattern(pattern: str) -> list[str]:
    places: list[list[str]] = []
    at = 0
    while at < len(pattern):
        found = _DIGIT.match(pattern, at)
        if found is None:
            return []
        at = found.end()
        if found["group"]:
            continue
        choice = _choice(found)
        times = _TIMES.match(pattern, at)
        if times is None:
            places.append(choice)
            continue
        at = times.end()
        if times[2] is not None and times[2] != times[1]:
            is_last = choice == ["X"] and at == len(pattern.rstrip(")"))
            begins = ["".join(each) for each in itertools.islice(itertools.product(*places), _MOST + 1)]
            lengths = [f"{each}X{{{times[1]},{times[2]}}}" for each in begins]
            return lengths if is_last and len(lengths) <= _MOST and not any(map(find_entry_fault, lengths)) else []
        places += [choice] * int(times[1])
    if not 1 <= len(places) <= _LONGEST:
        return []
    entries = ["".join(each) for each in itertools.islice(itertools.product(*places), _MOST + 1)]
    return entries if len(entries) <= _MOST else []


def _choice(found: re.Match[str]) -> list[str]:
    if found["any"]:
        return ["X"]
    if found["one"] or found["key"]:
        return [found["one"] or found["key"]]
    inside = found["in"]
    ranges = re.sub(r"(\d)-(\d)", lambda each: "".join(map(str, range(int(each[1]), int(each[2]) + 1))), inside)
    digits = sorted(set(ranges.replace("-", "")))
    return ["X"] if len(digits) == 10 else digits
