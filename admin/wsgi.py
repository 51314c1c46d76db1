"""The WSGI edge: `gunicorn admin.wsgi:app`, settings from the environment."""

from __future__ import annotations

from admin.app import create_app
from admin.http.crowd import Crowd, Shedding
from ivr.domain.said.date_order import use_region
from ivr.settings import Settings

settings = Settings()
use_region(settings.region)
app = Shedding(create_app(settings), Crowd())
