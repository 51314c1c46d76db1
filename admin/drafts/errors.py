"""Errors of publishing a draft; nothing was changed."""

from __future__ import annotations

from collections.abc import Sequence

from ivr.domain.errors import IvrError, VersionReplaced
from ivr.domain.problems import Problem, pointer


class DraftBehind(VersionReplaced):
    """The menu has changed since the version that the draft is based on."""

    def __init__(self, based_on: int, version: int) -> None:
        super().__init__(version)
        self.args = (
            f"the draft is based on version {based_on}, and the menu is at version {version} now. Compare the two; "
            "to publish the draft in its place, send ?replace=true",
        )
        self.current = 0  # the ETag of a draft is its revision


class NamesMissing(IvrError):
    """The draft names what was deleted since it was written (`problems`)."""

    code = "draft_names_missing"

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(
            "the draft names what was deleted since it was saved. Make that again, or change the draft and save it"
        )
        self.problems = problems


class TextNotSpoken(IvrError):
    """A text of the draft cannot be spoken as it is (`problems`)."""

    code = "text_not_spoken"

    def __init__(self, node: str, at: str, why: str) -> None:
        super().__init__(f"{node} cannot be spoken, so the draft is not published: {why}")
        self.problems = [Problem(pointer("nodes", node, *at.split("/")), self.code, why)]
