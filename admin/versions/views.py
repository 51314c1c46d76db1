"""Versions and differences as the API's JSON."""

from __future__ import annotations

from typing import Any

from admin.http.views import fault_json, time_json
from admin.versions.service import DryRun, ListedVersion
from ivr.domain.menu.change_summary import summary_of
from ivr.domain.menu.diff import FieldChange, MenuDiff
from ivr.domain.menu.document import parse_menu
from ivr.domain.menu.templates import PART_AUDIO
from ivr.domain.problems import pointer
from ivr.ports.menu_versions import MenuVersion


def diff_json(diff: MenuDiff) -> dict[str, Any]:
    return {
        "menu": [_field(each) for each in diff.menu],
        "nodes": [
            {"node": each.node, "change": each.kind, "fields": [_field(field) for field in each.fields]}
            for each in diff.nodes
        ],
        "reordered": diff.reordered,
        "prompts": [{"audio": audio, "change": kind} for audio, kind in diff.prompts],
    }


def listed_version_json(listed: ListedVersion, current: int) -> dict[str, Any]:
    summary = summary_of(listed.diff, first=listed.version.version == 1)
    return {**_head(listed.version, current), "summary": summary, "diff": diff_json(listed.diff)}


def version_json(version: MenuVersion, current: int) -> dict[str, Any]:
    """The whole menu as it was."""
    menu = parse_menu(version.document)
    return {
        "ivr_id": version.ivr_id,
        **_head(version, current),
        "name": menu.name,
        "start": menu.start,
        "explicit_start": menu.explicit_start,
        "answer": menu.answer,
        **({"languages": list(menu.languages)} if menu.languages else {}),
        "max_menu_s": menu.max_menu_s,
        **({"rate": menu.rate} if menu.rate is not None else {}),
        **({"record_call": True} if menu.record_call else {}),
        **({"hung_up_node": menu.hung_up_node} if menu.hung_up_node is not None else {}),
        "nodes": menu.source,
        "prompts": [
            {"audio": name, "duration_seconds": file.duration_ms / 1000}
            for name, file in version.prompts.items()
            if not PART_AUDIO.fullmatch(name)
        ],
    }


def checked_json(run: DryRun) -> dict[str, Any]:
    return {
        "version": run.stored.version,
        "summary": "" if run.diff.is_empty else summary_of(run.diff),
        "diff": diff_json(run.diff),
        "warnings": [fault_json(each) for each in run.warnings],
        "said": [
            {"pointer": pointer("nodes", each.node.id, *each.path), "spoken_as": each.said and each.said.text}
            for each in run.said
        ],
        "dids": list(run.stored.dids),
        "calls_under_way": run.calls_under_way,
    }


def _head(version: MenuVersion, current: int) -> dict[str, Any]:
    return {
        "version": version.version,
        "created_at": time_json(version.created_at),
        "actor": version.actor,
        "current": version.version == current,
    }


def _field(change: FieldChange) -> dict[str, Any]:
    return {"pointer": change.pointer, "change": change.kind, "before": change.before, "after": change.after}
