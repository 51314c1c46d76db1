"""The table of all endpoints, in the order of the OpenAPI document: each module collects its own in `routes`."""

from __future__ import annotations

import admin.agents.api
import admin.agents.rings_api
import admin.alerts.api
import admin.audit.api
import admin.bin.api
import admin.bundles.api
import admin.callbacks.api
import admin.calls.api
import admin.channels.api
import admin.channels.messages_api
import admin.dnc.api
import admin.dnc.import_api
import admin.dnc.lists_api
import admin.docs.api
import admin.drafts.api
import admin.drafts.sounds_api
import admin.exports.api
import admin.firm.api
import admin.health.api
import admin.hours.api
import admin.imports.api
import admin.keys.api
import admin.lines.api
import admin.lists.api
import admin.lists.numbers_api
import admin.live.api
import admin.mailed_reports.api
import admin.menu_tests.api
import admin.menus.api
import admin.menus.card_places_api
import admin.numbers.api
import admin.outgoing.api
import admin.people.api
import admin.preferences.api
import admin.privacy.api
import admin.prompts.api
import admin.prompts.files_api
import admin.prompts.speech_api
import admin.reports.answers_api
import admin.reports.api
import admin.services.api
import admin.services.notices_api
import admin.sounds.api
import admin.sounds.mailboxes_api
import admin.system_mail.api
import admin.telephones.api
import admin.test_calls.api
import admin.trunks.api
import admin.users.api
import admin.versions.api
import admin.versions.sounds_api
import admin.voices.api
import admin.webhooks.api
import admin.words.api
from admin.http.routing import Endpoint

ENDPOINTS: list[Endpoint] = [
    endpoint
    for module in (
        *(admin.menus.api, admin.bundles.api, admin.versions.api, admin.prompts.api, admin.prompts.speech_api),
        *(admin.drafts.api, admin.drafts.sounds_api, admin.versions.sounds_api),
        admin.imports.api,
        *(admin.menus.card_places_api, admin.menu_tests.api, admin.bin.api),
        admin.exports.api,
        admin.test_calls.api,
        *(admin.agents.api, admin.agents.rings_api, admin.people.api, admin.hours.api, admin.words.api),
        admin.firm.api,
        *(admin.lists.api, admin.lists.numbers_api, admin.numbers.api),
        *(admin.services.api, admin.services.notices_api, admin.channels.api, admin.channels.messages_api),
        admin.system_mail.api,
        *(admin.trunks.api, admin.telephones.api),
        *(admin.dnc.api, admin.prompts.files_api),
        *(admin.dnc.lists_api, admin.dnc.import_api),
        *(admin.lines.api, admin.callbacks.api),
        *(admin.live.api, admin.outgoing.api, admin.calls.api, admin.reports.api, admin.reports.answers_api),
        *(admin.voices.api, admin.keys.api, admin.audit.api),
        *(admin.sounds.api, admin.sounds.mailboxes_api, admin.privacy.api),
        *(admin.alerts.api, admin.mailed_reports.api, admin.preferences.api),
        *(admin.users.api, admin.webhooks.api, admin.health.api, admin.docs.api),
    )
    for endpoint in module.routes.endpoints
]
