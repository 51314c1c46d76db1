"""What is known of chains from outside: signed heads, and what an earlier run printed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from launcher.commands.common import fail

if TYPE_CHECKING:
    from ivr.domain.signed_heads import Anchor, SignedHead
    from ivr.settings import Settings
    from ivr.storage.postgres.chain_report import ChainReport
    from ivr.storage.postgres.stores import PostgresStores

EXIT_BROKEN = 1
_HASH_DIGITS = 64

WitnessOption = Annotated[
    Path | None,
    typer.Option(help="A copy of the witness file; without it that of this DIGITREE_HOME, where there is one."),
]
RootsOption = Annotated[
    Path | None,
    typer.Option(help="Certificates (PEM) of the time-stamp server: its stamps beside the witness file count, too."),
]
KeyOption = Annotated[
    list[str] | None,
    typer.Option(help="A public key whose signatures are believed, beside this installation's own."),
]


@dataclass
class KnownHeads:
    """`anchors` by chain; `faults` are signatures that are not genuine; `remarks` are for a person to read."""

    anchors: dict[str, list[Anchor]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def add(self, chain: str, anchor: Anchor) -> None:
        self.anchors.setdefault(chain, []).append(anchor)

    def of(self, chain: str) -> Sequence[Anchor]:
        return self.anchors.get(chain, ())


def known_heads(
    settings: Settings,
    stores: PostgresStores,
    chains: Iterable[str],
    *,
    witness: Path | None,
    keys: list[str] | None,
    roots: Path | None,
) -> KnownHeads:
    """The heads of the witness file and of the database whose signatures count, and with `roots` the time stamps."""
    from ivr.secrets import head_signer
    from ivr.storage.disk.witness_file import read_witness, witness_path
    from ivr.storage.postgres.signed_heads import signed_heads

    known, path = KnownHeads(), witness or witness_path(settings.home)
    believed = {head_signer(settings).key, *(keys or [])}
    strangers: Counter[str] = Counter()

    def take(head: SignedHead, place: str) -> None:
        from ivr.domain.signed_heads import Anchor

        if head.key not in believed:
            strangers[head.key] += 1
        elif not head.is_genuine():
            known.faults.append(f"{place} has no genuine signature: it was changed")
        else:
            noted = f"signed at {head.at} ({place})"
            known.add(head.chain, Anchor(head.seq, head.hash, noted, datetime.fromisoformat(head.at)))

    if witness is not None or path.exists():
        try:
            for line, head in read_witness(path):
                place = f"line {line} of {path.name}"
                if head is None:
                    known.remarks.append(f"{place} cannot be read and proves nothing")
                else:
                    take(head, place)
        except OSError as error:
            fail(f"{path}: {error.strerror}", 2)
    else:
        known.remarks.append(f"there is no witness file {path}: only signed heads of the database are compared")
    for chain in chains:
        for head in signed_heads(stores.database, chain):
            take(head, f"the database's signed head of event {head.seq}")
    if roots is not None:
        add_stamps(known, path, roots)
    for key, count in strangers.items():
        known.remarks.append(f"{count} heads do not count: they were signed with {key}; if it was yours, --key {key}")
    return known


def add_stamps(known: KnownHeads, witness: Path, roots: Path) -> None:
    """The heads beside `witness` that a time-stamp server has stamped."""
    import json

    from ivr.clients.time_stamps import TimeStampError, verify_stamp
    from ivr.domain.signed_heads import Anchor
    from ivr.storage.disk.witness_file import stamps_path

    for answer in sorted(stamps_path(witness).glob("*.tsr")):
        statement = answer.with_suffix(".json")
        try:
            data = statement.read_bytes()
            at = verify_stamp(answer.read_bytes(), data, roots)
            head = json.loads(data)
            known.add(head["chain"], Anchor(head["seq"], head["hash"], f"time-stamped at {at:%Y-%m-%dT%H:%M:%SZ}"))
        except TimeStampError as error:
            known.faults.append(f"{answer.name} is no time stamp of {statement.name}: {error}")
        except (OSError, ValueError) as error:
            fail(f"{statement} and {roots}: {error}", 2)


def expected(text: str) -> tuple[str, Anchor]:
    """(list, anchor) of `LIST:EVENTS:HASH`, or of the whole line that an earlier run printed."""
    from ivr.domain.signed_heads import Anchor

    list_id, _, rest = (text.split() or [""])[-1].rpartition(";")[2].partition(":")
    seq, _, value = rest.partition(":")
    if not (seq.isascii() and seq.isdecimal()) or len(value) != _HASH_DIGITS:
        fail(f"{text!r} is not LIST:EVENTS:HASH, as `digitree dnc verify` prints it", 2)
    return list_id, Anchor(int(seq), value, "expected (--expect)")


def say(name: str, report: ChainReport, anchors: Sequence[Anchor]) -> bool:
    """Print what was found of a chain; True when it is right."""
    if report.fault is not None:
        typer.echo(f"{name}: BROKEN after {report.events} events: {report.fault}", err=True)
        return False
    signed = max((anchor.seq for anchor in anchors if anchor.noted.startswith("signed")), default=0)
    proved = f", {signed} of them signed" if signed else ""
    gone = f", {report.pruned} of them pruned by retention" if report.pruned else ""
    typer.echo(f"{name}: {report.events} events are right{gone}{proved}; {name}:{report.events}:{report.head_hash}")
    return True


def say_known(known: KnownHeads) -> bool:
    """Print remarks and faults of what is known; True when there is no fault."""
    for remark in known.remarks:
        typer.echo(remark, err=True)
    for fault in known.faults:
        typer.echo(f"BROKEN: {fault}", err=True)
    return not known.faults
