"""Help where it is needed: a sentence beside each field of a form, the list of keys, the whole of what is cut."""

from __future__ import annotations

import re
from collections.abc import Callable

import httpx
from playwright.sync_api import Page, expect

from admin.http.field_help import FIELD_HELP
from admin.http.help_links import FIELD_LINKS, help_url
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
    missing: list[tuple[str, str]] = []
    led_to: set[str] = set()
    with httpx.Client(base_url=site.url, cookies=cookies, timeout=60, trust_env=False) as browser:
        for path in paths:
            answer = browser.get(path)
            assert answer.status_code == 200, path
            page = FormFields(answer.text)
            assert page.fields, f"{path}: no field"
            missing += [(path, name) for name in page.undescribed()]
            led_to |= set(re.findall(r'class="more" href="([^"]+)"', answer.text))
    assert not missing, "\n".join(f"{path}: {name}" for path, name in missing)
    sections = {help_url(section) for of_page in FIELD_LINKS.values() for section in of_page.values()}
    assert sections - led_to == set(), "a field that no form has leads there"


def test_each_help_is_one_or_two_sentences_that_end() -> None:
    texts = [text for of_form in FIELD_HELP.values() for text in of_form.values()]
    assert [text for text in texts if not text.endswith(".") or text.count(". ") > 1] == []


def test_a_question_mark_lists_the_keys_of_this_page_unless_somebody_types(
    browser_page: Page, site: Site, axe: Callable[[Page], None]
) -> None:
    menu = site.http.post("/ivr", json=PAGE_TREE).json()["id"]
    page, listed = browser_page, browser_page.get_by_role("dialog", name="Keyboard shortcuts")
    page.goto("/ui/menus")
    page.keyboard.press("?")
    expect(listed).to_contain_text("Search everything")
    expect(listed.get_by_text("In the editor")).to_be_hidden()
    axe(page)
    page.keyboard.press("Escape")
    expect(listed).to_be_hidden()
    page.keyboard.press("/")
    page.keyboard.press("?")
    expect(page.get_by_role("searchbox", name="Search everything")).to_have_value("?")
    expect(listed).to_be_hidden()
    page.goto(f"/ui/menus/{menu}/edit")
    page.get_by_role("button", name="Shortcuts").click()
    expect(listed.get_by_text("In the editor")).to_be_visible()


def test_a_cut_text_is_read_whole_by_the_keyboard(open_page: Callable[..., Page], site: Site) -> None:
    name = "A key with a name that is longer than the side of the page has room for"
    key = site.http.post("/keys", json={"name": name, "scopes": ["read"]}).json()["key"]
    page = open_page(key=key)
    page.goto("/ui/menus")
    page.locator(".who .name").focus()
    expect(page.get_by_role("tooltip")).to_have_text(name)
    page.keyboard.press("Escape")
    expect(page.get_by_role("tooltip")).to_be_hidden()
