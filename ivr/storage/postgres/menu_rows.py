"""The row of a menu with all that belongs to it, and the value made of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, LiteralString

from ivr.domain.errors import MenuNotFound
from ivr.ports.menus import DraftHead, StoredMenu
from ivr.storage.postgres.menu_prompts import read_prompt
from ivr.storage.postgres.menu_resources import OWN_WORDS, RESOURCE_NAMES, RESOURCES_MARK

NUMBER_LANGUAGES = """
        (select json_object_agg(d.did, d.language) from did d where d.ivr_id = i.id and d.language is not null)
            as number_languages
"""

DRAFT_HEAD = """
        (select json_build_object(
            'revision', m.revision, 'based_on', m.based_on, 'updated_at', m.updated_at, 'actor', m.actor)
        from menu_draft m where m.ivr_id = i.id) as draft
"""


def stored_query(name: LiteralString, documents: LiteralString, more: LiteralString = "") -> LiteralString:
    """Menus with the document of the row `v` joined by `documents`, under this name, and `more` columns. One
    statement, hence one state of the database: a document never comes with the prompts of another version."""
    return f"""
    select i.id, {name} as name, i.version, i.created_at, i.updated_at, v.document,
        array(select d.did from did d where d.ivr_id = i.id order by d.did) as dids,
        {NUMBER_LANGUAGES},
        array(
            select json_build_object(
                'audio', p.audio, 'file', p.file, 'source', p.source, 'duration_ms', p.duration_ms,
                'cost_usd', p.cost_usd::text, 'created_at', p.created_at, 'voice', p.voice, 'model', p.model,
                'text', p.text, 'spoken_as', p.spoken_as, 'language', p.language, 'rate', p.rate,
                'engine', p.engine)
            from prompt p where p.ivr_id = i.id order by p.audio
        ) as prompts,
        {RESOURCE_NAMES},
        {OWN_WORDS},
        {RESOURCES_MARK},
        {DRAFT_HEAD}
        {more}
    from ivr i join {documents}
"""  # noqa: S608


STORED = stored_query("i.name", "ivr_version v on v.ivr_id = i.id and v.version = i.version")


def to_stored(ivr_id: str, row: Mapping[str, Any] | None) -> StoredMenu:
    """Raises MenuNotFound where there is no row."""
    if row is None:
        raise MenuNotFound(ivr_id)
    prompts = [read_prompt(ivr_id, entry) for entry in row["prompts"]]
    return StoredMenu(
        ivr_id=row["id"],
        name=row["name"],
        version=row["version"],
        dids=tuple(row["dids"]),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        draft=read_head(row["draft"]),
        document=row["document"],
        prompts={prompt.audio: prompt for prompt in prompts},
        agents=tuple(row["agents"] or ()),
        hours=tuple(row["hours"] or ()),
        services=tuple(row["services"] or ()),
        lists=tuple(row["lists"] or ()),
        channels=tuple(row["channels"] or ()),
        resources_mark=tuple(row["resources_mark"]),
        groups=tuple(row["groups"] or ()),
        words=row["words"] or {},
        number_languages=row["number_languages"] or {},
    )


def read_head(entry: Mapping[str, Any] | None) -> DraftHead | None:
    """Of DRAFT_HEAD."""
    if entry is None:
        return None
    return DraftHead(**{**entry, "updated_at": datetime.fromisoformat(entry["updated_at"])})
