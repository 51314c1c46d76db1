"""`python -m tests.web.screens [NAME...]`: pictures of every page into docs/screens/, at 1280 and 375 px, light and
dark, from the running app with sample data. Names choose some of them."""

from __future__ import annotations

import base64
import json
import shutil
import sys
import tempfile
import time
from pathlib import Path

import httpx
from playwright.sync_api import Browser, Page, sync_playwright

from admin.http.navigation import NAV, TABS
from ivr.domain.trunks.state import Refusal, TrunkState
from ivr.storage.disk.trunk_states import trunk_states_path, write_states
from launcher.embedded.postgres import embedded_postgres
from launcher.embedded.redis import embedded_redis
from tests.admin.running import RunningAdmin, greeting_call_server, keep_fresh, make_ready, run_admin
from tests.helpers import SECRET, SIGNED, as_owner
from tests.ports import free_port
from tests.tts.conftest import start_speech
from tests.web.conftest import FLAGS, NARROW, WIDE, Site
from tests.web.sample_data import Sample, fill, live_calls
from tests.web.sample_outgoing import fill_outgoing, fill_survey
from tests.web.sample_sounds import fill_sounds

TARGET = Path(__file__).parents[2] / "docs" / "screens"
QUALITY = 70
# Streams never come to rest, so this is how long a page may draw.
SETTLE_MS = 700


def paths_of(sample: Sample) -> dict[str, str]:
    """Name of a picture -> address."""
    menu = f"/ui/menus/{sample.menus[0]['id']}"
    ivr_id = sample.menus[0]["id"]
    named = {each.path.strip("/").replace("/", "-"): f"/ui{each.path}" for each in NAV}
    tabs = {f"menu-{name}": menu + tail for name, _, tail, _ in TABS}
    return {
        **named,
        "funnel": f"/ui/funnel?ivr_id={ivr_id}",
        "menu-new": "/ui/menus/new",
        "menu-bring": "/ui/menus/bring",
        **tabs,
        "call": f"/ui/calls/{sample.call_id}",
        "dnc-entry": f"/ui/dnc/{sample.opted_out}",
        "dnc-check": "/ui/dnc/check",
        "agent": "/ui/agents/sales",
        "hours-office": "/ui/hours/office",
        "person-ann": "/ui/people/ann",
        "list-blocked": "/ui/lists/blocked",
        "service-crm": "/ui/services/crm",
        "channel-new": "/ui/channels/new",
        "channel-twilio": "/ui/channels/new?preset=twilio",
        "channel-office": "/ui/channels/office",
        "trunk-new": "/ui/trunks/new?preset=telnyx",
        "trunk-carrier": "/ui/trunks/carrier",
        "help": "/help/",
        "help-menu-language": "/help/menu-language/#question",
        "help-search": "/help/?q=opt+out",
    }


def take(browser: Browser, site: Site, paths: dict[str, str], wanted: set[str]) -> None:
    cookie = site.session(site.key)
    for scheme in ("light", "dark"):
        for width, size in (("wide", WIDE), ("narrow", NARROW)):
            context = browser.new_context(
                base_url=site.url,
                viewport=size,  # type: ignore[arg-type]
                color_scheme=scheme,
                reduced_motion="reduce",
                timezone_id="America/Phoenix",
            )
            page = context.new_page()
            page.goto("/ui/login")
            if not wanted or "login" in wanted:
                _save(page, f"login-{width}-{scheme}")
            context.add_cookies([cookie])  # type: ignore[list-item]
            for name, path in paths.items():
                if wanted and name not in wanted:
                    continue
                answer = page.goto(path)
                if answer is None or answer.status != 200:
                    print(f"{name}: {answer.status if answer else 'no answer'}", file=sys.stderr)
                    continue
                if name == "help-search":
                    page.locator(".md-search-result__link").first.wait_for()
                page.wait_for_timeout(SETTLE_MS)
                _save(page, f"{name}-{width}-{scheme}")
            context.close()


def _save(page: Page, name: str) -> None:
    """As WebP, a third of a PNG."""
    session = page.context.new_cdp_session(page)
    taken = session.send("Page.captureScreenshot", {"format": "webp", "quality": QUALITY})
    (TARGET / f"{name}.webp").write_bytes(base64.b64decode(taken["data"]))
    session.detach()


def main(wanted: set[str]) -> None:
    from ivr.storage.menu_publisher import CachePublisher
    from ivr.storage.postgres.migrate import upgrade
    from ivr.storage.postgres.stores import PostgresStores
    from ivr.storage.redis.menu_cache import CacheWriter

    TARGET.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as directory,
        embedded_postgres(Path(directory) / "pg", durable=False) as database,
        embedded_redis(Path(directory)) as redis_url,
        greeting_call_server() as esl,
    ):
        upgrade(database, as_owner(database))
        home = Path(directory) / "home"
        home.mkdir()
        make_ready(home)
        keep_fresh(home)
        stand(home)
        stores, writer = PostgresStores(database), CacheWriter(redis_url, SIGNED)
        CachePublisher(stores.database, writer).rebuild()
        key = stores.keys.create("Anna at the office")[1]
        speech = start_speech(home, home / "speech.log", SECRET)
        env = {
            "DATABASE_URL": database,
            "REDIS_URL": redis_url,
            "DIGITREE_ESL": esl,
            "DIGITREE_TTS": speech.url.removeprefix("http://"),
            # Somebody who answers; no picture is of a call on the page.
            "DIGITREE_PHONE": speech.url.removeprefix("http://"),
        }
        try:
            with run_admin(home, free_port(), key, env) as admin, sync_playwright() as playwright:
                sample = fill(admin.http, stores)
                survey = fill_survey(admin.http, stores)
                fill_sounds(stores, home)
                paths = {
                    **paths_of(sample),
                    "menu-answers": f"/ui/menus/{survey}/answers",
                    "calls-out-one": f"/ui/calls-out/{fill_outgoing(stores, survey)}",
                }
                with live_calls(redis_url, sample.menus):
                    browser = playwright.chromium.launch(
                        executable_path=shutil.which("chromium"), args=list(FLAGS)
                    )
                    take(browser, _site(admin), paths, wanted)
                    browser.close()
        finally:
            speech.stop()
            writer.close()
            stores.close()


def stand(home: Path) -> None:
    """As if the trunks of the sample data were watched, for the hour to come."""
    now = time.time()
    states = {
        "carrier": TrunkState("answers", now - 86_000, Refusal(403, "Forbidden", now - 90_000)),
        "account": TrunkState("registered", now - 7_200),
    }
    path = trunk_states_path(home)
    write_states(path, states)
    path.write_text(json.dumps({**json.loads(path.read_text()), "at": now + 3600}))


def _site(admin: RunningAdmin) -> Site:
    http: httpx.Client = admin.http
    return Site(admin.url, admin.key, http, admin.log.parent)


if __name__ == "__main__":
    main(set(sys.argv[1:]))
