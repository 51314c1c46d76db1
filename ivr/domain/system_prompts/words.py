"""The form of a language's file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

# In the order of their fragments' names; the others are named as they are pressed.
_NAMED_KEYS = {"*": "star", "#": "pound"}


def fragment_of(key: str) -> str:
    """The name of the fragment that says this key."""
    return _NAMED_KEYS.get(key, key)


@dataclass(frozen=True, kw_only=True)
class SystemWords:
    """`language` is the code that menus list, and the folder of its recordings. `sentences` are prompts by name.
    `press`, `or_` and the keys are fragments, joined to sentences such as "Press 1, or 9" without the speech process.
    `or_before`: another word in place of `or_`, by the key that follows it."""

    language: str
    sentences: Mapping[str, str]
    press: str
    or_: str
    digits: tuple[str, ...]
    star: str
    pound: str
    or_before: Mapping[str, str]

    @cached_property
    def fragments(self) -> Mapping[str, str]:
        """Keys are spoken with falling intonation, since any of them can end a sentence; the other words never do."""
        digits = {str(digit): word for digit, word in enumerate(self.digits)}
        keys = {**digits, "star": self.star, "pound": self.pound}
        others = {f"or_{fragment_of(key)}": word for key, word in self.or_before.items()}
        return {
            **{name: f"{word}," for name, word in {"press": self.press, "or": self.or_, **others}.items()},
            **{name: f"{word}." for name, word in keys.items()},
        }

    @cached_property
    def prompts(self) -> Mapping[str, str]:
        """All of them, by name."""
        return {**self.sentences, **self.fragments}

    def keys_offered(self, keys: Iterable[str]) -> list[str]:
        """The fragments that offer these keys, one after the other: press, 1, 2, or, 9."""
        chosen = list(keys)
        names = ["press"]
        for place, key in enumerate(chosen):
            if place and place == len(chosen) - 1:
                names.append(f"or_{fragment_of(key)}" if key in self.or_before else "or")
            names.append(fragment_of(key))
        return names

    def offer(self, keys: Iterable[str]) -> str:
        """The same in writing: "Press 1, or 9"."""
        chosen = list(keys)
        text = f"{self.press} {', '.join(chosen[:-1])}" if chosen[1:] else self.press
        if not chosen:
            return text
        last = chosen[-1]
        return f"{text}, {self.or_before.get(last, self.or_)} {last}" if chosen[1:] else f"{text} {last}"
