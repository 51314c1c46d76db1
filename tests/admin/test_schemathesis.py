"""Schemathesis: every check, every operation, a few drawn requests of each. What is at the edges of every field, and
more of it, is tried at length in test_schemathesis_known.py."""

from __future__ import annotations

from tests.admin.checked_api import CONFIG, admin, run_schemathesis
from tests.admin.running import RunningAdmin

__all__ = ["admin"]
_PHASES = "examples,fuzzing,stateful"


def test_no_request_breaks_the_api_or_its_document(admin: RunningAdmin) -> None:
    # Wrong keys for every operation would soon be too many from one address; test_auth.py tries them. What an
    # Idempotency-Key sent again says was made may have been deleted since.
    left_out = "ignored_auth,ensure_resource_availability"
    run_schemathesis(admin, CONFIG, "--phases", _PHASES, "--max-examples", "4", "--exclude-checks", left_out)
    assert admin.http.get("/ivr").status_code == 200
    assert "Traceback" not in admin.log.read_text()
