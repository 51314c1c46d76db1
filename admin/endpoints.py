"""The table of all endpoints: each resource's `api` module collects its own in `routes`."""

from __future__ import annotations

import admin.agents.api
import admin.calls.api
import admin.dnc.api
import admin.docs.api
import admin.health.api
import admin.keys.api
import admin.live.api
import admin.menu_tests.api
import admin.menus.api
import admin.numbers.api
import admin.prompts.api
import admin.reports.api
import admin.test_calls.api
import admin.users.api
import admin.versions.api
import admin.voices.api
import admin.webhooks.api
from admin.http.routing import Endpoint

ENDPOINTS: list[Endpoint] = [
    endpoint
    for resource in (
        *(admin.menus, admin.versions, admin.prompts, admin.menu_tests, admin.test_calls),
        *(admin.agents, admin.numbers, admin.dnc, admin.live, admin.calls, admin.reports, admin.voices),
        *(admin.keys, admin.users, admin.webhooks, admin.health, admin.docs),
    )
    for endpoint in resource.api.routes.endpoints
]
