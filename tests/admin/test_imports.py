"""Menus of other systems over the API: made with their report, which stays until it is put away."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from typing import IO, Any, BinaryIO

import pytest

from admin.http.services import Services
from admin.imports.sounds import ImportSounds
from admin.wiring import Stores
from ivr.clients.downloads import Downloaded, DownloadFailed
from ivr.domain.imports.freepbx.archive import MAX_ARCHIVE_BYTES
from ivr.domain.imports.sources import MAX_BYTES
from tests.admin.conftest import Api, SilentSpeech
from tests.domain.imports.samples import flow
from tests.domain.imports.test_freepbx import packed
from tts.client.errors import BadAudio
from tts.client.results import Recording

HELLO = "https://media.example.com/welcome.mp3"


@pytest.fixture
def made(api: Api) -> dict[str, Any]:
    answer = api("POST", "/imports", flow())
    assert answer.status_code == 201, answer.text
    return dict(answer.get_json())


def test_a_flow_becomes_a_draft_with_a_report_by_part_and_what_it_wants(api: Api, made: dict[str, Any]) -> None:
    menu = api("GET", f"/ivr/{made['id']}").json
    assert (menu["name"], menu["version"], menu["status"]) == ("Hill Roofing", 1, "draft")
    assert {name: menu[name] for name in made["menu"]} == made["menu"]
    assert [each["code"] for each in made["warnings"]] == [each["code"] for each in menu["warnings"]]
    fates = {line["part"]: line["fate"] for line in made["report"]}
    assert (fates["hello"], fates["pay"]) == ("carried", "not_carried")
    assert made["counts"]["not_carried"] == 1
    assert made["sounds"] == [{"audio": "welcome.wav", "source": HELLO, "in_file": False, "message": None}]
    assert [each["url"] for each in made["services"]] == ["https://crm.example.com/orders"]
    (entry,) = api("GET", "/audit?limit=1").json["items"]
    assert (entry["action"], entry["subject"]) == ("ivr.import", made["id"])


def test_a_dry_run_answers_the_same_and_makes_nothing(api: Api, made: dict[str, Any]) -> None:
    dry = api("POST", "/imports?dry_run=true", flow())
    assert dry.status_code == 200
    assert dry.json == {**made, "id": None}
    assert len(api("GET", "/ivr").json["items"]) == 1


def test_the_file_of_a_form_is_read_and_the_menu_is_called_as_it_is_asked(api: Api) -> None:
    part = b'--x\r\nContent-Disposition: form-data; name="file"; filename="flow.json"\r\n\r\n'
    form = part + json.dumps(flow()).encode() + b"\r\n--x--\r\n"
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = api("POST", "/imports?name=Roofs", form, headers=headers)
    assert answer.json["menu"]["name"] == "Roofs"


@pytest.mark.parametrize(
    ("content", "status", "code", "says"),
    [
        (b"hello", 422, "import_not_readable", "neither XML nor JSON"),
        (b"\xff\xfe", 422, "import_not_readable", "no text in UTF-8"),
        (b'{"a": 1}', 422, "import_not_readable", "none of what can be brought in"),
        (b"[" * 100_000, 422, "import_not_readable", "nested too deep"),
        (b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><Response>&b;</Response>', 422,
         "import_not_readable", ""),
        (b" " * (MAX_BYTES + 1), 413, "too_large", "at most 4,000,000"),
        (b"\x1f\x8b" + b" " * MAX_BYTES, 422, "import_not_readable", "this archive is broken"),
        (b"\x1f\x8b" + b" " * MAX_ARCHIVE_BYTES, 413, "too_large", "at most 64,000,000"),
    ],
)  # fmt: skip
def test_what_is_no_menu_of_another_system_is_refused_in_words(
    api: Api, content: bytes, status: int, code: str, says: str
) -> None:
    answer = api("POST", "/imports", content)
    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert says in answer.json["detail"]
    assert api("GET", "/ivr").json["items"] == []


def test_what_cannot_be_printed_or_stored_is_not_in_the_report(api: Api) -> None:
    odd = flow()
    odd["states"][4]["name"] = odd["states"][3]["transitions"][0]["next"] = "pay\x00\ud800\x1b[31m" + "y" * 5000
    made = api("POST", "/imports", odd).json
    kept = api("GET", f"/ivr/{made['id']}/import").json
    (line,) = [each for each in kept["report"] if each["fate"] == "not_carried"]
    assert line["part"].startswith("pay   [31myyy")
    assert len(line["part"]) <= 400


def test_the_report_says_what_is_still_missing_and_ticks_it_off(api: Api, made: dict[str, Any]) -> None:
    menu = f"/ivr/{made['id']}"
    before = api("GET", f"{menu}/import").json
    assert before["report"] == made["report"]
    assert before["sounds"] == [{"audio": "welcome.wav", "source": HELLO, "fetchable": True, "is_here": False}]
    assert before["missing"]["services"] == ["order"]
    assert before["texts_due"] == 1
    api("PUT", f"{menu}/audio/welcome.wav", b"a sound", headers={"Content-Type": "audio/wav"})
    api("POST", f"{menu}/audio", {"node": "ask", "text": "For sales press 1."})
    api("POST", "/services", {"name": "order", "url": "https://example.com/orders", "method": "POST"})
    after = api("GET", f"{menu}/import").json
    assert after["sounds"][0]["is_here"]
    assert (after["missing"]["services"], after["texts_due"]) == ([], 0)
    api("PATCH", menu, {"nodes": {"hello": {"text": "Hello.", "next": "order"}}})
    assert api("GET", f"{menu}/import").json["sounds"] == [], "nobody plays it any more"


def test_a_report_that_is_put_away_is_gone_and_the_menu_stays(api: Api, made: dict[str, Any]) -> None:
    path = f"/ivr/{made['id']}/import"
    assert api("DELETE", path).status_code == 204
    assert api("GET", path).json["code"] == api("DELETE", path).json["code"] == "import_not_found"
    assert api("GET", f"/ivr/{made['id']}").json["version"] == 1
    assert api("GET", "/audit?limit=1").json["items"][0]["action"] == "ivr.import_done"
    made_here = api.create()
    assert api("GET", f"/ivr/{made_here}/import").json["code"] == "import_not_found"
    assert api("GET", "/ivr/ivr_nothing/import").json["code"] == "tree_not_found"


class Shelf:
    """Stands in for the hosts of recordings."""

    def __init__(self, **recordings: bytes | str) -> None:
        self.recordings = recordings

    def fetch(self, source: str, out: IO[bytes], /) -> Downloaded:
        name = source.rpartition("/")[2]
        there = self.recordings[name.partition(".")[0]]
        if isinstance(there, str):
            raise DownloadFailed(there)
        out.write(there)
        return Downloaded(name, "audio/mpeg", {})


@pytest.fixture
def at_once(services: Services) -> ImportSounds:
    """Fetches before the request is answered."""
    sounds = replace(services.get(ImportSounds), in_background=lambda work: work())
    services._by_class[ImportSounds] = sounds
    return sounds


def test_recordings_are_fetched_into_one_version_and_each_says_what_came_of_it(
    at_once: ImportSounds, services: Services, api: Api
) -> None:
    several = flow()
    for name, following in (("gone", "there"), ("there", "ask")):
        said = {"play": f"https://media.example.com/{name}.mp3"}
        way = {"event": "audioComplete", "next": following}
        several["states"].append({"name": name, "type": "say-play", "properties": said, "transitions": [way]})
    several["states"][2]["transitions"][0]["next"] = "gone"
    menu = api("POST", "/imports", several).json["id"]
    shelf = Shelf(welcome=b"hello", there=b"there", gone="its address answers 404 Not Found")
    services._by_class[ImportSounds] = replace(at_once, downloads=shelf)  # type: ignore[arg-type]
    assert api("GET", f"/ivr/{menu}/import/sounds").json["code"] == "sounds_not_found"
    answer = api("POST", f"/ivr/{menu}/import/sounds")
    assert (answer.status_code, answer.headers["Location"]) == (202, f"/ivr/{menu}/import/sounds")
    job = api("GET", f"/ivr/{menu}/import/sounds").json
    assert (job["state"], job["total"], job["fetched"], job["failed"], job["left"]) == ("ended", 3, 2, 1, 0)
    told = {each["audio"]: (each["state"], each["message"]) for each in job["sounds"]}
    assert told["welcome.wav"] == ("fetched", None)
    assert told["gone.wav"] == ("failed", "its address answers 404 Not Found")
    kept = api("GET", f"/ivr/{menu}").json
    assert kept["version"] == 2
    ready = {each["audio"]: each["state"] for each in kept["prompts"]}
    assert (ready["welcome.wav"], ready["there.wav"], ready["gone.wav"]) == ("ready", "ready", "missing")
    again = api("POST", f"/ivr/{menu}/import/sounds").json
    assert [each["audio"] for each in again["sounds"]] == ["gone.wav"]


def test_an_address_inside_is_not_fetched_from(at_once: ImportSounds, api: Api) -> None:
    menu = api("POST", "/imports", flow("http://127.0.0.1:6379/hello.wav")).json["id"]
    (sound,) = api("POST", f"/ivr/{menu}/import/sounds").json["sounds"]
    assert sound["state"] == "failed"
    assert "private network" in sound["message"]


def test_what_was_uploaded_while_it_was_fetched_stays(at_once: ImportSounds, services: Services, api: Api) -> None:
    menu = api("POST", "/imports", flow()).json["id"]

    class Slow(Shelf):
        def fetch(self, source: str, out: IO[bytes], /) -> Downloaded:
            uploaded = api("PUT", f"/ivr/{menu}/audio/welcome.wav", b"mine", headers={"Content-Type": "audio/wav"})
            assert uploaded.status_code == 200
            return super().fetch(source, out)

    services._by_class[ImportSounds] = replace(at_once, downloads=Slow(welcome=b"theirs"))  # type: ignore[arg-type]
    (sound,) = api("POST", f"/ivr/{menu}/import/sounds").json["sounds"]
    assert (sound["state"], api("GET", f"/ivr/{menu}").json["version"]) == ("failed", 2)


@pytest.fixture
def backup(silent_speech: SilentSpeech, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """A menu of FreePBX that plays two recordings, one of which is broken."""
    convert = silent_speech.convert

    def reads_wav(recording: BinaryIO, raw_format: str = "", *, keep_silence: bool = False) -> Recording:
        if recording.read(4) != b"RIFF":
            raise BadAudio("this is no recording")
        return convert(recording, raw_format, keep_silence=keep_silence)

    monkeypatch.setattr(silent_speech, "convert", reads_wav)
    folder = "files/var/lib/asterisk/sounds/en/custom/"
    return packed(
        {
            "Ivr": {"configs": {"ivrs": {"1": [{"id": "1", "name": "Main", "announcement": "1"}]}, "entries": {}}},
            "Recordings": {"configs": {"data": [{"id": "1", "filename": "custom/good&custom/bad", "files": {}}]}},
        },
        (f"{folder}good.wav", b"RIFF, and so on" + random.Random(1).randbytes(MAX_BYTES)),
        (f"{folder}bad.wav", b"no sound"),
    )


def test_sounds_of_a_backup_become_uploads_and_one_that_is_broken_says_so(api: Api, backup: bytes) -> None:
    assert len(backup) > MAX_BYTES
    part = b'--x\r\nContent-Disposition: form-data; name="file"; filename="menu"\r\n\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    dry = api("POST", "/imports?dry_run=true", part + backup + b"\r\n--x--\r\n", headers=headers)
    assert {each["audio"]: (each["in_file"], each["message"]) for each in dry.json["sounds"]} == {
        "good.wav": (True, None), "bad.wav": (True, None)
    }  # fmt: skip
    answer = api("POST", "/imports", backup)
    assert answer.status_code == 201, answer.text
    messages = {each["audio"]: each["message"] for each in answer.json["sounds"]}
    assert messages == {"good.wav": None, "bad.wav": "this is no recording"}
    path = f"/ivr/{answer.json['id']}"
    assert api("GET", path).headers["ETag"] == answer.headers["ETag"] == '"2"'
    prompts = {each["audio"]: each["state"] for each in api("GET", path).json["prompts"]}
    assert prompts == {"good.wav": "ready", "bad.wav": "missing"}
    here = {each["audio"]: each["is_here"] for each in api("GET", f"{path}/import").json["sounds"]}
    assert here == {"good.wav": True, "bad.wav": False}
    job = api("GET", f"{path}/import/sounds").json
    assert (job["state"], job["fetched"], job["failed"]) == ("ended", 1, 1)


def test_a_backup_becomes_a_menu_while_nothing_can_convert_its_sounds(
    api: Api, backup: bytes, silent_speech: SilentSpeech
) -> None:
    silent_speech.away = True
    made = api("POST", "/imports", backup)
    assert made.status_code == 201
    assert all(each["message"] for each in made.json["sounds"])
    assert api("GET", f"/ivr/{made.json['id']}").json["version"] == 1


def test_a_deleted_menu_takes_its_report_along(api: Api, stores: Stores, made: dict[str, Any]) -> None:
    api("DELETE", f"/ivr/{made['id']}")
    with stores.postgres.database.transaction() as connection:
        assert connection.execute("select from ivr_import").fetchall() == []
