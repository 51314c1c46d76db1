"""The navigation: every page, its group and the scope it needs. An entry is shown once its route exists.

Groups and labels are in English here and translated where they are shown.
"""

from __future__ import annotations

from dataclasses import dataclass

from admin.http.language import later


@dataclass(frozen=True, slots=True)
class Entry:
    group: str
    label: str
    path: str
    scope: str


NAV = (
    Entry(later("Today"), later("Dashboard"), "/dashboard", "read"),
    Entry(later("Build"), later("Menus"), "/menus", "read"),
    Entry(later("Build"), later("Numbers"), "/numbers", "read"),
    Entry(later("Build"), later("Agents"), "/agents", "read"),
    Entry(later("Build"), later("People"), "/people", "read or people"),
    Entry(later("Build"), later("Hours"), "/hours", "read"),
    Entry(later("Build"), later("Lists"), "/lists", "read"),
    Entry(later("Build"), later("Services"), "/services", "read"),
    Entry(later("Build"), later("Channels"), "/channels", "read"),
    Entry(later("Build"), later("Trunks"), "/trunks", "read"),
    Entry(later("Build"), later("Voices"), "/voices", "read"),
    Entry(later("Build"), later("Words"), "/words", "read"),
    Entry(later("Build"), later("Telephones"), "/telephones", "read"),
    Entry(later("Build"), later("Bin"), "/bin", "read"),
    Entry(later("Watch"), later("Live"), "/live", "calls"),
    Entry(later("Watch"), later("Calls"), "/calls", "calls"),
    Entry(later("Watch"), later("Calls out"), "/calls-out", "calls"),
    Entry(later("Watch"), later("Sounds"), "/sounds", "calls"),
    Entry(later("Watch"), later("Lines"), "/lines", "calls"),
    Entry(later("Watch"), later("Call-backs"), "/callbacks", "calls"),
    Entry(later("Watch"), later("Funnel"), "/funnel", "calls"),
    Entry(later("Watch"), later("Money"), "/money", "calls"),
    Entry(later("Respect"), later("Do not call"), "/dnc", "read"),
    Entry(later("Run"), later("Your firm"), "/firm", "read"),
    Entry(later("Run"), later("Webhooks"), "/webhooks", "admin"),
    Entry(later("Run"), later("API keys"), "/keys", "admin"),
    Entry(later("Run"), later("Users"), "/users", "admin"),
    Entry(later("Run"), later("Time zone"), "/time-zone", "admin"),
    Entry(later("Run"), later("Audit log"), "/audit", "admin"),
    Entry(later("Run"), later("Alerts"), "/alerts", "read"),
    Entry(later("Run"), later("Reports by mail"), "/mailed-reports", "admin"),
    Entry(later("Run"), later("Health"), "/health", "read"),
    Entry(later("Run"), later("Glossary"), "/glossary", "read"),
)

# The tabs of one menu's page, below /menus/<ivr_id>.
TABS = (
    ("overview", later("Overview"), "", "read"),
    ("edit", later("Edit"), "/edit", "read"),
    ("prompts", later("Prompts"), "/prompts", "read"),
    ("call", later("Call it"), "/call", "write"),
    ("tests", later("Tests"), "/tests", "read"),
    ("versions", later("Versions"), "/versions", "read"),
    ("funnel", later("Funnel"), "/funnel", "calls"),
    ("answers", later("Answers"), "/answers", "calls"),
)
