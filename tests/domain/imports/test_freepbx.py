"""Backups of FreePBX: the same callers meet the same in it and in the menu, and archives that do harm are refused."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.domain.imports.freepbx import archive
from ivr.domain.imports.report import Imported, NotReadable
from ivr.domain.imports.sources import import_menu
from ivr.domain.menu.document import parse_menu
from tests.domain.imports.callers import END, Caller, same, walk_menu
from tests.domain.imports.freepbx_walker import PbxCall

_CALLERS = st.builds(
    Caller,
    keys=st.lists(st.sampled_from(["1", "2", "3", "12", "*", None]), max_size=12),
    rings=st.lists(st.sampled_from(["answered", "busy", "no_answer"]), max_size=6),
)
_RECORDINGS = [
    {"id": "1", "displayname": "Main", "filename": "custom/main", "files": {}},
    {"id": "2", "displayname": "Both", "filename": "custom/one&custom/two", "files": {}},
    {"id": "3", "displayname": "Sorry", "filename": "custom/sorry", "files": {}},
]
_SOUND = b"RIFF\x24\x00\x00\x00WAVE, and so on"


def packed(modules: Mapping[str, Any], *others: tuple[str, bytes]) -> bytes:
    """A backup of these modules."""
    files = [(f"modulejson/{name}.json", json.dumps(each).encode()) for name, each in modules.items()]
    return _archive([*others, *files])


def _archive(files: list[tuple[str, bytes]], *members: tarfile.TarInfo) -> bytes:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w:gz", compresslevel=1) as packed:
        for member in members:
            packed.addfile(member)
        for name, content in files:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            packed.addfile(info, io.BytesIO(content))
    return written.getvalue()


@st.composite
def backups(draw: st.DrawFn) -> dict[str, Any]:
    """Backups in which keys may lead anywhere."""
    number = draw(st.integers(1, 3))
    ivrs = [f"ivr-{each},s,1" for each in range(1, number + 1)]
    others = ["app-announcement-1,s,1", "app-announcement-2,s,1", "ext-group,600,1", "ext-group,601,1"]
    others += ["ext-queues,700,1", "timeconditions,1,1", "from-did-direct,100,1", "from-did-direct,101,1"]
    others += ["ext-local,vmu100,1", "app-blackhole,hangup,1"]
    dest = st.sampled_from([*ivrs, *ivrs, *others])
    recording = st.sampled_from(["1", "2", "3", ""])
    spoken = st.sampled_from(["1", "default", ""])
    flag = st.sampled_from(["0", "1"])

    def announcement(key: str) -> dict[str, Any]:
        row = {"announcement_id": key, "description": f"Note {key}", "recording_id": draw(recording)}
        return {**row, "post_dest": draw(dest), "return_ivr": draw(flag), "allow_skip": "0", "repeat_msg": ""}

    def ivr(key: int) -> dict[str, Any]:
        row = {"id": str(key), "name": "Menu", "announcement": draw(recording), "directdial": "", "timeout_time": 5}
        for how in ("timeout", "invalid"):
            row |= {f"{how}_loops": draw(st.sampled_from(["disabled", "0", "2"])), f"{how}_destination": draw(dest)}
            row |= {f"{how}_retry_recording": draw(spoken), f"{how}_recording": draw(spoken)}
            row |= {f"{how}_ivr_ret": "0", f"{how}_append_announce": "1"}
        return {**row, "retvm": draw(st.sampled_from(["", "on"]))}

    entries = {
        str(key): [
            {"ivr_id": str(key), "selection": each, "dest": draw(dest), "ivr_ret": "0"}
            for each in draw(st.lists(st.sampled_from(["1", "2", "12", "*"]), unique=True, max_size=4))
        ]
        for key in range(1, number + 1)
    }
    group = {"grpnum": "600", "strategy": "hunt", "grplist": "100-101", "annmsg_id": draw(recording)}
    outside = {"grpnum": "601", "strategy": "ringall", "grplist": "4155550100#", "annmsg_id": "", "postdest": ""}
    groups = [{**group, "postdest": draw(dest)}, outside]
    queues = {"queues_config": [{"extension": "700", "descr": "Support", "maxwait": "", "dest": draw(dest)}]}
    condition = {"timeconditions_id": "1", "displayname": "Open?", "time": "1", "truegoto": draw(dest)}
    times = [{"timegroupid": "1", "time": "09:00-17:00|mon-fri|*|*"}]
    users = [{"extension": "100", "name": "Ann", "voicemail": "default"}]
    users.append({"extension": "101", "name": "Bob", "voicemail": "novm"})
    return {
        "Ivr": _configs({"ivrs": {str(key): [ivr(key)] for key in range(1, number + 1)}, "entries": entries}),
        "Recordings": _configs({"data": _RECORDINGS}),
        "Announcement": _configs([announcement("1"), announcement("2")]),
        "Ringgroups": _configs({"groups": groups}),
        "Queues": _configs({"tables": queues}),
        "Timeconditions": _configs(
            {"tables": {"timeconditions": [{**condition, "falsegoto": "ivr-1,s,1"}], "timegroups_details": times}}
        ),
        "Core": _configs({
            "Users": {"users": users},
            "Did": [_route(draw(st.sampled_from([ivrs[0], "timeconditions,1,1"])))],
        }),
    }  # fmt: skip


def _route(dest: str) -> dict[str, str]:
    return {"extension": "", "cidnum": "", "destination": dest, "description": "The line"}


def _configs(configs: Any) -> dict[str, Any]:
    return {"dirs": [], "files": [], "dependencies": ["core"], "configs": configs}


@settings(max_examples=40)
@given(backups(), _CALLERS)
def test_whoever_calls_meets_the_same_in_the_backup_and_in_the_menu(modules: dict[str, Any], caller: Caller) -> None:
    imported = import_menu(packed(modules))
    assert same(walk_menu(imported, caller), PbxCall(modules, caller.again()).walk())


def _ivr(**fields: Any) -> dict[str, Any]:
    row = {"id": "1", "name": "Main", "announcement": "1", "timeout_loops": "0", "invalid_loops": "0"}
    gone = {"timeout_destination": "app-blackhole,hangup,1", "invalid_destination": "app-blackhole,hangup,1"}
    return {**row, **gone, **fields}


def _modules(dest: str, **others: Any) -> dict[str, Any]:
    entries = {"1": [{"ivr_id": "1", "selection": "1", "dest": dest}]}
    named = {name: _configs(each) for name, each in others.items()}
    return {"Ivr": _configs({"ivrs": {"1": [_ivr()]}, "entries": entries}), **named}


def _why(imported: Imported, part: str) -> str:
    return next(line.why for line in imported.lines if line.part == part)


def test_recordings_of_a_backup_come_with_the_menu() -> None:
    path = "files/var/lib/asterisk/sounds/en/custom/main.wav"
    modules = _modules("app-blackhole,hangup,1", Recordings={"data": _RECORDINGS})
    imported = import_menu(packed(modules, (path, _SOUND), (path.replace("main", "other"), _SOUND)))
    assert imported.menu["nodes"]["Main"]["audio"] == "main.wav"
    assert imported.contents == {"main.wav": _SOUND}
    assert _why(imported, "Main") == ""
    assert "contents" not in imported.to_json()


def test_an_archive_in_which_the_backup_lies_is_opened() -> None:
    modules = _modules("app-blackhole,hangup,1")
    imported = import_menu(_archive([("20261130-main-17.0.tar.gz", packed(modules))]))
    assert list(imported.menu["nodes"]) == ["Main", "end_of_call"]


def test_the_report_says_what_is_to_be_made_of_times_groups_and_extensions() -> None:
    group = {"grpnum": "600", "grplist": "100-4155550100#", "strategy": "ringall", "description": "Sales"}
    condition = {"timeconditions_id": "4", "displayname": "Office hours", "time": "2", "timezone": "America/Phoenix"}
    tables = {
        "timeconditions": [{**condition, "truegoto": "ext-group,600,1", "falsegoto": "from-did-direct,100,1"}],
        "timegroups_details": [{"timegroupid": 2, "time": "09:00-17:00|mon-fri|*|*"}],
    }
    core = {"Users": {"users": [{"extension": "100", "name": "Ann Smith", "voicemail": "default"}]}}
    others = {"Timeconditions": {"tables": tables}, "Ringgroups": {"groups": [group]}, "Core": core}
    modules = _modules("timeconditions,4,1", **others)
    imported = import_menu(packed(modules))
    hours = "make the opening hours Office_hours with 09:00-17:00|mon-fri|*|*, in America/Phoenix"
    assert _why(imported, "time condition Office hours") == hours
    who = "whoever is in ring group 600 is to be one of the people of group_600: 100, 4155550100#"
    assert _why(imported, "ring group 600 Sales") == who
    whom = "extension 100 (Ann Smith) is a telephone of its own: make an agent extension_100"
    assert _why(imported, "extension 100") == whom
    parse_menu(dict(imported.menu))


def test_an_announcement_that_returns_leads_back_to_the_menu_that_led_to_it() -> None:
    note = {"announcement_id": "7", "description": "Hours", "recording_id": "1", "return_ivr": "1"}
    then = {"post_dest": "app-blackhole,hangup,1"}
    data = {"Recordings": {"data": _RECORDINGS}, "Announcement": [{**note, **then}]}
    imported = import_menu(packed(_modules("app-announcement-7,s,1", **data)))
    main = ("played", "custom/main")
    assert walk_menu(imported, Caller(["1", None])) == [main, main, main, END]


def _harmful(kind: bytes, name: str = "modulejson/Ivr.json") -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, "/etc/passwd"
    return member


def _only_promised(name: str, size: int) -> bytes:
    member = tarfile.TarInfo(name)
    member.size = size
    return gzip.compress(member.tobuf())


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (_archive([], _harmful(tarfile.SYMTYPE)), "has a link or a device"),
        (_archive([], _harmful(tarfile.LNKTYPE)), "has a link or a device"),
        (_archive([], _harmful(tarfile.CHRTYPE)), "has a link or a device"),
        (_archive([("/modulejson/Ivr.json", b"{}")]), "lies outside of it"),
        (_archive([("modulejson/../../Ivr.json", b"{}")]), "lies outside of it"),
        (gzip.decompress(_archive([("modulejson/Ivr.json", b"{}")]))[:513], "broken, or cut off"),
        (_archive([("modulejson/Ivr.json", b"[" * 200_000)]), "is no JSON"),
        (_only_promised("modulejson/Ivr.json", 16_000_001), "16,000,000 are read at most"),
        (_only_promised("files/much", 500_000_000), "unpacks to more than 400,000,000 bytes"),
        (_archive([("mysql-3.sql", b"")]), "no modulejson/Ivr.json in this archive"),
        (b"\x1f\x8b\x08\x00junk", "broken, or cut off"),
        (gzip.compress(b"\0" * 257 + b"ustar"), "broken, or cut off"),
    ],
    ids=lambda each: each if isinstance(each, str) else "content",
)  # fmt: skip
def test_an_archive_that_does_harm_is_refused_in_words(content: bytes, why: str) -> None:
    with pytest.raises(NotReadable, match=why):
        import_menu(content)


def test_an_archive_of_very_many_files_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "_MOST_MEMBERS", 3)
    with pytest.raises(NotReadable, match="more than 3 files"):
        import_menu(_archive([("files/a", b"")] * 4))


_TABLE = """ivr_id,name,announcement,timeout_loops,timeout_destination,selection,dest
1,"Main, day",3,0,"app-blackhole,hangup,1",1,"ivr-2,s,1"
1,"Main, day",3,0,"app-blackhole,hangup,1",2,"ext-queues,500,1"

2,Sales,,0,"app-blackhole,hangup,1",0,"from-did-direct,100,1"
"""


@pytest.mark.parametrize("text", [_TABLE, "\ufeff" + _TABLE.replace("\n", "\r\n")])
def test_a_table_with_a_line_for_each_key_becomes_a_menu(text: str) -> None:
    imported = import_menu(text.encode())
    assert imported.menu["name"] == "Main, day"
    played = ("played", "recording_3.wav")
    assert walk_menu(imported, Caller(["1", "0"])) == [played, ("rang", "extension_100"), END]
    assert walk_menu(imported, Caller(["2"])) == [played, ("rang", "group_500"), END]


def test_a_table_may_have_semicolons_and_names_of_menus_alone() -> None:
    imported = import_menu(b'name;digits;destination\nMain;1;"ext-group,600,1"\n')
    assert walk_menu(imported, Caller(["1"])) == [("rang", "group_600"), END]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('name,selection,dest\nMain,1,"ext-group', "this table cannot be read"),
        ("name,selection,dest\n" + "Main,1,a\n" * 20_001, "more than 20,000 lines"),
        ("name,selection,dest\n", "there is no IVR in this"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused_in_words(text: str, why: str) -> None:
    with pytest.raises(NotReadable, match=why):
        import_menu(text.encode())
