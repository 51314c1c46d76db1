"""The first steps of a new installation. Each is ticked by what is stored, and leads to where it is done."""

from __future__ import annotations

from dataclasses import dataclass

from admin.http.language import t
from ivr.ports.dashboard import SetUp

NAME = "checklist"


@dataclass(frozen=True, slots=True)
class FirstStep:
    """`other`: another way to take it."""

    label: str
    about: str
    address: str
    done: bool
    other: str = ""
    other_address: str = ""


def first_steps(found: SetUp) -> list[FirstStep]:
    """In the order in which they are taken."""

    def of_menu(tab: str) -> str:
        return f"/ui/menus/{found.menu_id}{tab}" if found.menu_id else "/ui/menus/new"

    return [
        FirstStep(
            t("Make a menu"),
            t("From a template, with its questions and keys."),
            "/ui/menus/new",
            found.menu,
            t("or bring yours from another system"),
            "/ui/menus/bring",
        ),
        FirstStep(
            t("Give it a voice"),
            t("Its texts are spoken, or recordings uploaded."),
            of_menu("/prompts"),
            found.voice,
        ),
        FirstStep(
            t("Let callers opt out"),
            t("A key that puts them on the do-not-call list, in a menu with a number."),
            of_menu("/edit"),
            found.opt_out,
        ),
        FirstStep(
            t("Name an agent"),
            t("Who gets the callers that the menu lets through."),
            "/ui/agents/new",
            found.agent,
        ),
        FirstStep(
            t("Make a test call"),
            t("Hear the menu in this browser as callers will."),
            of_menu("/call"),
            found.test_call,
        ),
        FirstStep(
            t("Assign your number"),
            t("Calls to it reach the menu from then on."),
            "/ui/numbers",
            found.number,
        ),
    ]
