"""gunicorn's log without its access log, which it prepares for each request as soon as `logconfig_dict` is given."""

from __future__ import annotations

from typing import Any

from gunicorn.glogging import Logger  # type: ignore[import-untyped]


class Log(Logger):
    """See the module."""

    def access(self, resp: Any, req: Any, environ: Any, request_time: Any) -> None:
        return
