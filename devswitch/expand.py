"""An application's argument as FreeSWITCH reads it: variables filled in, then split at blanks. Pure.

Facts: `switch_channel_expand_variables_check` (switch_channel.c) and `switch_separate_string` (switch_utils.c) of
FreeSWITCH 1.10.12.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_VARIABLE = re.compile(r"\$\\*\{")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "s": " "}
# A text with none of these and no variable is left as it is by FreeSWITCH.
_ESCAPED = re.compile(r"\\[\\nst']")
_MAX_DEPTH = 100


def has_variable(text: str) -> bool:
    """Whether FreeSWITCH would see `${` in the text (a backslash between the two does not hide it)."""
    return "$" in text and _VARIABLE.search(text) is not None


def expand_variables(
    text: str,
    find_variable: Callable[[str], str | None],
    call_api: Callable[[str, str], str],
    depth: int = 0,
) -> str:
    """`text` with `${name}`, `${name:offset:length}` filled in and `${command(args)}` or `${command args}` called.

    `call_api` stands for FreeSWITCH's API commands, `system` among them. An unset variable is empty. Values are
    expanded again, as FreeSWITCH does. `\\$` is a plain dollar sign and `\\'` is dropped.
    """
    if depth > _MAX_DEPTH or not (has_variable(text) or _ESCAPED.search(text)):
        return text

    def again(inner: str) -> str:
        return expand_variables(inner, find_variable, call_api, depth + 1)

    out: list[str] = []
    at = 0
    while at < len(text):
        char = text[at]
        following = text[at + 1 : at + 2]
        if char == "\\" and following == "$":
            at += 1
            out.append(text[at])
            at += 1
            # FreeSWITCH consumes the second dollar of an escaped $$ with it.
            if text[at : at + 1] == "$":
                at += 1
        elif char == "\\" and following == "'":
            at += 2
        elif char == "\\" and following == "\\":
            out.append("\\")
            at += 2
        elif char == "$" and text[at + 1 : at + 3] == "${":
            inner, at = _braced(text, at + 3)
            out.append(_fill(inner, again, find_variable, call_api))
        elif char == "$" and following == "{":
            inner, at = _braced(text, at + 2)
            out.append(_fill(inner, again, find_variable, call_api))
        elif char == "$" and following == "$":
            out.append("$")
            at += 2
        else:
            out.append(char)
            at += 1
    return "".join(out)


def _braced(text: str, start: int) -> tuple[str, int]:
    """The text between the brace before `start` and its partner, and the index after that."""
    depth = 1
    for at in range(start, len(text)):
        if text[at] == "{":
            depth += 1
        elif text[at] == "}":
            depth -= 1
            if depth == 0:
                return text[start:at], at + 1
    return text[start:], len(text)


def _fill(
    inner: str,
    again: Callable[[str], str],
    find_variable: Callable[[str], str | None],
    call_api: Callable[[str, str], str],
) -> str:
    call = re.match(r"([^ (]*)([ (])(.*)", inner, re.S)
    if call:
        name, opening, rest = call.groups()
        if opening == "(":
            rest = _until_closing(rest)
        return call_api(again(name), again(rest))
    name, *cut = again(inner).split(":")
    value = find_variable(name)
    if value is None:
        return ""
    value = again(value)
    offset = _atoi(cut[0]) if cut else 0
    length = _atoi(cut[1]) if len(cut) > 1 else 0
    if offset >= 0 or -offset <= len(value):
        value = value[offset:]
    return value[:length] if 0 < length < len(value) else value


def _until_closing(text: str) -> str:
    depth = 1
    for at, char in enumerate(text):
        depth += (char == "(") - (char == ")")
        if depth == 0:
            return text[:at]
    return text


def _atoi(text: str) -> int:
    """C's atoi: the number at the front, else 0."""
    match = re.match(r"\s*[+-]?\d+", text)
    return int(match[0]) if match else 0


atoi = _atoi


def separate_string(text: str, delimiter: str = " ", limit: int = 1024) -> list[str]:
    """Split as FreeSWITCH splits arguments: quotes hold a part together, `^^:` in front changes the delimiter."""
    if text[:2] == "^^" and len(text) > 3:
        delimiter, text = text[2], text[3:]
    parts: list[str] = []
    at = 0
    while at < len(text) and len(parts) < limit:
        start = at
        if delimiter == " ":
            while at < len(text) and text[at] == " ":
                at += 1
        quoted = False
        while at < len(text):
            char = text[at]
            if char == "\\":
                at += 1
            elif char == "'" and (delimiter == " " or quoted or "'" in text[at + 1 :]):
                quoted = not quoted
            elif char == delimiter and not quoted:
                break
            at += 1
        parts.append(_clean(text[start:at], "" if delimiter == " " else delimiter))
        at += 1
        if delimiter == " ":
            while at < len(text) and text[at] == " ":
                at += 1
    return parts


def _clean(part: str, delimiter: str) -> str:
    """The text without quotes, with escapes resolved and blanks outside quotes trimmed."""
    part = part.lstrip(" ")
    out: list[str] = []
    end = 0
    quoted = False
    at = 0
    while at < len(part):
        char = part[at]
        following = part[at + 1 : at + 2]
        if char == "\\" and following and (following in "'\"\\" or following == delimiter or following in _ESCAPES):
            out.append(_ESCAPES.get(following, following))
            end = len(out)
            at += 2
            continue
        if char == "'" and (quoted or "'" in part[at + 1 :]):
            quoted = not quoted
            if quoted:
                end = len(out)
        else:
            out.append(char)
            if char != " " or quoted:
                end = len(out)
        at += 1
    return "".join(out[:end]) if end else "".join(out)


def is_true(value: str | None) -> bool:
    """Whether FreeSWITCH reads a value as true: yes, on, true, t, enabled, active, allow, or a number but 0."""
    if not value:
        return False
    if value.lower() in ("yes", "on", "true", "t", "enabled", "active", "allow"):
        return True
    return re.fullmatch(r"[+-]?[\d.]+", value) is not None and _atoi(value) != 0
