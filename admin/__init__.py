"""The admin app: the REST API over menus, prompts, numbers, the do-not-call list and call records.

One folder per resource: its `api` knows Flask, its `service` knows the ports; `admin.wiring` knows the stores. A
request goes: route table -> key and scope -> query -> body -> view -> service -> store, and every error on the way
comes out of admin.http.problems.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from admin.wiring import AdminServices
    from ivr.settings import Settings


def create_app(settings: Settings | None = None, services: AdminServices | None = None) -> Flask:
    """The Flask app over these services, or over stores as the settings (or the environment) name them."""
    # Not at the top: `python -m admin` imports this package before gevent has patched, and psycopg must come after.
    from admin.app import make_app

    return make_app(settings, services)
