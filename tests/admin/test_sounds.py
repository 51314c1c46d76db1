"""/sounds and /mailboxes: listed, heard, linked to and deleted; nobody hears one without a key or a link."""

from __future__ import annotations

import io
import math
import wave
from array import array
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from admin.sounds.service import SoundDesk
from admin.wiring import Stores, make_services
from ivr.domain.sounds import SoundNote, name_sound
from ivr.ports.sounds import NewSound
from ivr.secrets import SoundSealer, read_or_make_secret
from ivr.settings import Settings
from ivr.storage.disk.kept_sounds import KeptSounds
from ivr.storage.disk.recordings import Recordings
from ivr.storage.sound_codec import Samples, from_flac, to_flac, to_wav
from tests.admin.conftest import Api

TONE = Samples(8000, 1, array("h", (round(9000 * math.sin(n / 5)) for n in range(16000))).tobytes())
CALLER = "+14805550143"
BEGAN = datetime(2026, 3, 9, 12, tzinfo=UTC)


def kept_sounds(settings: Settings) -> KeptSounds:
    return KeptSounds(settings.sounds, SoundSealer(lambda: read_or_make_secret(settings).encode()))


def leave(settings: Settings, stores: Stores, number: int, mailbox: str | None = "sales") -> str:
    """A sound that the keeper has kept; its name."""
    call_id = f"call_{number:032x}"
    sound, flac = name_sound(call_id, 1), to_flac(TONE)
    digest = kept_sounds(settings).keep(sound, flac)
    stores.postgres.sounds.write(
        NewSound(
            sound, "message", digest, call_id, "say", None, CALLER, mailbox, 2000, len(flac), bytes([0, 9, 255]),
            BEGAN + timedelta(minutes=number),
        )
    )  # fmt: skip
    return sound


@pytest.fixture
def sound(settings: Settings, stores: Stores) -> str:
    return leave(settings, stores, 1)


def test_a_sound_is_told_whole(api: Api, sound: str) -> None:
    told = api("GET", f"/sounds/{sound}")
    assert told.status_code == 200
    flac = to_flac(TONE)
    assert {**dict(told.json or {}), "sha256": "", "ivr_id": None} == {
        "id": sound, "kind": "message", "call_id": f"call_{1:032x}", "node": "say", "ivr_id": None, "caller": CALLER,
        "mailbox": "sales", "ms": 2000, "bytes": len(flac), "sha256": "", "waveform": [0, 9, 255],
        "began_at": "2026-03-09T12:01:00.000Z", "heard_at": None, "expires_at": "2026-06-07T12:01:00.000Z",
    }  # fmt: skip


def test_sounds_are_found_by_what_is_known_of_them(api: Api, settings: Settings, stores: Stores, sound: str) -> None:
    other = leave(settings, stores, 2, mailbox=None)

    def found(query: str) -> list[str]:
        return [each["id"] for each in api("GET", f"/sounds?{query}").json["items"]]

    assert found("") == [other, sound]
    assert found("mailbox=sales") == [sound]
    assert found("mailbox=") == [other]
    assert found("heard=true") == []
    assert found("caller=4805550143") == [other, sound]
    assert found(f"call_id=call_{2:032x}") == [other]
    assert found("since=2026-03-09T12:02:00Z") == [other]
    assert found("until=2026-03-09T12:02:00Z") == [sound]
    refused = api("GET", "/sounds?mailbox=a%20b")
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "/query/mailbox")


def test_a_sound_is_heard_as_flac_and_as_wav_whole_and_in_parts(api: Api, sound: str) -> None:
    flac = api("GET", f"/sounds/{sound}/audio.flac")
    assert (flac.status_code, flac.mimetype) == (200, "audio/flac")
    assert from_flac(flac.data) == TONE
    wav = api("GET", f"/sounds/{sound}/audio.wav")
    assert wav.mimetype == "audio/wav"
    with wave.open(io.BytesIO(wav.data)) as file:
        assert (file.getframerate(), file.getnframes()) == (8000, 16000)
    part = api("GET", f"/sounds/{sound}/audio.wav", headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.data) == (206, b"RIFF")
    assert part.headers["Content-Range"] == f"bytes 0-3/{len(wav.data)}"
    assert api("GET", f"/sounds/{sound}/audio.wav", headers={"Range": "bytes=99999999-"}).status_code == 416
    assert api("GET", f"/sounds/{sound}/audio.wav", headers={"If-None-Match": wav.headers["ETag"]}).status_code == 304
    assert wav.headers["Cache-Control"] == "private, no-cache"


def test_what_a_call_under_way_has_recorded_can_be_heard_at_once(api: Api, settings: Settings) -> None:
    settings.recordings.mkdir()
    call_id = f"call_{9:032x}"
    note = SoundNote(name_sound(call_id, 1), call_id, "say", None, None, None, BEGAN)
    Recordings(settings.recordings).begin(note, 10).write_bytes(to_wav(TONE))
    assert from_flac(api("GET", f"/sounds/{note.sound}/audio.flac").data) == TONE
    assert api("GET", f"/sounds/{note.sound}").status_code == 404


def test_a_sound_is_marked_as_heard_and_back(api: Api, sound: str) -> None:
    assert api("PATCH", f"/sounds/{sound}", {"heard": True}).json["heard_at"] is not None
    assert api("GET", "/mailboxes/sales").json["unheard"] == 0
    assert api("PATCH", f"/sounds/{sound}", {"heard": False}).json["heard_at"] is None
    assert api("PATCH", f"/sounds/{sound}", {}).status_code == 422


def test_a_deleted_sound_is_gone_everywhere(api: Api, settings: Settings, stores: Stores, sound: str) -> None:
    url = api("POST", f"/sounds/{sound}/links", {}).json["url"]
    assert api("DELETE", f"/sounds/{sound}").status_code == 204
    for path in (f"/sounds/{sound}", f"/sounds/{sound}/audio.flac", url.removeprefix(settings.links)):
        assert api("GET", path).status_code == 404
    assert api("DELETE", f"/sounds/{sound}").status_code == 404
    assert [path for path in settings.sounds.rglob("*") if path.is_file()] == []
    assert stores.postgres.audit.list().items[0].action == "sound.delete"


def test_a_link_needs_no_key_and_leads_nowhere_once_it_has_expired(
    api: Api, settings: Settings, stores: Stores, sound: str
) -> None:
    made = api("POST", f"/sounds/{sound}/links", {"hours": 2})
    assert made.status_code == 201
    url = made.json["url"]
    assert url.startswith(f"{settings.links}/sounds/links/{sound}.")
    stranger = Api(api.client, None)
    path = url.removeprefix(settings.links)
    assert from_flac(stranger("GET", path).data) == TONE
    assert stranger("GET", f"{path}?format=wav").mimetype == "audio/wav"
    assert stranger("GET", path[:-1]).status_code == 404
    assert stranger("GET", f"/sounds/{sound}/audio.flac").status_code == 401
    desk = make_services(settings, stores).get(SoundDesk)
    ended, ends = desk.link(sound, 1, datetime.now(UTC) - timedelta(hours=2))
    assert ends < datetime.now(UTC)
    expired = stranger("GET", ended.removeprefix(settings.links))
    assert (expired.status_code, expired.json["code"]) == (404, "link_not_found")


@pytest.mark.parametrize("hours", [0, 8761, "2", 1.5])
def test_a_link_lasts_an_hour_to_a_year(api: Api, sound: str, hours: Any) -> None:
    assert api("POST", f"/sounds/{sound}/links", {"hours": hours}).status_code == 422


@pytest.mark.parametrize("name", ["sound_x", "x", f"sound_{'0' * 32}_1", "links"])
def test_a_name_that_no_sound_has_is_a_404(api: Api, name: str) -> None:
    for method, path, body in (
        ("GET", name, None), ("GET", f"{name}/audio.flac", None), ("GET", f"{name}/audio.wav", None),
        ("DELETE", name, None),
        ("PATCH", name, {"heard": True}), ("POST", f"{name}/links", {}),
    ):  # fmt: skip
        assert api(method, f"/sounds/{path}", body).status_code == 404, path


def test_a_mailbox_keeps_its_sounds_as_long_as_somebody_says(api: Api, sound: str) -> None:
    assert api("GET", "/mailboxes").json["items"] == [
        {"name": "sales", "keep_days": 90, "sounds": 1, "unheard": 1, "updated_at": None}
    ]
    put = api("PUT", "/mailboxes/sales", {"keep_days": 7})
    assert (put.status_code, put.json["keep_days"]) == (200, 7)
    assert api("GET", f"/sounds/{sound}").json["expires_at"] == "2026-03-16T12:01:00.000Z"
    assert api("PUT", "/mailboxes/sales", {"keep_days": 0}).json["keep_days"] == 0
    assert api("GET", f"/sounds/{sound}").json["expires_at"] is None
    assert api("DELETE", "/mailboxes/sales").status_code == 204
    assert api("DELETE", "/mailboxes/sales").status_code == 404
    assert api("GET", "/mailboxes/sales").json["keep_days"] == 90


@pytest.mark.parametrize("days", [-1, 36_501, "7", 1.5, None])
def test_days_out_of_bounds_are_refused(api: Api, days: Any) -> None:
    assert api("PUT", "/mailboxes/sales", {"keep_days": days}).status_code == 422


def test_a_key_without_the_scope_of_calls_hears_nothing(api: Api, stores: Stores, sound: str) -> None:
    key = stores.postgres.keys.create("reader", ("read", "write"))[1]
    reader = Api(api.client, key)
    for path in ("/sounds", f"/sounds/{sound}", f"/sounds/{sound}/audio.flac", "/mailboxes"):
        assert reader("GET", path).status_code == 403


def test_nothing_of_a_sound_is_readable_on_disk(settings: Settings, sound: str) -> None:
    files = [path for path in Path(settings.sounds).rglob("*") if path.is_file()]
    assert files
    assert all(b"fLaC" not in path.read_bytes() for path in files)
