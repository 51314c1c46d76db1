"""Forms of pages that answer with themselves: empty after a success, as typed after a refusal."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from tests.admin.test_services_page import ORIGIN, browser  # noqa: F401 - a fixture

KEY = {"name": "CRM sync 7", "scopes": ["read", "calls"]}
WEBHOOK = {"url": "https://example.com/hook-7", "events": ["call.ended"]}


def send(browser: FlaskClient, path: str, form: dict[str, object]) -> tuple[int, str]:  # noqa: F811
    found = re.search(r'name="csrf" value="([^"]+)"', browser.get(path).text)
    assert found is not None
    answer = browser.post(path, data={"csrf": found[1], **form}, headers=ORIGIN)
    return answer.status_code, answer.text


@pytest.mark.parametrize(
    ("path", "form", "field"), [("/ui/keys", KEY, "name"), ("/ui/webhooks", WEBHOOK, "url")]
)
def test_a_form_is_emptied_after_success_and_kept_after_a_refusal(
    browser: FlaskClient, path: str, form: dict[str, object], field: str  # noqa: F811
) -> None:
    typed = f'value="{form[field]}"'
    status, page = send(browser, path, form)
    assert status == 200
    assert "Copy it now" in page
    assert typed not in page
    empty: dict[str, object] = {"events": []} if "events" in form else {"scopes": []}
    status, page = send(browser, path, {**form, **empty})
    assert status == 422
    assert typed in page
