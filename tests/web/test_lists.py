"""Numbers, agents and the do-not-call list on the page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx
from openpyxl import Workbook
from playwright.sync_api import Page, expect

from tests.admin.pages import PAGE_DID, PAGE_TREE
from tests.web.conftest import Site, fits, narrow

CALLER = "+14805551234"
CSV = {"Content-Type": "text/csv"}


def test_a_number_is_assigned_moved_and_released(browser_page: Page, api: httpx.Client) -> None:
    page = browser_page
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/ui/numbers")
    expect(page.get_by_text("Create a menu first")).to_be_visible()
    for name in ("one", "two"):
        api.post("/ivr", json={**PAGE_TREE, "name": name})
    page.goto("/ui/numbers")
    page.get_by_label("Number", exact=True).fill("415-555-9876")
    page.get_by_label("Menu", exact=True).select_option(label="one")
    page.get_by_role("button", name="Assign").click()
    row = page.get_by_role("row", name="+1 415-555-9876")
    expect(row).to_contain_text("one")
    page.get_by_role("link", name="Move").click()
    page.get_by_label("Menu", exact=True).select_option(label="two")
    page.get_by_role("button", name="Move", exact=True).click()
    expect(row).to_contain_text("two")
    row.get_by_role("button", name="Release").click()
    expect(page.get_by_role("status").first).to_contain_text("has no menu now")
    assert api.get("/dids").json()["items"] == []


def test_the_language_of_a_number_is_chosen_among_those_of_its_menu(browser_page: Page, api: httpx.Client) -> None:
    menu = api.post("/ivr", json={**PAGE_TREE, "languages": ["en", "es"]}).json()
    api.post(f"/ivr/{menu['id']}/assign", json={"did": "+14155559876"})
    page = browser_page
    page.goto("/ui/numbers")
    page.get_by_label("Language of its callers").select_option("es")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Language of its callers")).to_have_value("es")
    assert api.get("/dids").json()["items"][0]["language"] == "es"


def test_what_is_no_number_is_told_at_its_field_and_kept(browser_page: Page, api: httpx.Client) -> None:
    api.post("/ivr", json=PAGE_TREE)
    page = browser_page
    page.goto("/ui/numbers")
    page.get_by_label("Number", exact=True).fill("911")
    page.get_by_role("button", name="Assign").click()
    field = page.get_by_label("Number", exact=True)
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_value("911")


def test_a_number_is_listed_proved_and_released_with_a_reason(browser_page: Page, api: httpx.Client) -> None:
    page = browser_page
    page.goto("/ui/dnc")
    page.get_by_label("Number to add").fill("(480) 555-1234")
    page.get_by_role("button", name="Do not call it").click()
    expect(page.get_by_text("listed", exact=True)).to_be_visible()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Proof to print").click()
    expect(opened.value.get_by_role("heading", level=1)).to_contain_text("Request not to be called")
    page.get_by_label("Why may it be called again?").fill("<img src=x onerror=alert(1)>")
    page.get_by_role("button", name="Release").click()
    expect(page.get_by_text("<img src=x onerror=alert(1)>")).to_be_visible()
    assert page.locator("img[src=x]").count() == 0
    assert api.get(f"/dnc/{CALLER}").json()["state"] == "released"
    page.goto("/ui/dnc")
    page.get_by_label("Number", exact=True).fill("480 555 9999")
    page.get_by_role("button", name="Look up").click()
    expect(page.get_by_role("heading", name="may be called")).to_be_visible()


def test_a_file_is_looked_at_and_imported_and_its_bad_lines_are_downloaded(
    browser_page: Page, api: httpx.Client, tmp_path: Path
) -> None:
    file = tmp_path / "numbers.csv"
    rows = "".join(f"{number};480 555 {number:04};602 555 {number:04}\n" for number in range(3000))
    file.write_text(f"Id;Phone;Work phone\n{rows}x;nonsense;y\n", "utf-16")
    page = browser_page
    page.goto("/ui/dnc/import")
    expect(page.get_by_role("button", name="Import")).to_be_disabled()
    page.get_by_label("File").set_input_files(file)
    said = "UTF-16 text, separated by semicolons, with a heading."
    expect(page.locator("#form")).to_have_text(said, timeout=20_000)
    expect(page.locator("#columns td.chosen")).to_have_text(["Phone", "Work phone"])
    expect(page.locator("#counts")).to_contain_text("6,000 numbers: 6,000 new")
    expect(page.locator("#bad")).to_contain_text("Line 3,002: nonsense is not a telephone number")
    expect(page.locator("#bad")).to_contain_text("y is not a telephone number")
    assert api.get("/dnc").json()["items"] == []
    page.get_by_role("checkbox", name="Phone", exact=True).uncheck()
    expect(page.locator("#counts")).to_contain_text("3,000 numbers: 3,000 new", timeout=20_000)
    expect(page.locator("#other-columns")).to_have_text("Numbers are in Phone, too. Tick what must not be called.")
    page.get_by_role("button", name="Import 3,000 numbers").click()
    expect(page.locator("#outcome")).to_contain_text("3,000 of 3,000 numbers were added", timeout=20_000)
    expect(page.locator("#outcome")).to_contain_text("Bad lines left out: 1")
    assert api.get("/dnc/+16025550007").status_code == 200
    assert api.get("/dnc/+14805550007").status_code == 404
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the bad lines as CSV").click()
    assert download.value.path().read_text().splitlines() == [
        "line,number,reason", "3002,y,y is not a telephone number",
    ]  # fmt: skip


def test_a_strict_import_with_a_bad_line_and_a_file_without_numbers_are_refused(
    browser_page: Page, api: httpx.Client, tmp_path: Path
) -> None:
    bad, none = tmp_path / "bad.csv", tmp_path / "none.csv"
    bad.write_text(f"number\n{CALLER}\n555 0141\n")
    none.write_text("\n")
    page = browser_page
    page.goto("/ui/dnc/import")
    page.get_by_label("File").set_input_files(bad)
    page.get_by_label("Import nothing if any line is bad").check()
    page.get_by_role("button", name="Import 1 number").click()
    expect(page.locator("#outcome")).to_contain_text("line 3: 555 0141 has 7 digits; a US number has 10")
    assert api.get("/dnc").json()["items"] == []
    page.get_by_label("File").set_input_files(none)
    expect(page.locator("#outcome")).to_contain_text("nothing stands in the file")
    expect(page.get_by_role("button", name="Import")).to_be_disabled()


def test_any_of_many_columns_and_any_sheet_can_be_ticked(
    browser_page: Page, api: httpx.Client, tmp_path: Path
) -> None:
    book, file = Workbook(), tmp_path / "contacts.xlsx"
    names = [f"Field {place}" for place in range(90)]
    book.worksheets[0].append([*names, "Home", "Alternate"])
    book.worksheets[0].append([*("x" for _ in names), "480-555-0101", "480-555-0102 / 480-555-0103"])
    book.create_sheet("More").append(["480-555-0104"])
    book.save(file)
    page = browser_page
    page.goto("/ui/dnc/import")
    page.get_by_label("File").set_input_files(file)
    expect(page.locator("#columns td.chosen")).to_have_text(["Home", "Alternate"])
    expect(page.locator("#columns tbody tr:visible")).to_have_count(2)
    expect(page.locator("#counts")).to_contain_text("3 numbers: 3 new")
    expect(page.locator("#other-sheets")).to_contain_text("Numbers are on More, too.")
    with narrow(page):
        assert fits(page)
    page.get_by_role("button", name="Show all 92 columns").click()
    expect(page.locator("#columns tbody tr:visible")).to_have_count(92)
    page.get_by_role("checkbox", name="Alternate").uncheck()
    expect(page.locator("#counts")).to_contain_text("1 number: 1 new")
    page.get_by_role("checkbox", name="Home").uncheck()
    expect(page.locator("#outcome")).to_have_text("Tick at least one column.")
    expect(page.get_by_role("button", name="Import", exact=False).last).to_be_disabled()
    page.get_by_role("checkbox", name="Field 7", exact=True).check()
    expect(page.locator("#outcome")).to_contain_text("x is not a telephone number")
    page.get_by_role("checkbox", name="Alternate").check()
    expect(page.locator("#counts")).to_contain_text("2 numbers: 2 new")
    page.get_by_label("Sheet").select_option("More")
    expect(page.locator("#columns td.chosen")).to_have_text(["Column 1"])
    page.get_by_role("button", name="Import 1 number").click()
    expect(page.locator("#outcome")).to_contain_text("1 of 1 number were added")
    assert [each["number"] for each in api.get("/dnc").json()["items"]] == ["+14805550104"]


def test_numbers_are_checked_as_they_are_written(browser_page: Page, api: httpx.Client) -> None:
    api.post("/dnc/import", content="".join(f"+1480555{number:04}\n" for number in range(60)) + CALLER, headers=CSV)
    page = browser_page
    page.goto("/ui/dnc/check")
    page.get_by_label("Numbers", exact=True).fill(f"{CALLER}, 415 555 0100")
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_role("heading", name="1 of 2 numbers must not be called")).to_be_visible()
    page.get_by_label("Numbers", exact=True).fill("555 0141")
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_text("555 0141 has 7 digits; a US number has 10", exact=True)).to_be_visible()
    page.goto("/ui/dnc")
    page.get_by_role("link", name="Next").click()
    expect(page.get_by_text("51–61 of 61")).to_be_visible()
    page.get_by_role("link", name="Previous").click()
    expect(page.get_by_text("1–50 of 61")).to_be_visible()


def test_an_agent_is_made_corrected_and_kept_with_its_password(browser_page: Page, api: httpx.Client) -> None:
    page = browser_page
    page.goto("/ui/agents")
    page.get_by_role("link", name="New agent").first.click()
    page.get_by_role("link", name="Another one").click()
    page.get_by_label("Name", exact=True).fill("sales")
    page.get_by_label("Phone number or SIP address 1").fill("sip:sales at example")
    page.get_by_role("button", name="Create agent").click()
    expect(page.get_by_label("Phone number or SIP address 1")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Phone number or SIP address 1").fill("sip:sales@192.0.2.7:5060")
    page.get_by_text("Advanced", exact=True).click()
    page.get_by_label("User name").first.fill("ivr")
    page.get_by_label("Password").first.fill("very-secret")
    page.get_by_role("button", name="Create agent").click()
    page.get_by_role("link", name="sales").click()
    assert "very-secret" not in page.content()
    page.get_by_label("Rings for (seconds)").fill("9")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").first).to_contain_text("Saved")
    agent = api.get("/agents/sales").json()
    assert (agent["ring_timeout_s"], agent["targets"][0]["has_password"]) == (9, True)
    assert (agent["silence_timeout_s"], agent["codecs"]) == (5, [])
    assert (agent["prepare_url"], agent["options_ping"]) == (None, False)


def test_a_phone_number_is_an_agent_in_three_fields_and_the_page_says_what_it_lacks(
    browser_page: Page, api: httpx.Client
) -> None:
    page = browser_page
    page.goto("/ui/agents/new")
    page.get_by_role("link", name="Somebody's phone").click()
    page.get_by_label("Name", exact=True).fill("boss")
    page.get_by_label("Phone number or SIP address 1").fill("(415) 555-2671")
    expect(page.get_by_label("Codecs")).to_be_hidden()
    page.get_by_role("button", name="Create agent").click()
    expect(page.get_by_role("row", name="boss")).to_contain_text("nobody is rung")
    page.get_by_role("link", name="boss").click()
    expect(page.get_by_text("there is no trunk for calls out")).to_be_visible()
    assert api.get("/agents/boss").json()["targets"][0]["uri"] == "tel:+14155552671"


def test_an_agent_is_rung_from_its_page_which_says_what_came(browser_page: Page, api: httpx.Client) -> None:
    api.post("/agents", json={"name": "sales", "targets": [{"uri": "sip:a@192.0.2.7"}]}).raise_for_status()
    page = browser_page
    page.goto("/ui/agents/sales")
    page.get_by_role("button", name="Ring it now").click()
    expect(page.get_by_role("heading", name="Ringing sales")).to_be_visible()
    # No switch runs beside these pages.
    expect(page.get_by_role("status").last).to_contain_text("Nobody was rung: the switch's event socket")
    expect(page.get_by_role("button", name="Ring it again")).to_be_visible()


def test_a_prepare_url_shows_its_secret_once_and_codecs_keep_their_order(
    browser_page: Page, api: httpx.Client
) -> None:
    page = browser_page
    page.goto("/ui/agents/new")
    page.get_by_role("link", name="Another one").click()
    page.get_by_label("Name", exact=True).fill("room")
    page.get_by_label("Phone number or SIP address 1").fill("sip:room@192.0.2.7:5060")
    page.get_by_text("Advanced", exact=True).click()
    page.get_by_label("Names of the X-IVR headers").select_option("underscore")
    page.get_by_label("Codecs").fill("PCMA, nonsense!")
    page.get_by_label("Prepare URL", exact=True).fill("https://agents.example.com/prepare")
    page.get_by_label("Check its addresses every ten seconds").check()
    page.get_by_role("button", name="Create agent").click()
    expect(page.get_by_label("Codecs")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Check its addresses every ten seconds")).to_be_checked()
    page.get_by_label("Codecs").fill("PCMA, PCMU")
    page.get_by_role("button", name="Create agent").click()
    secret = page.locator("#secret").inner_text()
    assert secret.startswith("whsec_")
    agent = api.get("/agents/room").json()
    assert (agent["codecs"], agent["header_style"], agent["options_ping"]) == (["PCMA", "PCMU"], "underscore", True)
    page.goto("/ui/agents/room")
    expect(page.locator("details[open] > summary")).to_have_text("Advanced")
    assert secret not in page.content()
    page.get_by_label("Prepare URL", exact=True).fill("")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").first).to_contain_text("Saved")
    assert api.get("/agents/room").json()["prepare_url"] is None


def test_these_pages_look_right_to_axe_in_both_schemes_and_on_a_telephone(
    open_page: Callable[..., Page], site: Site, axe: Callable[[Page], None]
) -> None:
    ivr_id = site.http.post("/ivr", json=PAGE_TREE).json()["id"]
    site.http.post(f"/ivr/{ivr_id}/assign", json={"did": PAGE_DID})
    site.http.post("/dnc", json={"number": CALLER})
    site.http.post("/agents", json={"name": "sales", "targets": [{"uri": "sip:sales@192.0.2.7:5060"}]})
    dnc = ("", f"/{CALLER}", "/+14155550100", "/check", "/import", "/lists")
    paths = ("/ui/numbers", *(f"/ui/dnc{tail}" for tail in dnc), "/ui/agents", "/ui/agents/sales", "/ui/agents/new",
             "/ui/agents/new?preset=livekit")  # fmt: skip
    for scheme in ("light", "dark"):
        page = open_page(scheme=scheme)
        for path in paths:
            page.goto(path)
            axe(page)
            with narrow(page):
                assert fits(page), path
