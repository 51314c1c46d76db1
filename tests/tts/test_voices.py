from __future__ import annotations

import json
from pathlib import Path

import pytest

from tts.client.errors import VoiceNotFound
from tts.server.voices import VoiceTable


def install(voices_dir: Path, name: str, **changes: object) -> None:
    config = {"audio": {"sample_rate": 22050}, "espeak": {"voice": "en-gb"}, "phoneme_type": "espeak", **changes}
    voices_dir.mkdir(exist_ok=True)
    (voices_dir / f"{name}.onnx").write_bytes(b"a model of " + name.encode())
    (voices_dir / f"{name}.onnx.json").write_text(json.dumps(config))


@pytest.fixture
def voices_dir(tmp_path: Path) -> Path:
    return tmp_path / "voices"


@pytest.fixture
def table(voices_dir: Path) -> VoiceTable:
    return VoiceTable(voices_dir)


def test_joe_is_there_without_any_directory(table: VoiceTable) -> None:
    joe = table.resolve("joe")
    assert (joe.model, joe.language) == ("en_US-joe-medium", "en-us")
    assert joe.model_path.is_file()
    assert joe.config_path.is_file()
    assert [voice.id for voice in table.all()] == ["joe"]


def test_rachel_speaks_as_joe_until_a_rachel_is_installed(table: VoiceTable, voices_dir: Path) -> None:
    assert table.resolve("rachel").id == "joe"
    install(voices_dir, "rachel")
    assert table.resolve("rachel").model == "rachel"
    assert table.names() == ["joe", "rachel"]


def test_a_piper_model_called_rachel_takes_the_alias(table: VoiceTable, voices_dir: Path) -> None:
    install(voices_dir, "en_US-rachel-high")
    assert table.resolve("rachel").id == "en_US-rachel-high"


def test_a_model_placed_in_the_directory_is_a_voice_at_once(table: VoiceTable, voices_dir: Path) -> None:
    install(voices_dir, "en_GB-alba-medium")
    alba = table.resolve("en_GB-alba-medium")
    assert (alba.label, alba.language) == ("Alba (en-gb)", "en-gb")


def test_an_installed_model_cannot_take_the_name_of_the_default(table: VoiceTable, voices_dir: Path) -> None:
    install(voices_dir, "joe")
    assert table.resolve("joe").model == "en_US-joe-medium"


@pytest.mark.parametrize("name", ["a b", "../joe", "", "Joe", "x" * 500, "joe\n", "rachel.onnx"])
def test_an_unknown_voice_is_refused_with_the_names_that_work(table: VoiceTable, name: str) -> None:
    with pytest.raises(VoiceNotFound) as refused:
        table.resolve(name)
    assert refused.value.available == ("joe", "rachel")
    assert len(str(refused.value)) < 200


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("bad name", {}),
        ("-option", {}),
        ("x" * 65, {}),
        ("no_rate", {"audio": {}}),
        ("no_language", {"espeak": None}),
        ("fetches_a_dictionary", {"phoneme_type": "pinyin"}),
    ],
)
def test_a_model_we_cannot_run_is_not_in_the_table(
    table: VoiceTable, voices_dir: Path, name: str, changes: dict[str, object]
) -> None:
    install(voices_dir, name, **changes)
    assert table.names() == ["joe", "rachel"]


def test_a_model_without_its_configuration_is_not_in_the_table(table: VoiceTable, voices_dir: Path) -> None:
    install(voices_dir, "alone")
    (voices_dir / "alone.onnx.json").write_text("[1, 2")
    assert table.names() == ["joe", "rachel"]
    (voices_dir / "alone.onnx.json").unlink()
    assert table.names() == ["joe", "rachel"]


def test_a_model_exchanged_under_its_name_is_another_model(table: VoiceTable, voices_dir: Path) -> None:
    install(voices_dir, "anna")
    before = table.model_sha256(table.resolve("anna"))
    assert table.model_sha256(table.resolve("anna")) == before
    (voices_dir / "anna.onnx").write_bytes(b"another, and longer, model")
    assert table.model_sha256(table.resolve("anna")) != before
