"""The WSGI edge: `gunicorn admin.wsgi:app`, settings from the environment."""

from __future__ import annotations

from admin.app import create_app
from admin.http.crowd import Crowd, Shedding

app = Shedding(create_app(), Crowd())
