"""The witness file: the signed heads of all chains, a line each, outside the database and only ever appended to."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from ivr.domain.signed_heads import SignedHead, head_from_line


def witness_path(home: Path) -> Path:
    """The path of the file under DIGITREE_HOME."""
    return home / "witness" / "heads.jsonl"


class WitnessFile:
    """Beside it lie the time stamps: `stamps/CHAIN-SEQ.tsr`, and the bytes that were stamped as `.json`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def newest(self, key: str) -> dict[str, SignedHead]:
        """The genuine head of the highest event that `key` has signed, of each chain. A file that cannot be read has
        none."""
        newest: dict[str, SignedHead] = {}
        with suppress(OSError):
            for _, head in read_witness(self._path):
                if head is not None and head.key == key and head.is_genuine():
                    before = newest.setdefault(head.chain, head)
                    newest[head.chain] = max(before, head, key=lambda each: each.seq)
        return newest

    def append(self, heads: Sequence[SignedHead]) -> None:
        """Returns when they are on the disk. Raises OSError."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        with open(descriptor, "r+b", buffering=0) as file:
            end = os.fstat(descriptor).st_size
            # What a full disk or a power cut left of a line stands alone, and is no part of the next one.
            torn = end > 0 and os.pread(descriptor, 1, end - 1) != b"\n"
            lines = "".join(head.to_line() + "\n" for head in heads)
            file.write((b"\n" if torn else b"") + lines.encode("ascii"))
            os.fsync(descriptor)

    def keep_stamp(self, head: SignedHead, answer: bytes) -> None:
        """Raises OSError."""
        directory = stamps_path(self._path)
        directory.mkdir(mode=0o700, exist_ok=True)
        name = f"{head.chain.replace('/', '-')}-{head.seq}"
        (directory / f"{name}.json").write_bytes(head.statement())
        (directory / f"{name}.tsr").write_bytes(answer)


def stamps_path(witness: Path) -> Path:
    """The directory of the time stamps that belong to a witness file."""
    return witness.parent / "stamps"


def read_witness(path: Path) -> Iterator[tuple[int, SignedHead | None]]:
    """(line, head) from the first line, 1, on; None for a line that is not a head. Raises OSError."""
    with open(path, encoding="utf-8", errors="replace") as file:
        for place, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                yield place, head_from_line(line)
            except ValueError:
                yield place, None
