"""Errors of prompts."""

from __future__ import annotations

from ivr.domain.errors import IvrError


class NodeNotFound(IvrError):
    """The menu has no such node."""

    code = "node_not_found"

    def __init__(self, node: str, nodes: list[str]) -> None:
        super().__init__(f"the menu has no node {node}; its nodes: {', '.join(nodes[:20])}")
        self.node = node


class PlaceNotFound(IvrError):
    """The node has no such place for a prompt, or several where none was named."""

    code = "place_not_found"

    def __init__(self, node: str, places: list[str]) -> None:
        super().__init__(f"say which prompt of {node} is spoken: {' or '.join(places)}")
        self.node = node


class NothingToSpeak(IvrError):
    """Neither the request nor the node has words for this prompt."""

    code = "nothing_to_speak"

    def __init__(self, node: str) -> None:
        super().__init__(f"{node} has no words of its own for this prompt: give the text to speak")


class NameHasVariables(IvrError):
    """The audio name stands for several prompts, by the variables in it."""

    code = "audio_name_has_variables"

    def __init__(self, audio: str) -> None:
        super().__init__(f"{audio} is another name in each call: upload prompts under the names it may be")


class PromptNotFound(IvrError):
    """No prompt was spoken or uploaded under this name, or its file is gone."""

    code = "prompt_not_found"


class TooManyPrompts(IvrError):
    """The menu has the maximum number of prompts."""

    code = "too_many_prompts"
