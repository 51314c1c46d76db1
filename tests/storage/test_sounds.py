"""Sounds: kept by the keeper whoever died, encrypted on disk, with rows in Postgres and mailboxes; let go in time."""

from __future__ import annotations

import math
import os
import struct
import time
from array import array
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.call_records import CallRecord, Outcome, new_id, utc_now
from ivr.domain.errors import InvalidCursor, StorageFull
from ivr.domain.numbers import E164
from ivr.domain.sound_links import find_linked, sign_link
from ivr.domain.sounds import SoundNote, name_sound
from ivr.ports.sounds import NewSound, SoundFilter
from ivr.secrets import SoundSealer
from ivr.storage.disk.kept_sounds import KeptSounds
from ivr.storage.disk.recordings import Recordings
from ivr.storage.postgres.sounds import calls_that_ended
from ivr.storage.postgres.stores import PostgresStores
from ivr.storage.sound_codec import Samples, from_flac, read_wav, seconds_of_flac, to_flac, to_wav
from keeper.sounds import LONGEST_S, SILENT_S, SoundKeeper, waveform

SECRET = b"0123456789abcdef"
TONE = Samples(8000, 1, array("h", (round(9000 * math.sin(n / 5)) for n in range(16000))).tobytes())
CALLER = "+14805550143"


@pytest.fixture
def recordings(tmp_path: Path) -> Recordings:
    (tmp_path / "recordings").mkdir()
    return Recordings(tmp_path / "recordings")


@pytest.fixture
def kept(tmp_path: Path) -> KeptSounds:
    return KeptSounds(tmp_path / "sounds", SoundSealer(lambda: SECRET))


@pytest.fixture
def keeper(recordings: Recordings, kept: KeptSounds, stores: PostgresStores) -> SoundKeeper:
    return SoundKeeper(
        recordings, kept, stores.sounds, lambda call_ids: calls_that_ended(stores.database, call_ids)
    )


def recorded(recordings: Recordings, *, test: bool = False, content: bytes | None = None) -> SoundNote:
    """A recording that the switch has written, some seconds ago."""
    call_id = new_id("call")
    note = SoundNote(name_sound(call_id, 1), call_id, "say", "ivr_1", CALLER, "sales", utc_now(), test)
    path = recordings.begin(note, 10)
    path.write_bytes(to_wav(TONE) if content is None else content)
    long_ago = time.time() - SILENT_S - 1
    os.utime(path, (long_ago, long_ago))
    return note


def end_call(stores: PostgresStores, note: SoundNote) -> None:
    now = utc_now()
    stores.calls.ended(
        CallRecord(note.call_id, "uuid", None, "1", E164(CALLER), CALLER, now, ended_at=now, outcome=Outcome.HUNG_UP)
    )


def test_a_recording_is_kept_encrypted_and_its_row_says_what_it_is(
    keeper: SoundKeeper, recordings: Recordings, kept: KeptSounds, stores: PostgresStores, tmp_path: Path
) -> None:
    note = recorded(recordings)
    keeper.look()
    sound = kept.read(note.sound)
    assert sound is not None
    assert (sound.media_type, sound.seconds) == ("audio/flac", 2.0)
    assert from_flac(sound.content) == TONE
    row = stores.sounds.find(note.sound)
    assert row is not None
    assert (row.kept.call_id, row.kept.mailbox, row.kept.ms, row.kept.caller) == (note.call_id, "sales", 2000, CALLER)
    assert (row.kept.size, row.heard_at) == (len(sound.content), None)
    assert max(row.kept.waveform) == 9000 >> 7
    files = [path.read_bytes() for path in (tmp_path / "sounds").rglob("*") if path.is_file()]
    assert files
    assert all(b"fLaC" not in content for content in files)
    assert {path.stat().st_mode & 0o077 for path in (tmp_path / "sounds").rglob("*")} == {0}


def test_its_file_stays_until_the_call_is_over(
    keeper: SoundKeeper, recordings: Recordings, kept: KeptSounds, stores: PostgresStores
) -> None:
    note = recorded(recordings)
    keeper.look()
    assert recordings.find(note.sound) is not None
    end_call(stores, note)
    keeper._asked_at = float("-inf")
    keeper.look()
    assert list(recordings.found()) == []
    assert kept.has(note.sound)


def test_what_is_still_being_written_waits(keeper: SoundKeeper, recordings: Recordings, kept: KeptSounds) -> None:
    note = recorded(recordings)
    os.utime(recordings.path_of(note.sound))
    keeper.look()
    assert not kept.has(note.sound)


def test_a_recording_that_goes_on_after_a_pause_is_kept_whole(
    keeper: SoundKeeper, recordings: Recordings, kept: KeptSounds, stores: PostgresStores
) -> None:
    note = recorded(recordings, content=to_wav(Samples(8000, 1, TONE.data[:8000])))
    keeper.look()
    recordings.path_of(note.sound).write_bytes(to_wav(TONE))
    keeper.look(time.time() + 10)
    assert kept.read(note.sound).seconds == 2.0
    assert stores.sounds.find(note.sound).kept.ms == 2000


def test_a_header_that_a_killed_switch_left_is_mended(
    keeper: SoundKeeper, recordings: Recordings, kept: KeptSounds
) -> None:
    cut_off = bytearray(to_wav(TONE))
    cut_off[4:8] = cut_off[40:44] = bytes(4)
    note = recorded(recordings, content=bytes(cut_off[:-3]))
    keeper.look()
    sound = kept.read(note.sound)
    assert sound is not None
    assert from_flac(sound.content).data == TONE.data[:-4]


def test_another_keeper_begins_where_this_one_was_killed(
    keeper: SoundKeeper, recordings: Recordings, kept: KeptSounds, stores: PostgresStores
) -> None:
    note = recorded(recordings)
    keeper.look()
    SoundKeeper(recordings, kept, stores.sounds, lambda call_ids: set()).look()
    assert len(stores.sounds.list(SoundFilter()).items) == 1
    assert kept.has(note.sound)


def test_what_a_test_call_says_is_kept_nowhere_and_goes_with_its_call(
    keeper: SoundKeeper, recordings: Recordings, kept: KeptSounds, stores: PostgresStores
) -> None:
    note = recorded(recordings, test=True)
    end_call(stores, note)
    keeper.look()
    assert not kept.has(note.sound)
    assert stores.sounds.find(note.sound) is None
    assert list(recordings.found()) == []


@pytest.mark.parametrize("content", [b"", b"no sound at all" * 10])
def test_a_file_without_a_sound_goes_with_its_call(
    keeper: SoundKeeper, recordings: Recordings, kept: KeptSounds, stores: PostgresStores, content: bytes
) -> None:
    note = recorded(recordings, content=content)
    end_call(stores, note)
    keeper.look()
    assert not kept.has(note.sound)
    assert list(recordings.found()) == []


def test_files_of_a_call_whose_end_nobody_wrote_go_after_hours(keeper: SoundKeeper, recordings: Recordings) -> None:
    recorded(recordings)
    keeper.look(time.time() + LONGEST_S + 60)
    assert list(recordings.found()) == []


def test_a_full_disk_loses_nothing_and_is_counted(
    recordings: Recordings, kept: KeptSounds, stores: PostgresStores, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = recorded(recordings)
    keeper = SoundKeeper(recordings, kept, stores.sounds, lambda call_ids: call_ids)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(KeptSounds, "_write", full)
        with pytest.raises(StorageFull):
            keeper.look()
    assert recordings.find(note.sound) is not None
    keeper.look()
    assert kept.has(note.sound)


# -- rows ------------------------------------------------------------------------------------------------------------


def new(number: int, **more: object) -> NewSound:
    call_id = f"call_{number:032x}"
    values = {
        "sound": name_sound(call_id, 1), "kind": "message", "hash": f"{number:064x}", "call_id": call_id,
        "node": "say", "ivr_id": "ivr_1", "caller": CALLER, "mailbox": "sales", "ms": 2000, "size": 900,
        "waveform": b"\x01\xff", "began_at": datetime(2026, 3, 9, 12, number, tzinfo=UTC), **more,
    }  # fmt: skip
    return NewSound(**values)  # type: ignore[arg-type]


@pytest.fixture
def three(stores: PostgresStores) -> list[NewSound]:
    three = [new(1), new(2, mailbox=None, caller=None), new(3, kind="call", ivr_id="ivr_2")]
    for each in three:
        stores.sounds.write(each)
    return three


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        (SoundFilter(), [3, 2, 1]),
        (SoundFilter(mailbox="sales"), [3, 1]),
        (SoundFilter(mailbox=""), [2]),
        (SoundFilter(caller=CALLER), [3, 1]),
        (SoundFilter(kind="call"), [3]),
        (SoundFilter(ivr_id="ivr_1"), [2, 1]),
        (SoundFilter(call_id=f"call_{2:032x}"), [2]),
        (SoundFilter(since=datetime(2026, 3, 9, 12, 2, tzinfo=UTC)), [3, 2]),
        (SoundFilter(until=datetime(2026, 3, 9, 12, 2, tzinfo=UTC)), [1]),
        (SoundFilter(heard=False), [3, 2, 1]),
        (SoundFilter(heard=True), []),
    ],
)
def test_sounds_are_listed_newest_first(
    stores: PostgresStores, three: list[NewSound], wanted: SoundFilter, numbers: list[int]
) -> None:
    assert [each.kept for each in stores.sounds.list(wanted).items] == [three[number - 1] for number in numbers]


def test_pages_follow_one_another(stores: PostgresStores, three: list[NewSound]) -> None:
    first = stores.sounds.list(SoundFilter(), limit=2)
    rest = stores.sounds.list(SoundFilter(), limit=2, cursor=first.next_cursor)
    assert [each.kept for each in (*first.items, *rest.items)] == three[::-1]
    assert rest.next_cursor is None
    with pytest.raises(InvalidCursor):
        stores.sounds.list(SoundFilter(), cursor="x")


def test_who_hears_a_sound_is_the_first_time_and_may_be_taken_back(
    stores: PostgresStores, three: list[NewSound]
) -> None:
    heard = stores.sounds.note_heard(three[0].sound, heard=True, actor="key_1")
    again = stores.sounds.note_heard(three[0].sound, heard=True, actor="key_1")
    assert heard is not None
    assert heard.heard_at is not None
    assert again == heard
    assert stores.sounds.note_heard(three[0].sound, heard=False, actor="key_1").heard_at is None
    assert stores.sounds.note_heard("sound_x", heard=True, actor="key_1") is None


def test_a_deleted_sound_is_gone_and_the_audit_log_says_who(stores: PostgresStores, three: list[NewSound]) -> None:
    assert stores.sounds.delete(three[0].sound, actor="key_1")
    assert not stores.sounds.delete(three[0].sound, actor="key_1")
    entry = stores.audit.list().items[0]
    assert (entry.actor, entry.action, entry.subject) == ("key_1", "sound.delete", f"sound/{three[0].sound}")


def test_a_mailbox_says_how_long_its_sounds_are_kept(stores: PostgresStores, three: list[NewSound]) -> None:
    stores.mailboxes.put("sales", 10, actor="key_1")
    expires = {each.kept.sound: each.expires_at for each in stores.sounds.list(SoundFilter()).items}
    assert expires[three[0].sound] == three[0].began_at + timedelta(days=10)
    assert expires[three[1].sound] == three[1].began_at + timedelta(days=90)
    gone = stores.sounds.delete_expired(three[2].began_at + timedelta(days=10, seconds=1), 10)
    assert sorted(gone) == [three[0].sound, three[2].sound]
    stores.mailboxes.put("sales", 0, actor="key_1")
    stores.sounds.write(three[0])
    assert stores.sounds.find(three[0].sound).expires_at is None
    assert stores.sounds.delete_expired(datetime(2999, 1, 1, tzinfo=UTC), 10) == [three[1].sound]


def test_mailboxes_are_those_that_were_made_and_those_that_sounds_name(
    stores: PostgresStores, three: list[NewSound]
) -> None:
    stores.mailboxes.put("night", 7, actor="key_1")
    stores.sounds.note_heard(three[0].sound, heard=True, actor="key_1")
    boxes = {each.name: (each.keep_days, each.sounds, each.unheard, each.updated_at is None)
             for each in stores.mailboxes.list().items}  # fmt: skip
    assert boxes == {"night": (7, 0, 0, False), "sales": (90, 2, 1, True)}
    assert stores.mailboxes.delete("night", actor="key_1")
    assert not stores.mailboxes.delete("sales", actor="key_1")
    assert stores.mailboxes.find("night") is None


def test_what_is_too_old_goes_from_disk_and_what_lost_its_row_does_so_later(
    keeper: SoundKeeper, recordings: Recordings, kept: KeptSounds, stores: PostgresStores, tmp_path: Path
) -> None:
    old, orphan = recorded(recordings), recorded(recordings)
    keeper.look()
    stores.mailboxes.put("sales", 1, actor="key_1")
    with stores.database.transaction() as connection:
        connection.execute("update sound set began_at = began_at - interval '2 days' where sound = %s", (old.sound,))
        connection.execute("delete from sound where sound = %s", (orphan.sound,))
    assert keeper.prune() == 1
    assert (kept.has(old.sound), kept.has(orphan.sound)) == (False, True)
    for path in (tmp_path / "sounds").rglob("*"):
        os.utime(path, (1, 1))
    keeper.prune()
    assert not kept.has(orphan.sound)
    assert [path for path in (tmp_path / "sounds").rglob("*") if path.is_file()] == []


# -- files -----------------------------------------------------------------------------------------------------------


def test_the_same_content_is_one_file_which_goes_with_its_last_name(kept: KeptSounds, tmp_path: Path) -> None:
    flac, one, two = to_flac(TONE), name_sound(f"call_{1:032x}", 1), name_sound(f"call_{2:032x}", 1)
    assert kept.keep(one, flac) == kept.keep(two, flac)
    kept.forget(one)
    assert kept.read(one) is None
    assert kept.read(two).content == flac
    kept.forget(two)
    kept.forget(two)
    assert [path for path in (tmp_path / "sounds").rglob("*") if path.is_file()] == []


def test_a_sound_of_another_secret_and_a_name_that_is_none_are_no_sounds(kept: KeptSounds, tmp_path: Path) -> None:
    name = name_sound(f"call_{1:032x}", 1)
    kept.keep(name, to_flac(TONE))
    other = KeptSounds(tmp_path / "sounds", SoundSealer(lambda: b"another secret"))
    assert other.read(name) is None
    assert kept.read("../../etc/passwd") is None
    assert not kept.has("x")


@given(st.integers(1, 2), st.binary(min_size=4, max_size=400))
def test_flac_keeps_every_sample(channels: int, data: bytes) -> None:
    samples = Samples(8000, channels, data[: len(data) - len(data) % (2 * channels)])
    flac = to_flac(samples)
    assert from_flac(flac) == samples
    assert read_wav(to_wav(samples)) == samples
    assert seconds_of_flac(flac) == pytest.approx(len(samples.data) / 2 / channels / 8000)
    assert 1 <= len(waveform(samples)) <= 200


@given(st.binary(max_size=80))
def test_what_is_no_wav_has_no_sound(content: bytes) -> None:
    assert read_wav(content) is None or content.startswith(b"RIFF")
    assert read_wav(b"RIFF" + content[:4].ljust(4) + b"WAVE" + content) is None or b"fmt " in content


@pytest.mark.parametrize("bits", [8, 24])
def test_other_than_16_bits_is_no_sound(bits: int) -> None:
    content = bytearray(to_wav(TONE))
    content[34:36] = struct.pack("<H", bits)
    assert read_wav(bytes(content)) is None


def test_a_link_leads_to_its_sound_until_it_expires() -> None:
    sound = name_sound(f"call_{1:032x}", 12)
    link = sign_link(sound, 1000, SECRET)
    assert find_linked(link, 999.9, SECRET) == sound
    assert find_linked(link, 1000, SECRET) is None
    assert find_linked(link, 1, b"another") is None
    assert find_linked(link.replace(".1000.", ".9000."), 1, SECRET) is None
    assert find_linked(sign_link("sound_x", 1000, SECRET), 1, SECRET) is None


@given(st.text(max_size=90))
def test_a_text_that_is_no_link_leads_nowhere(text: str) -> None:
    assert find_linked(text, 0, SECRET) is None
    assert find_linked(f"{name_sound(f'call_{1:032x}', 1)}.{text}", 0, SECRET) is None


