"""Limits that both the speech process and its clients enforce."""

from __future__ import annotations

MAX_TEXT_CHARACTERS = 1000
MAX_UPLOAD_BYTES = 10 * 1024 * 1024
