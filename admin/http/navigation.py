"""The navigation: every page, its group and the scope it needs. An entry is shown once its route exists."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    group: str
    label: str
    path: str
    scope: str


NAV = (
    Entry("Build", "Menus", "/menus", "read"),
    Entry("Build", "Numbers", "/numbers", "read"),
    Entry("Build", "Agents", "/agents", "read"),
    Entry("Build", "People", "/people", "read"),
    Entry("Build", "Hours", "/hours", "read"),
    Entry("Build", "Lists", "/lists", "read"),
    Entry("Build", "Services", "/services", "read"),
    Entry("Build", "Channels", "/channels", "read"),
    Entry("Build", "Trunks", "/trunks", "read"),
    Entry("Build", "Voices", "/voices", "read"),
    Entry("Build", "Words", "/words", "read"),
    Entry("Build", "Telephones", "/telephones", "read"),
    Entry("Watch", "Live", "/live", "calls"),
    Entry("Watch", "Calls", "/calls", "calls"),
    Entry("Watch", "Calls out", "/calls-out", "calls"),
    Entry("Watch", "Sounds", "/sounds", "calls"),
    Entry("Watch", "Lines", "/lines", "calls"),
    Entry("Watch", "Call-backs", "/callbacks", "calls"),
    Entry("Watch", "Funnel", "/funnel", "calls"),
    Entry("Watch", "Money", "/money", "calls"),
    Entry("Respect", "Do not call", "/dnc", "read"),
    Entry("Run", "Webhooks", "/webhooks", "admin"),
    Entry("Run", "API keys", "/keys", "admin"),
    Entry("Run", "Users", "/users", "admin"),
    Entry("Run", "Audit log", "/audit", "admin"),
    Entry("Run", "Health", "/health", "read"),
)

# The tabs of one menu's page, below /menus/<ivr_id>.
TABS = (
    ("overview", "Overview", "", "read"),
    ("edit", "Edit", "/edit", "read"),
    ("prompts", "Prompts", "/prompts", "read"),
    ("call", "Call it", "/call", "write"),
    ("tests", "Tests", "/tests", "read"),
    ("versions", "Versions", "/versions", "read"),
    ("funnel", "Funnel", "/funnel", "calls"),
    ("answers", "Answers", "/answers", "calls"),
)
