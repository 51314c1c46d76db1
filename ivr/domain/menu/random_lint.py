"""Cases of a switch on chance: numbers that never come, that none of the cases fits, or that all of them take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from ivr.domain.menu.cases import MOST_RANDOM, Range, SameAs, parse_case


class Doubt(NamedTuple):
    """`path` is the pointer below the node."""

    code: str
    message: str
    path: tuple[str, ...]


def lint_random(case: Mapping[str, str], default: str) -> Iterator[Doubt]:
    """What is unwise about these cases together; which of them are never taken is told elsewhere."""
    cases = {text: parse_case(text) for text in case}
    ranges = [(text, each) for text, each in cases.items() if isinstance(each, Range)]
    inside: set[int] = set()
    for text, each in ranges:
        least, most = max(1, each.least), min(MOST_RANDOM, each.most)
        if least <= most:
            inside.update((least, most))
            if (least, most) != (each.least, each.most):
                said = f"random is a number from 1 to {MOST_RANDOM}, so {text} is {least}..{most}: write that"
                yield Doubt("case_beyond_random", said, ("case", text))
    fixed = [each for each in cases.values() if not isinstance(each, SameAs)]
    if len(fixed) < len(cases):
        return
    free = [at for at in range(1, MOST_RANDOM + 1) if not any(each.fits(str(at)) for each in fixed)]
    if between := [at for at in free if inside and min(inside) < at < max(inside)]:
        said = f"no case fits {_spans(between)}, though there are ranges below and above: default is taken then"
        yield Doubt("random_gap", said, ("case",))
    if not free and default not in case.values():
        said = f"default is never taken: the cases fit every number from 1 to {MOST_RANDOM}; leave the last one to it"
        yield Doubt("default_never_taken", said, ("default",))


def _spans(numbers: Sequence[int]) -> str:
    """Ascending numbers in words: `51 to 59 and 70`."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and number == spans[-1][-1] + 1:
            spans[-1][1:] = [number]
        else:
            spans.append([number])
    return " and ".join(" to ".join(map(str, span)) for span in spans)
