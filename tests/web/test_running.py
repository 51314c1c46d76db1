"""Keys, users and the audit log on the page."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.admin.pages import PAGE_TREE
from tests.helpers import wait_until
from tests.web.conftest import Site, fits, narrow

PASSWORD = "correct horse battery"
PATHS = ("/ui/keys", "/ui/users", "/ui/audit", "/ui/account")


def test_a_key_is_shown_once_and_works_until_it_is_revoked(browser_page: Page, site: Site) -> None:
    page = browser_page
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/ui/keys")
    page.get_by_label("What it is for").fill("CRM sync")
    page.get_by_label("calls", exact=False).last.check()
    page.get_by_role("button", name="Create key").click()
    secret = page.locator("#secret").inner_text()
    key = {"Authorization": f"Bearer {secret}"}
    with httpx.Client(base_url=site.url, headers=key, trust_env=False, timeout=60) as crm:
        assert crm.get("/calls").status_code == 200
        assert crm.post("/keys", json={"name": "x"}).status_code == 403
    page.goto("/ui/keys")
    assert secret not in page.content()
    page.get_by_role("row", name="CRM sync").get_by_role("button", name="Revoke").click()
    expect(page.get_by_role("row", name="CRM sync")).to_contain_text("revoked")


def test_a_user_is_added_logs_in_and_is_logged_out(
    browser_page: Page, open_page: Callable[..., Page], site: Site
) -> None:
    page = browser_page
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/ui/users")
    page.get_by_label("Name").fill("ada")
    page.get_by_role("textbox", name="Password").fill("short")
    page.get_by_role("button", name="Add user").click()
    expect(page.get_by_role("textbox", name="Password")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Name")).to_have_value("ada")
    page.get_by_role("textbox", name="Password").fill(PASSWORD)
    page.get_by_role("button", name="Add user").click()
    hers = open_page(key=None)
    hers.goto("/ui/menus")
    hers.get_by_label("Name").fill("ada")
    hers.get_by_label("Password").fill(PASSWORD)
    hers.get_by_role("button", name="Log in", exact=True).click()
    expect(hers.get_by_role("heading", level=1)).to_have_text("Menus")
    # She may read and see calls: what she may not do is not offered, and refused all the same.
    assert hers.get_by_role("link", name="API keys").count() == 0
    assert hers.get_by_role("link", name="New menu").count() == 0
    hers.goto("/ui/keys")
    expect(hers.get_by_role("alert")).to_contain_text("scope “admin”")
    page.goto("/ui/users")
    page.get_by_role("link", name="ada").click()
    page.get_by_role("button", name="Disable this user").click()
    expect(page.get_by_role("status").first).to_contain_text("logged out")
    # One worker may believe her for three more seconds.
    wait_until(lambda: _is_sent_to_log_in(hers, site), 20, "she is logged out", poll_s=0.5)


def _is_sent_to_log_in(page: Page, site: Site) -> bool:
    page.goto("/ui/menus")
    return site.path(page).startswith("/ui/login")


@pytest.mark.parametrize("scope", ["read", "write", "dnc", "calls", "people", "admin"])
def test_a_scope_leads_to_its_pages_alone(open_page: Callable[..., Page], site: Site, scope: str) -> None:
    page = open_page(key=site.new_key(scope))
    page.goto("/ui/account")
    offered = set(page.get_by_role("navigation", name="Main").get_by_role("link").all_inner_texts())
    assert ("Menus" in offered, "API keys" in offered) == (scope == "read", scope == "admin")
    for path, needed in (("/ui/menus", "read"), ("/ui/keys", "admin"), ("/ui/audit", "admin")):
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == (200 if needed == scope else 403), path


def test_the_audit_log_says_who_changed_what_and_how_it_was(browser_page: Page, api: httpx.Client) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    ivr_id = api.post("/ivr", json=PAGE_TREE).json()["id"]
    api.patch(f"/ivr/{ivr_id}", json={"name": hostile})
    page = browser_page
    page.goto("/ui/audit")
    page.get_by_label("About").select_option("ivr")
    expect(page.locator(".log li")).to_have_count(2)
    page.get_by_text("Before and after").click()
    expect(page.locator("pre.diff .removed")).to_contain_text("Plumber Qualifier")
    expect(page.locator("pre.diff .added").first).to_contain_text(hostile)
    page.goto("/ui/audit?subject=" + "%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E")
    expect(page.get_by_label("Of")).to_have_value(hostile)
    assert page.locator("img[src=x]").count() == 0


def test_a_post_without_its_token_or_from_elsewhere_is_refused(site: Site) -> None:
    cookie = site.session(site.key)
    cookies = {"digitree": cookie["value"]}
    with httpx.Client(base_url=site.url, cookies=cookies, trust_env=False, timeout=60) as client:
        form = {"name": "x", "scopes": "read"}
        assert client.post("/ui/keys", data=form, headers={"Origin": site.url}).status_code == 403
        assert client.post("/ui/keys", data=form, headers={"Origin": "http://evil.example"}).status_code == 403
        assert client.post("/ui/keys", data=form).status_code == 403
    assert [each["name"] for each in site.http.get("/keys").json()["items"]] == ["page tests"]


def test_these_pages_look_right_to_axe_in_both_schemes_and_on_a_telephone(
    open_page: Callable[..., Page], site: Site, axe: Callable[[Page], None]
) -> None:
    user = site.http.post("/users", json={"name": "ada", "password": PASSWORD}).json()
    ivr_id = site.http.post("/ivr", json=PAGE_TREE).json()["id"]
    site.http.patch(f"/ivr/{ivr_id}", json={"name": "another"})
    for scheme in ("light", "dark"):
        page = open_page(scheme=scheme)
        for path in (*PATHS, f"/ui/users/{user['id']}"):
            page.goto(path)
            page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
            axe(page)
            with narrow(page):
                assert fits(page), path
