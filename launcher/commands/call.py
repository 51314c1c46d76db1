"""`digitree call`: call a menu without a telephone, through the development switch; or have it ring a telephone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from launcher.commands.common import EXIT_USAGE, database_url, fail, read_settings
from launcher.commands.ring import ring_telephone

if TYPE_CHECKING:
    from devswitch.caller import ScriptedAgent
    from devswitch.switch import CallResult
    from ivr.settings import Settings

EXIT_NOT_SERVED = 1
_ANI = "+14805551234"
# A menu has at most five hundred nodes; this covers every prompt of a small installation.
_MOST_TEXTS = 5000


def call(
    did: Annotated[str, typer.Argument(help="The number to dial, as +14155550100.")],
    ani: Annotated[str, typer.Option("--from", help="The caller's number; `anonymous` withholds it.")] = _ANI,
    press: Annotated[
        str | None,
        typer.Option(
            help="One step for each question: 1,1,1. `-` stays silent, `h` hangs up, 1@1500 presses 1500 ms into the "
            "question, 1+500 presses 500 ms after its prompt; no key is pressed in a message. Without it, keys are "
            "read from the terminal."
        ),
    ] = None,
    save: Annotated[Path | None, typer.Option(help="Write what the caller heard to this WAV file.")] = None,
    agent: Annotated[
        str, typer.Option(help="What the agent does: answer, busy, decline, no-answer, unreachable.")
    ] = "answer",
    speed: Annotated[float, typer.Option(help="How much faster than real time.", min=1, max=1000)] = 1,
    trunk: Annotated[
        str, typer.Option(help="Ring this number over a trunk instead: a verified telephone, which hears a menu.")
    ] = "",
    menu: Annotated[str, typer.Option(help="With --trunk: a menu's id, its number or its name.")] = "",
) -> None:
    """Call a number as FreeSWITCH would and show what the caller hears; with --trunk ring a telephone of your own.
    Exit code 0: the call was served, or answered."""
    import sys

    if trunk:
        ring_telephone(did, trunk, menu)
        return

    settings = read_settings()
    interactive = press is None and sys.stdin.isatty()
    if interactive:
        typer.echo("keys 0-9 * # press; h hangs up")
    result = _run(settings, did, ani, press or "", interactive, save, agent, speed)
    lasted = f"after {result.duration_ms / 1000:.1f} s" + (f", with {result.agent.target}" if result.agent else "")
    ended_by = "the agent" if result.talk_ended_it else result.ended_by
    typer.echo(f"ended by {ended_by} ({result.hangup_cause}) {lasted}")
    for violation in result.violations:
        typer.echo(f"digitree: the call server sent what FreeSWITCH does not accept: {violation}", err=True)
    if result.connects_refused and not result.connections:
        fail(f"no call server answers on {settings.esl}: is `digitree up` running?", EXIT_NOT_SERVED)
    if result.ended_by == "refused":
        fail(f"the call was refused with {result.sip_status}{_why(result.sip_status)}", EXIT_NOT_SERVED)
    if result.violations or result.ended_by == "last_resort":
        raise typer.Exit(EXIT_NOT_SERVED)


def _why(status: int) -> str:
    return {404: ": no menu is assigned to that number", 503: ": too many calls"}.get(status, "")


def _run(
    settings: Settings, did: str, ani: str, press: str, interactive: bool, save: Path | None, agent: str, speed: float
) -> CallResult:
    from devswitch.command import run_call
    from ivr.secrets import switch_secrets
    from ivr.settings import reachable_host

    host, port = reachable_host(settings.esl)
    texts = _texts(settings)
    system = settings.prompts / "system"
    try:
        return run_call(
            f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
            did,
            ani,
            press=press,
            interactive=interactive,
            save=save,
            describe=lambda file: texts.get(Path(file).name) or describe_ours(file),
            agents=_agents(settings, agent),
            agent_prompt=_if_there(system / "sample_agent.wav"),
            trouble_prompt=_if_there(system / "trouble.wav"),
            secret=switch_secrets(settings)[0],
            speed=speed,
        )
    except ValueError as error:
        fail(str(error), EXIT_USAGE)


def _agents(settings: Settings, behaviour: str) -> dict[str, ScriptedAgent] | None:
    from devswitch.caller import ScriptedAgent

    known = {
        "busy": ScriptedAgent.busy,
        "decline": ScriptedAgent.declining,
        "no-answer": ScriptedAgent.ringing,
        "unreachable": ScriptedAgent.unreachable,
    }
    if behaviour == "answer":
        return None
    if behaviour not in known:
        fail(f"--agent {behaviour}: choose from answer, {', '.join(known)}", EXIT_USAGE)
    user, _, host = settings.agent.split(":", 1)[1].partition("@")
    return {user if host else user.split(":")[0]: known[behaviour]()}


def _texts(settings: Settings) -> dict[str, str]:
    """The words of each prompt file, as far as Postgres knows them; for display only."""
    from ivr.domain.errors import StorageError
    from ivr.storage.postgres.database import Database

    database = Database(database_url(settings), max_size=1, budget_s=2.0)
    try:
        with database.transaction() as connection:
            rows = connection.execute(
                "select distinct file, text, audio from prompt order by file limit %s", (_MOST_TEXTS,)
            ).fetchall()
    except StorageError:
        return {}
    finally:
        database.close()
    return {row["file"]: f'"{row["text"]}"' if row["text"] else f"a recording ({row['audio']})" for row in rows}


def describe_ours(file: str) -> str:
    """The words of a system prompt, or of a sentence in which a language offers itself."""
    from ivr.domain.menu.language_sentences import find_sentence
    from ivr.domain.system_prompts.languages import FOLDER, KEYS, find_text

    path = Path(file)
    if sentence := find_sentence("/".join(path.parts[-2:])):
        return f'"{sentence}"'
    folders = path.parts[:-1]
    below = folders[folders.index(FOLDER) :] if FOLDER in folders else ()
    said = find_text("/".join((*below, path.name)))
    if said is None:
        return path.name
    return f'"{said}" (the question has no prompt yet)' if path.name.startswith(KEYS) else f'"{said}"'


def _if_there(path: Path) -> Path | None:
    return path if path.exists() else None
