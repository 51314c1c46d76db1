"""gunicorn's logger without its access log: given `logconfig_dict`, gunicorn would prepare a line for each
request."""

from __future__ import annotations

from typing import Any

from gunicorn.glogging import Logger  # type: ignore[import-untyped]


class Log(Logger):
    """See the module."""

    def access(self, resp: Any, req: Any, environ: Any, request_time: Any) -> None:
        return
