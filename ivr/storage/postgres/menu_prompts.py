"""The prompts of a menu in Postgres: rows that hold for its current version, and as JSON in each version."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from ivr.domain.menu.published import read_prompt_file
from ivr.ports.menus import Prompt
from ivr.storage.postgres.audit import write_audit
from ivr.storage.postgres.database import Connection

_COLUMNS = (
    "audio",
    "file",
    "source",
    "duration_ms",
    "cost_usd",
    "voice",
    "model",
    "text",
    "spoken_as",
    "language",
    "rate",
    "engine",
    "created_at",
)
_REPLACE = ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS[1:])


def put_prompt(connection: Connection, prompt: Prompt, old: Prompt | None, actor: str) -> bool:
    """Replace the prompt of its audio name; False where calls hear what they heard before."""
    write_prompt(connection, prompt)
    charge_prompt(connection, prompt, actor)
    subject = f"{prompt.ivr_id}/audio/{prompt.audio}"
    write_audit(connection, actor, "prompt.put", subject, old and prompt_json(old), prompt_json(prompt))
    return old is None or old.as_file() != prompt.as_file()


def write_prompt(connection: Connection, prompt: Prompt) -> None:
    """Replace the prompt of its audio name, no more."""
    names = ", ".join(_COLUMNS)
    values = ", ".join(f"%({name})s" for name in _COLUMNS)
    connection.execute(
        f"insert into prompt (ivr_id, {names}) values (%(ivr_id)s, {values})"  # noqa: S608
        f" on conflict (ivr_id, audio) do update set {_REPLACE}",
        prompt_json(prompt) | {"created_at": prompt.created_at},
    )


def charge_prompt(connection: Connection, prompt: Prompt, actor: str) -> None:
    """Charge what it cost, if it did."""
    if prompt.cost_usd:
        connection.execute(
            "insert into tts_charge (ivr_id, audio, file, duration_ms, cost_usd, actor, engine, voice) values"
            " (%(ivr_id)s, %(audio)s, %(file)s, %(duration_ms)s, %(cost_usd)s, %(actor)s, %(engine)s, %(voice)s)",
            prompt_json(prompt) | {"actor": actor},
        )


def put_back(connection: Connection, ivr_id: str, audio: str, entry: Mapping[str, Any]) -> None:
    """This audio name is the prompt of a version again. What is to be known of it stands in the audit log of its
    making, in the menu or in a draft; without that, what the version knows: then it counts as an upload, unless it
    says variables."""
    put = connection.execute(
        f"""
        insert into prompt (ivr_id, audio, file, source, duration_ms, cost_usd, voice, model, text, spoken_as,
            language, rate, engine, created_at)
        select %(ivr_id)s, %(audio)s, %(file)s, made.after ->> 'source', (made.after ->> 'duration_ms')::integer,
            (made.after ->> 'cost_usd')::numeric, made.after ->> 'voice', made.after ->> 'model',
            made.after ->> 'text', made.after ->> 'spoken_as', made.after ->> 'language',
            coalesce((made.after ->> 'rate')::double precision, 1), made.after ->> 'engine',
            (made.after ->> 'created_at')::timestamptz
        from audit_log made
        where made.subject = %(subject)s and made.action in ('prompt.put', 'draft.prompt')
            and made.after ->> 'file' = %(file)s
            and (%(template)s::text is null or made.after ->> 'text' = %(template)s)
        order by made.id desc limit 1
        on conflict (ivr_id, audio) do update set {_REPLACE}
        """,  # noqa: S608
        {
            "ivr_id": ivr_id,
            "audio": audio,
            "file": entry["file"],
            "template": entry.get("template"),
            "subject": f"{ivr_id}/audio/{audio}",
        },
    )
    if put.rowcount == 0:
        write_prompt(connection, _known_of(ivr_id, audio, entry))


def _known_of(ivr_id: str, audio: str, entry: Mapping[str, Any]) -> Prompt:
    file = read_prompt_file(entry)
    return Prompt(
        ivr_id=ivr_id,
        audio=audio,
        file=file.file,
        source="upload" if file.template is None else "tts",
        duration_ms=file.duration_ms,
        cost_usd=Decimal(0),
        created_at=datetime.now(UTC),
        voice=file.voice,
        text=file.template,
    )


def is_prompt_of(entry: Mapping[str, Any], prompt: Prompt | None) -> bool:
    """Whether a version's entry is this prompt; of a version before prompts said variables only the file is known."""
    return prompt is not None and prompt.file == entry["file"] and entry.get("template") in (None, prompt.template)


def read_prompt_files(connection: Connection, ivr_id: str) -> dict[str, Any]:
    """Audio name -> JSON, as a version keeps it."""
    rows = connection.execute(
        "select audio, file, source, duration_ms, cost_usd::text, created_at, voice, model, text"
        " from prompt where ivr_id = %s order by audio",
        (ivr_id,),
    ).fetchall()
    prompts = [read_prompt(ivr_id, {**row, "created_at": row["created_at"].isoformat()}) for row in rows]
    return {prompt.audio: prompt.as_file().to_json() for prompt in prompts}


def read_prompt(ivr_id: str, entry: Mapping[str, Any]) -> Prompt:
    """The inverse of `prompt_json`."""
    times = {"created_at": datetime.fromisoformat(entry["created_at"])}
    return Prompt(**{**entry, "ivr_id": ivr_id, "cost_usd": Decimal(entry["cost_usd"]), **times})


def prompt_json(prompt: Prompt) -> dict[str, Any]:
    return {
        "ivr_id": prompt.ivr_id,
        "audio": prompt.audio,
        "file": prompt.file,
        "source": prompt.source,
        "duration_ms": prompt.duration_ms,
        "cost_usd": str(prompt.cost_usd),
        "voice": prompt.voice,
        "model": prompt.model,
        "text": prompt.text,
        "spoken_as": prompt.spoken_as,
        "language": prompt.language,
        "rate": prompt.rate,
        "engine": prompt.engine,
        "created_at": prompt.created_at.isoformat(),
    }
