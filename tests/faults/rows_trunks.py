"""Trunks while the store that knows them is away: FreeSWITCH goes on with its files."""

from __future__ import annotations

from ivr.settings import split_host_port
from tests.faults.bench import Bench
from tests.faults.site import FREESWITCH, KEEPER, POSTGRES, Site
from tests.faults.verdict import Row
from tests.helpers import wait_until
from tests.sip.phone import Phone
from tests.sip.registrar import Registrar

CARRIER, STRANGER = "127.0.0.41", "127.0.0.42"
# Nobody has it: 404 says that the call came to the call server.
_NUMBER = "+14155550199"


def trunks_without_postgres(bench: Bench, row: Row) -> None:
    """FreeSWITCH: Postgres frozen, keeper and FreeSWITCH killed: trunks register, and their networks may call"""
    site = bench.site
    with Registrar("account", "5up3r-s3cret") as registrar:
        account = {"registrar": f"127.0.0.1:{registrar.port}", "username": "account", "password": "5up3r-s3cret"}
        site.ask("POST", "/trunks", {"name": "account", "preset": "registrar", **account})
        site.ask("POST", "/trunks", {"name": "carrier", "allowed": [CARRIER]})
        wait_until(lambda: registrar.contacts, 30, "the trunk is registered")
        wait_until(lambda: _dialled(site, CARRIER) == 404, 30, "the carrier may call")
        with site.frozen(POSTGRES):
            site.wait_replaced(KEEPER, site.kill(KEEPER), 1)
            registrar.contacts.clear()
            site.wait_replaced(FREESWITCH, site.kill(FREESWITCH), 1)
            wait_until(lambda: registrar.contacts, 60, "the trunk is registered again")
            # It registers before it takes calls.
            wait_until(lambda: _dialled(site, CARRIER) != 503, 30, "FreeSWITCH takes calls")
            row.check(_dialled(site, CARRIER) == 404, "the carrier may not call any more")
            row.check(_dialled(site, STRANGER) == 403, "a stranger may call")
        for name in ("account", "carrier"):
            wait_until(lambda name=name: _is_gone(site, name), 30, "the trunk is gone")  # type: ignore[misc]
        wait_until(lambda: _dialled(site, CARRIER) == 403, 30, "the carrier may call no more")


def _dialled(site: Site, ip: str) -> int:
    with Phone(split_host_port(site.env["DIGITREE_SIP"]), ip=ip) as caller:
        return caller.dial(_NUMBER)


def _is_gone(site: Site, name: str) -> bool:
    """Postgres may still be coming round."""
    try:
        site.ask("DELETE", f"/trunks/{name}")
    except AssertionError:
        return False
    return True
