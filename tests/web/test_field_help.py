"""Beside each field of a form stands a sentence that says what it wants, in both languages."""

from __future__ import annotations

import httpx

from admin.http.field_help import FIELD_HELP
from tests.admin.pages import PAGE_DID, PAGE_TREE
from tests.web.conftest import Site
from tests.web.form_fields import FormFields


def test_every_field_of_a_form_has_a_sentence_beside_it(site: Site) -> None:
    http = site.http
    menu = http.post("/ivr", json=PAGE_TREE).json()["id"]
    http.post(f"/ivr/{menu}/assign", json={"did": PAGE_DID}).raise_for_status()
    for path, body in (
        ("/agents", {"name": "sales", "targets": [{"uri": "sip:sales@192.0.2.20"}]}),
        ("/trunks", {"name": "carrier", "preset": "telnyx", "numbers": ["+14155550100"]}),
        ("/services", {"name": "crm", "url": "https://crm.example.com/callers"}),
        ("/hours", {"name": "office", "zone": "America/Phoenix", "week": {"fri": ["17:00-24:00"]}}),
        ("/people", {"name": "ann", "address": "+14805550133", "groups": ["office"]}),
    ):
        http.post(path, json=body).raise_for_status()
    user = http.post("/users", json={"name": "ada", "password": "correct horse battery"}).json()["id"]
    paths = [
        *("/ui/agents/new?preset=phone", "/ui/agents/new?preset=vapi", "/ui/agents/sales", "/ui/numbers"),
        *("/ui/trunks/new?preset=telnyx", "/ui/trunks/carrier"),
        *("/ui/services/new", "/ui/services/crm", "/ui/hours/new", "/ui/hours/office"),
        *(f"/ui/channels/new?preset={preset}" for preset in ("smtp", "twilio", "slack")),
        *("/ui/people", "/ui/people/ann", "/ui/users", f"/ui/users/{user}", "/ui/keys"),
    ]
    cookies = {"digitree": site.session(site.key)["value"]}
    missing = []
    with httpx.Client(base_url=site.url, cookies=cookies, timeout=60, trust_env=False) as browser:
        for path in paths:
            answer = browser.get(path)
            assert answer.status_code == 200, path
            page = FormFields(answer.text)
            assert page.fields, f"{path}: no field"
            missing += [(path, name) for name in page.undescribed()]
    assert not missing, "\n".join(f"{path}: {name}" for path, name in missing)


def test_each_help_is_one_or_two_sentences_that_end() -> None:
    texts = [text for of_form in FIELD_HELP.values() for text in of_form.values()]
    assert [text for text in texts if not text.endswith(".") or text.count(". ") > 1] == []
