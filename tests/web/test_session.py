"""Log-in, the length of sessions, and protection of a session from other sites."""

from __future__ import annotations

from collections.abc import Callable

import httpx
from playwright.sync_api import Page, expect

from tests.web.conftest import Site, fits, narrow


def test_logging_in_with_a_key_leads_to_the_page_that_was_wanted_and_out_again(
    open_page: Callable[..., Page], site: Site
) -> None:
    page = open_page(key=None)
    page.goto("/ui/health?x=1")
    assert site.path(page).startswith("/ui/login?next=")
    page.get_by_label("API key").fill(f" {site.key} ")
    page.get_by_role("button", name="Log in with the key").click()
    expect(page).to_have_url(f"{site.url}/ui/health?x=1")
    page.get_by_role("button", name="Log out").click()
    expect(page).to_have_url(f"{site.url}/ui/login")
    page.goto("/ui/health")
    assert site.path(page).startswith("/ui/login")


def test_a_wrong_key_is_told_and_the_page_stays(open_page: Callable[..., Page]) -> None:
    page = open_page(key=None)
    page.goto("/ui/login")
    page.get_by_label("API key").fill("dt_this-is-no-key-of-ours")
    page.get_by_role("button", name="Log in with the key").click()
    expect(page.get_by_role("alert")).to_contain_text("unknown or revoked")


def test_what_was_typed_is_there_after_the_session_expired_and_is_sent_by_a_click(
    open_page: Callable[..., Page], site: Site, axe: Callable[[Page], None]
) -> None:
    page = open_page()
    page.goto("/ui/keys")
    page.get_by_label("What it is for").fill("CRM sync & more")
    page.get_by_role("checkbox", name="calls see").check()
    page.context.clear_cookies()
    page.get_by_role("button", name="Create key").click()
    expect(page.get_by_role("status").first).to_contain_text("Your session has ended")
    expect(page.get_by_label("Name")).to_have_value("")
    page.get_by_label("API key").fill("dt_this-is-no-key-of-ours")
    page.get_by_role("button", name="Log in with the key").click()
    expect(page.get_by_role("alert")).to_contain_text("unknown or revoked")
    page.get_by_label("API key").fill(site.key)
    page.get_by_role("button", name="Log in with the key").click()
    expect(page.get_by_role("heading", name="Nothing is lost")).to_be_visible()
    expect(page.locator("dl.facts")).to_contain_text("CRM sync & more")
    assert len(site.http.get("/keys").json()["items"]) == 1
    axe(page)
    page.get_by_role("button", name="Send it now").click()
    expect(page.get_by_role("heading", name="Your new key: CRM sync & more")).to_be_visible()
    made = next(each for each in site.http.get("/keys").json()["items"] if each["name"] == "CRM sync & more")
    assert made["scopes"] == ["read", "calls"]


def test_a_form_of_an_earlier_session_is_shown_in_the_new_one(open_page: Callable[..., Page], site: Site) -> None:
    page = open_page()
    page.goto("/ui/keys")
    page.get_by_label("What it is for").fill("CRM sync")
    other = page.context.new_page()
    other.goto("/ui/health")
    other.get_by_role("button", name="Log out").click()
    other.get_by_label("API key").fill(site.key)
    other.get_by_role("button", name="Log in with the key").click()
    expect(other.get_by_role("button", name="Log out")).to_be_visible()
    page.get_by_role("button", name="Create key").click()
    page.get_by_role("button", name="Send it now").click()
    expect(page.get_by_role("heading", name="Your new key: CRM sync")).to_be_visible()


def test_every_page_looks_right_to_axe_in_both_schemes_and_on_a_telephone(
    open_page: Callable[..., Page], axe: Callable[[Page], None]
) -> None:
    for scheme in ("light", "dark"):
        for key, path in ((None, "/ui/login"), ("", "/ui/health"), ("", "/ui/nowhere")):
            page = open_page(key=key, scheme=scheme)
            page.goto(path)
            axe(page)
            with narrow(page):
                assert fits(page), path


def test_a_browser_is_led_from_the_root_and_a_client_is_not(site: Site) -> None:
    browser = httpx.get(site.url, headers={"Accept": "text/html,*/*;q=0.8"}, trust_env=False, timeout=60)
    assert (browser.status_code, browser.headers["Location"]) == (302, "/ui/")
    assert httpx.get(site.url, trust_env=False, timeout=60).status_code == 404
