"""The time zone of a report's days."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from admin.http.routing import ApiCall
from admin.http.zones import InstallationZone


def zone_of(call: ApiCall) -> ZoneInfo:
    """What the query asks for, else the installation's."""
    installation = call.service(InstallationZone)
    wanted: ZoneInfo = call.query.zone(installation.zone)
    return wanted
