"""The commands of this project in a shell's text, held against what the commands know."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import typer.main

from launcher.cli import app

_ENDS = frozenset(("|", "||", "&", "&&", ";", "<", ">", ">>", "(", ")", "|&"))
# Quoted texts stay; the first group is a comment.
_QUOTED_OR_COMMENT = re.compile(r"""'[^']*'|"(?:[^"\\]|\\.)*"|((?:^|(?<=\s))#[^\n]*)""", re.DOTALL | re.MULTILINE)
_HERE_DOCUMENT = re.compile(r"<<-?\s*['\"]?(\w+)['\"]?[^\n]*\n.*?^\1$", re.DOTALL | re.MULTILINE)
_SETTING = re.compile(r"[A-Z_]+=.*", re.DOTALL)
_TARGET = re.compile(r"^([a-z-]+):", re.MULTILINE)
MAKE_TARGETS = frozenset(_TARGET.findall((Path(__file__).parents[2] / "Makefile").read_text()))


def bash_complaint(text: str) -> str:
    """What `bash -n` says of it; empty when it can be parsed."""
    done = subprocess.run(["bash", "-n"], input=text, capture_output=True, text=True, timeout=60, check=False)
    return done.stderr.strip()


def commands(text: str) -> Iterator[list[str]]:
    """Each simple command of a text, as words without settings before it; a text in quotes is one word."""
    text = _HERE_DOCUMENT.sub("", text.replace("\\\n", " "))
    text = _QUOTED_OR_COMMENT.sub(lambda found: "" if found[1] else found[0], text)
    lexer = shlex.shlex(text, posix=True, punctuation_chars="|&;<>()\n")
    # A comment of shlex's would take the end of its line with it.
    lexer.whitespace, lexer.whitespace_split, lexer.commenters = " \t", True, ""
    words: list[str] = []
    for word in lexer:
        if word in _ENDS or word.strip("\n;") == "":
            if words:
                yield words
            words = []
        elif words or not _SETTING.fullmatch(word):
            words.append(word)
    if words:
        yield words


def complaints(text: str) -> list[str]:
    """Commands and options that `digitree`, and targets that `make`, do not have."""
    found: list[str] = []
    for words in commands(text):
        while words and words[0] in ("sudo", "exec", "uvx", "pipx", "run", "-u"):
            words = words[2:] if words[0] == "-u" else words[1:]
        while words and _SETTING.fullmatch(words[0]):
            words = words[1:]
        if words and Path(words[0]).name == "digitree":
            found += _digitree(words[1:])
        elif words and words[0] == "make":
            named = [each for each in words[1:] if not _SETTING.fullmatch(each) and not each.startswith("-")]
            found += [f"make has no target {each}" for each in named if each not in MAKE_TARGETS]
    return found


@cache
def _program() -> Any:
    return typer.main.get_command(app)


def _digitree(words: list[str]) -> Iterator[str]:
    command, said = _program(), "digitree"
    while words and hasattr(command, "commands") and not words[0].startswith("-"):
        below = command.commands.get(words[0])
        if below is None:
            yield f"{said} has no command {words[0]}"
            return
        command, said, words = below, f"{said} {words[0]}", words[1:]
    known = {"--help", "-h"} | {each for option in command.params for each in (*option.opts, *option.secondary_opts)}
    for word in words:
        name = word.partition("=")[0]
        if name.startswith("-") and name != "-" and not name[1:2].isdigit() and name not in known:
            yield f"{said} has no option {name}"
