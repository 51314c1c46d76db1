"""The WSGI edge: `gunicorn admin.wsgi:app`, settings from the environment."""

from __future__ import annotations

from admin.app import create_app

app = create_app()
