"""Schemathesis at length: what is at the edges of every field, and requests about a menu, a call and a key that are
there, so that what lies behind a 404 is reached as well."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

from tests.admin.checked_api import CONFIG, admin, run_schemathesis
from tests.admin.pages import PAGE_TREE
from tests.admin.running import RunningAdmin

__all__ = ["admin"]
# Wrong keys for every operation would soon be too many from one address; test_auth.py tries them. What an
# Idempotency-Key sent again says was made may have been deleted since.
_LEFT_OUT = "ignored_auth,ensure_resource_availability"


def test_no_request_at_the_edges_of_its_fields_breaks_the_api_or_its_document(admin: RunningAdmin) -> None:
    run_schemathesis(admin, CONFIG, "--max-examples", "12", "--exclude-checks", _LEFT_OUT)
    assert admin.http.get("/ivr").status_code == 200
    assert "Traceback" not in admin.log.read_text()


def test_no_request_about_what_is_there_breaks_it_either(admin: RunningAdmin, tmp_path: Path) -> None:
    menu = admin.http.post("/ivr", json=PAGE_TREE).json()["id"]
    assert admin.http.post(f"/ivr/{menu}/audio", json={"node": "welcome", "text": "Hello."}).status_code == 201
    assert admin.http.post("/dnc", json={"number": "+14805551234"}).status_code == 201
    known = {"ivr_id": menu, "file": "welcome.wav", "call_id": "call_1", "number": "+14805551234"}
    known |= {"version": "1", "other": "1", "hours": "office", "list_name": "office", "service": "office"}
    known |= {"trunk": "office", "channel": "office"}
    office = {"name": "office", "zone": "America/Phoenix", "week": {"mon": ["08:00-12:00"]}}
    assert admin.http.post("/hours", json=office).status_code == 201
    assert admin.http.post("/lists", json={"name": "office"}).status_code == 201
    service = {"name": "office", "url": "https://crm.example.com/callers"}
    assert admin.http.post("/services", json=service).status_code == 201
    assert admin.http.post("/trunks", json={"name": "office", "hosts": ["pbx.example"]}).status_code == 201
    channel = {"name": "office", "preset": "ntfy", "settings": {"topic": "x"}, "allow_private": True}
    assert admin.http.post("/channels", json=channel).status_code == 201
    deletions = (
        "delete_menu", "delete_hours", "delete_number_list", "delete_service", "delete_channel", "delete_trunk",
    )  # fmt: skip
    config = tmp_path / "known.toml"
    lines = [f'"path.{name}" = "{value}"' for name, value in known.items()]
    config.write_text("[parameters]\n" + "\n".join(lines) + "\n\n" + CONFIG.read_text())
    run_schemathesis(
        admin,
        config,
        *("--include-path-regex", "^/(ivr/|dnc/|calls/|hours/|lists/|services/|trunks/)"),
        *chain.from_iterable(("--exclude-operation-id", each) for each in deletions),
        *("--phases", "coverage,fuzzing", "--max-examples", "12"),
    )
    for path in (f"/ivr/{menu}", "/hours/office", "/lists/office", "/services/office", "/trunks/office"):
        assert admin.http.get(path).status_code == 200, path
    assert "Traceback" not in admin.log.read_text()
