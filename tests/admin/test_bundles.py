"""A menu as one file and back over the API: the same bytes, all of it or nothing."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from admin.http.services import Services
from admin.menus.service import MenuService
from admin.wiring import Stores
from ivr.domain.errors import StorageUnavailable
from tests.admin.conftest import Api, SilentSpeech
from tests.admin.pages import PAGE_DID, PAGE_TREE
from tests.domain.test_bundles import zipped

ZIP = {"Content-Type": "application/zip"}
TREE: dict[str, Any] = {
    "name": "Plumbers & Söhne",
    "nodes": {
        "welcome": {"audio": "welcome.wav", "text": "Press 1.", "gather": {"2": "bye", "1": "known"}},
        "known": {"switch": "list:regulars", "case": {"true": "sales"}, "default": "open"},
        "open": {"switch": "hours:office", "case": {"open": "sales"}, "default": "bye"},
        "sales": {"action": "transfer", "agent": "desk", "fallback_node": "staff"},
        "staff": {"action": "transfer", "people": "night", "fallback_node": "bye"},
        "bye": {"action": "hangup", "audio": "bye.wav"},
    },
}
TESTS: list[dict[str, Any]] = [
    {"name": "says goodbye", "script": "2", "expected": {"outcome": "hung_up", "node": "bye"}},
    {
        "name": "a regular reaches sales", "script": "1", "expected": {"path": ["welcome", "known", "sales"]},
        "agent": "busy", "given": {"caller": "+14155550111", "lists": ["regulars"]},
    },
]  # fmt: skip


@pytest.fixture
def menu(api: Api) -> str:
    """A menu with a spoken and an uploaded prompt, one that nobody plays, and two tests."""
    return make(api, TREE, TESTS)


def make(api: Api, tree: Any, tests: Any = ()) -> str:
    menu = api.create(tree)
    wav = {"Content-Type": "audio/wav"}
    for name, node in tree["nodes"].items():
        if "text" in node:
            assert api("POST", f"/ivr/{menu}/audio", {"node": name, "text": node["text"]}).status_code == 201
        elif "audio" in node:
            answer = api("PUT", f"/ivr/{menu}/audio/{node['audio']}", name.encode(), headers=wav)
            assert answer.status_code == 200
    assert api("PUT", f"/ivr/{menu}/audio/unused.wav", b"unused", headers=wav).status_code == 200
    for test in tests:
        assert api("POST", f"/ivr/{menu}/tests", test).status_code == 201
    return menu


def bundle_of(api: Api, menu: str) -> bytes:
    answer = api("GET", f"/ivr/{menu}/bundle")
    assert (answer.status_code, answer.mimetype) == (200, "application/zip")
    return bytes(answer.data)


def bring(api: Api, bundle: bytes, query: str = "", **headers: str) -> Any:
    return api("POST", f"/ivr/bundle{query}", bundle, headers={**ZIP, **headers})


def changed(bundle: bytes, part: str, change: Callable[[Any], Any]) -> bytes:
    """With another text in a part, and a manifest that lists it."""
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[part] = json.dumps(change(json.loads(parts[part]))).encode()
    manifest = json.loads(parts["manifest.json"])
    manifest["parts"][part] = hashlib.sha256(parts[part]).hexdigest()
    return zipped({**parts, "manifest.json": json.dumps(manifest).encode()})


def everything(stores: Stores, prompts: Path | None = None) -> Any:
    """All that an import could change."""
    with stores.postgres.database.transaction() as connection:
        tables = ("ivr", "ivr_version", "prompt", "menu_test", "audit_log", "cache_outbox", "tts_charge")
        rows = [connection.execute(f"select t::text from {table} t order by 1").fetchall() for table in tables]  # noqa: S608
    return rows, sorted(path.name for path in prompts.iterdir()) if prompts else None


def test_a_menu_comes_back_as_a_new_draft_with_its_prompts_and_tests(
    api: Api, menu: str
) -> None:
    bundle = bundle_of(api, menu)
    answer = bring(api, bundle)
    assert answer.status_code == 201
    made = answer.json
    assert answer.headers["Location"] == f"/ivr/{made['id']}" != f"/ivr/{menu}"
    assert (made["status"], made["version"], made["name"]) == ("draft", 1, TREE["name"])
    assert answer.headers["ETag"] == '"1"'
    assert list(made["nodes"]["welcome"]["gather"]) == ["2", "1"]
    assert {each["audio"]: each["state"] for each in made["prompts"]} == {"welcome.wav": "ready", "bye.wav": "ready"}
    assert made["missing"] == {
        "agents": ["desk"], "hours": ["office"], "lists": ["regulars"], "services": [], "channels": [],
        "voices": [], "groups": ["night"],
    }  # fmt: skip
    listen = [bytes(api("GET", f"/ivr/{each}/audio/welcome.wav").data) for each in (menu, made["id"])]
    assert listen[0] == listen[1]
    tests = api("GET", f"/ivr/{made['id']}/tests").json["items"]
    assert sorted(each["name"] for each in tests) == ["a regular reaches sales", "says goodbye"]
    assert bundle_of(api, made["id"]) == bundle


def test_the_prompts_of_a_name_with_variables_in_it_come_along(api: Api) -> None:
    menu = api.create({"name": "Lines", "nodes": {"t": {"action": "hangup", "audio": "open-{line}.wav"}}})
    for audio in ("open-north.wav", "open-south.wav", "closed.wav"):
        answer = api("PUT", f"/ivr/{menu}/audio/{audio}", b"x", headers={"Content-Type": "audio/wav"})
        assert answer.status_code == 200
    brought = bring(api, bundle_of(api, menu)).json
    assert {each["audio"]: (each["state"], each["nodes"]) for each in brought["prompts"]} == {
        "open-north.wav": ("ready", ["t"]), "open-south.wav": ("ready", ["t"]),
    }  # fmt: skip
    assert api("GET", f"/ivr/{brought['id']}/audio/open-north.wav").status_code == 200


def test_the_same_menu_is_the_same_bytes_and_the_file_has_its_name(api: Api, menu: str) -> None:
    first = api("GET", f"/ivr/{menu}/bundle")
    assert bundle_of(api, menu) == first.data
    assert "filename" in first.headers["Content-Disposition"]
    assert ".digitree.zip" in first.headers["Content-Disposition"]


def test_what_is_here_already_is_not_missing(api: Api, menu: str, silent_speech: SilentSpeech) -> None:
    assert api("POST", "/lists", {"name": "regulars"}).status_code == 201
    assert api("POST", "/hours", {"name": "office", "zone": "UTC"}).status_code == 201
    assert api("POST", "/agents", {"name": "desk", "targets": [{"uri": "sip:desk@192.0.2.7"}]}).status_code == 201
    ann = {"name": "ann", "address": "sip:ann@192.0.2.1", "groups": ["night"]}
    assert api("POST", "/people", ann).status_code == 201
    bundle = changed(bundle_of(api, menu), "menu.json", lambda tree: {**tree, "nodes": {
        **tree["nodes"], "bye": {**tree["nodes"]["bye"], "voice": "nobody"}}})  # fmt: skip
    missing = bring(api, bundle).json["missing"]
    assert missing == {
        "agents": [], "hours": [], "lists": [], "services": [], "channels": [], "voices": ["nobody"],
        "groups": [],
    }
    silent_speech.away = True
    assert bring(api, bundle).json["missing"]["voices"] == [], "nobody can say"


def test_a_menu_becomes_what_a_bundle_says_as_a_new_version_and_can_go_back(
    api: Api, menu: str, cached: Callable[[str], str | None]
) -> None:
    bundle = bundle_of(api, menu)
    other = make(api, PAGE_TREE, [TESTS[0] | {"name": "gone"}, TESTS[0] | {"script": "9"}])
    api("POST", f"/ivr/{other}/assign", {"did": PAGE_DID})
    before = api("GET", f"/ivr/{other}").json
    answer = bring(api, bundle, f"?into={other}")
    after = answer.json
    assert answer.status_code == 200
    assert (after["version"], after["status"], after["name"]) == (before["version"] + 1, "live", TREE["name"])
    assert cached(f"did:{PAGE_DID}") == f"{other}:{after['version']}", "the next call has it"
    tests = {each["name"]: each["script"] for each in api("GET", f"/ivr/{other}/tests").json["items"]}
    assert tests == {"says goodbye": "2", "a regular reaches sales": "1"}
    assert bundle_of(api, other) == bundle
    assert api("POST", f"/ivr/{other}/versions/{before['version']}/restore").status_code == 200
    back = api("GET", f"/ivr/{other}").json
    assert (back["nodes"], back["prompts"][0]) == (before["nodes"], before["prompts"][0])


def test_the_same_content_makes_no_new_version(api: Api, menu: str) -> None:
    bundle = bundle_of(api, menu)
    before = api("GET", f"/ivr/{menu}").json
    tests = api("GET", f"/ivr/{menu}/tests").json["items"]
    again = bring(api, bundle, f"?into={menu}").json
    once_more = bring(api, bundle, f"?into={menu}").json
    assert (again["version"], once_more["version"]) == (before["version"] + 1, before["version"] + 1), (
        "files have names of their content from then on"
    )
    assert api("GET", f"/ivr/{menu}/tests").json["items"] == tests
    assert bundle_of(api, menu) == bundle


def test_a_version_that_was_replaced_meanwhile_is_kept(api: Api, menu: str, stores: Stores) -> None:
    bundle = bundle_of(api, menu)
    api("PATCH", f"/ivr/{menu}", {"name": "Another"})
    before = everything(stores)
    assert bring(api, bundle, f"?into={menu}", **{"If-Match": '"1"'}).status_code == 412
    assert bring(api, bundle, **{"If-Match": '"1"'}).json["code"] == "no_etag"
    assert everything(stores) == before


def test_the_audit_log_says_that_it_was_brought_in_and_nothing_is_charged(
    api: Api, menu: str, stores: Stores
) -> None:
    made = bring(api, bundle_of(api, menu)).json["id"]
    actions = [each["action"] for each in api("GET", f"/audit?subject={made}").json["items"]]
    assert actions == ["ivr.import"]
    with stores.postgres.database.transaction() as connection:
        row = connection.execute("select count(*) as n from tts_charge where ivr_id = %s", (made,)).fetchone()
    assert row is not None
    assert row["n"] == 0


def test_a_prompt_whose_file_is_gone_is_left_out_and_stays_where_it_is_played(
    api: Api, menu: str, silent_speech: SilentSpeech
) -> None:
    whole = bundle_of(api, menu)
    for path in silent_speech.prompts.glob("*.wav"):
        path.unlink()
    bundle = bundle_of(api, menu)
    assert {each["state"] for each in bring(api, bundle).json["prompts"]} == {"missing"}
    assert {each["state"] for each in bring(api, whole, f"?into={menu}").json["prompts"]} >= {"ready"}
    assert {each["state"] for each in bring(api, bundle, f"?into={menu}").json["prompts"]} >= {"ready"}


_OF_NO_SOUND = {"sound": "0" * 64, "source": "tts"}
_BAD: list[tuple[str, Callable[[Any], Any], str]] = [
    ("menu.json", lambda _: [], "/menu"),
    ("menu.json", lambda tree: {**tree, "nodes": {"a": {"action": "fly"}}}, "/menu/nodes/a/action"),
    ("menu.json", lambda tree: {**tree, "name": "\u202e"}, "/menu/name"),
    ("prompts.json", lambda _: [], "/prompts"),
    ("prompts.json", lambda prompts: {"../x.wav": prompts["bye.wav"]}, "/prompts/..~1x.wav/[key]"),
    ("prompts.json", lambda prompts: {**prompts, "bye.wav": {"sound": "x"}}, "/prompts/bye.wav/sound"),
    ("prompts.json", lambda prompts: {"bye.wav": prompts["bye.wav"]}, "/prompts/"),
    ("prompts.json", lambda prompts: {**prompts, "x.wav": _OF_NO_SOUND}, "/prompts/x.wav/sound"),
    ("prompts.json", lambda prompts: {"bye.wav": {**prompts["bye.wav"], "file": "../../x"}}, "/prompts/bye.wav"),
    ("tests.json", lambda tests: [{**tests[0], "script": "press one"}], "/tests/0/script"),
    ("tests.json", lambda tests: tests[:1] * 2, "/tests/1/name"),
    ("tests.json", lambda tests: [{**tests[0], "name": f"t{n}"} for n in range(101)], "/tests"),
    ("tests.json", lambda tests: [{**tests[0], "given": {"caller": "nobody at all"}}], "/"),
]


@pytest.mark.parametrize(("part", "change", "place"), _BAD)
def test_texts_that_the_api_would_refuse_are_refused_by_their_place_and_nothing_is_changed(
    api: Api,
    menu: str,
    stores: Stores,
    silent_speech: SilentSpeech,
    part: str,
    change: Callable[[Any], Any],
    place: str,
) -> None:
    bundle = changed(bundle_of(api, menu), part, change)
    before = everything(stores, silent_speech.prompts)
    for query in ("", f"?into={menu}"):
        answer = bring(api, bundle, query)
        assert (answer.status_code, answer.json["code"]) == (422, "invalid_bundle")
        assert any(each["pointer"].startswith(place) for each in answer.json["errors"]), answer.json["errors"]
    assert everything(stores, silent_speech.prompts) == before


@pytest.mark.parametrize("raw", [b'{"a": 1, "a": 2}', b"{", b"\xff", b'"\\u0000"', b"[" * 100_000, b"NaN"])
def test_a_text_that_is_no_good_json_is_refused(api: Api, menu: str, raw: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(bundle_of(api, menu))) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(parts["manifest.json"])
    manifest["parts"]["menu.json"] = hashlib.sha256(raw).hexdigest()
    parts |= {"menu.json": raw, "manifest.json": json.dumps(manifest).encode()}
    answer = bring(api, zipped(parts))
    assert (answer.status_code, answer.json["code"]) == (422, "invalid_bundle")
    assert answer.json["errors"][0]["pointer"] == "/menu.json"


@pytest.mark.parametrize("content", [b"", b"PK", b"no bundle", b"PK\x05\x06" + bytes(18)])
def test_a_file_that_is_no_bundle_is_refused(api: Api, menu: str, content: bytes) -> None:
    assert bring(api, content).status_code == 422
    assert api("POST", "/ivr/bundle", content, headers={"Content-Type": "text/csv"}).status_code == 415


def test_what_postgres_refuses_leaves_nothing(
    api: Api, menu: str, stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = bundle_of(api, menu)
    before = everything(stores)

    def away(*_: object) -> None:
        raise StorageUnavailable("in the last statement of all")

    monkeypatch.setattr("ivr.storage.postgres.menu_bundles.replace_tests", away)
    for query in ("", f"?into={menu}"):
        assert bring(api, bundle, query).status_code == 503
    monkeypatch.undo()
    assert everything(stores) == before


def test_while_the_cache_is_away_a_live_menu_stays_as_it_is(
    api: Api, menu: str, stores: Stores, services: Services
) -> None:
    api("POST", f"/ivr/{menu}/assign", {"did": PAGE_DID})
    bundle = changed(bundle_of(api, menu), "menu.json", lambda tree: {**tree, "name": "Other"})
    before = everything(stores)

    def away() -> None:
        raise StorageUnavailable("away")

    object.__setattr__(services.get(MenuService), "cache", away)
    assert bring(api, bundle, f"?into={menu}").json["code"] == "cache_unavailable"
    assert everything(stores) == before


def test_there_is_no_menu_to_bring_it_into_or_to_take_it_from(api: Api, menu: str) -> None:
    assert bring(api, bundle_of(api, menu), "?into=ivr_nowhere1").status_code == 404
    assert bring(api, bundle_of(api, menu), "?into=../x").status_code == 422
    assert api("GET", "/ivr/ivr_nowhere1/bundle").status_code == 404
    for method in ("GET", "PATCH", "PUT", "DELETE"):
        answer = api(method, "/ivr/bundle", {} if method in ("PATCH", "PUT") else None)
        assert (answer.status_code, answer.headers["Allow"]) == (405, "OPTIONS, POST")


_LINE = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), min_size=1, max_size=12)
_NAMES = st.from_regex(r"[a-z][a-z0-9_-]{0,8}", fullmatch=True)


@st.composite
def menus(draw: st.DrawFn) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A menu of a few kinds of nodes with prompts, and its tests."""
    names = draw(st.lists(_NAMES, min_size=2, max_size=5, unique=True))
    nodes: dict[str, Any] = {}
    for name in names:
        to = draw(st.sampled_from(names))
        said = {"audio": f"{name}.wav", **draw(st.sampled_from([{}, {"text": "Hello."}, {"text": "Press {x}."}]))}
        nodes[name] = draw(
            st.sampled_from(
                [
                    {**said, "gather": {"2": to, "1": names[0]}},
                    {**said, "action": "hangup"},
                    {"action": "transfer", "agent": name},
                    {"switch": f"list:{name}", "case": {"true": to}, "default": names[0]},
                    {**said, "next": to},
                ]
            )
        )
    tests = [
        {
            "name": name, "script": draw(st.sampled_from(["1", "1,2", "-"])), "expected": {"node": draw(_NAMES)},
            "given": draw(st.sampled_from([{}, {"caller": "+14155550111"}, {"random": 7}])),
        }
        for name in draw(st.lists(_LINE, max_size=3, unique=True))
    ]  # fmt: skip
    return {"name": draw(_LINE), "nodes": nodes}, tests


@given(content=menus(), other=menus())
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_whatever_the_menu_out_and_in_and_out_again_is_the_same_bytes(api: Api, content: Any, other: Any) -> None:
    menu, there = make(api, *content), make(api, *other)
    bundle = bundle_of(api, menu)
    assert bundle_of(api, bring(api, bundle).json["id"]) == bundle
    assert bring(api, bundle, f"?into={there}").status_code == 200
    assert bundle_of(api, there) == bundle
