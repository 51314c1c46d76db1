"""One file per resource; each collects its endpoints in `routes`."""

from __future__ import annotations

from admin.api import (
    agents,
    audio,
    calls,
    dids,
    dnc,
    docs,
    figures,
    health,
    ivr,
    keys,
    live,
    menu_tests,
    test_calls,
    users,
    versions,
    voices,
    webhooks,
)
from admin.routing import Endpoint

ENDPOINTS: list[Endpoint] = [
    endpoint
    for part in (
        *(ivr, versions, audio, menu_tests, test_calls),
        *(agents, dids, dnc, live, calls, figures, voices, keys, users, webhooks, health, docs),
    )
    for endpoint in part.routes.endpoints
]
