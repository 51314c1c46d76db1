"""Blocks of code in the pages that no test runs, and why. tests/docs/test_every_command_runs.py runs all others.

What a shell is given is parsed all the same, and its commands and options of `digitree` and `make` are checked.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from tests.docs.code_blocks import CodeBlock

CARRIER = "needs a carrier, or a telephone that rings"
MACHINE = "changes the machine: packages, accounts, containers, services, certificates"
STARTS = "starts or ends a Digitree; tests/launcher does so"
NETWORK = "fetches models or packages of other people, or asks their services"
SHOWN = "is what is sent, answered or recorded, or a line of a file: nothing that one enters"
ELSEWHERE = "needs an account elsewhere; tests/docs/test_recipes.py runs it against servers of its own"
FOREIGN = "needs a file of another system; tests/launcher and tests/domain/imports make such files"
CLIENTS = "uses the packages that `make clients` makes; tests/clients runs it with them"
ASSISTANT = "belongs to a talk with an assistant; tests/sip/test_assistants.py holds it"
PROGRAM = "is a program of the reader's own, with a library that is not ours"

# By page: how the block begins, and the reason.
NOT_RUN: Mapping[str, tuple[tuple[str, str], ...]] = MappingProxyType(
    {
        "README.md": (
            ("make run", STARTS),
            ("apt-get install baresip", MACHINE),
            ("DIGITREE_SIP=203.0.113.5:5060 make run", CARRIER),
        ),
        "docs/agents.md": (('POST {"call_id", "did"', SHOWN),),
        "docs/assistants.md": (("", ASSISTANT),),
        "docs/backup.md": (
            ("digitree backup /backup/digitree-", MACHINE),
            ("export DIGITREE_HOME=/srv/digitree", STARTS),
        ),
        "docs/calls-out.md": (("POST /calls", CARRIER),),
        "docs/clients.md": (("", CLIENTS),),
        "docs/development-switch.md": (
            ("apt-get install baresip", MACHINE),
            ("DIGITREE_SIP=192.0.2.10:5080", STARTS),
        ),
        "docs/export.md": (("", FOREIGN),),
        "docs/first-call.md": (
            ("sudo apt-get install", MACHINE),
            ("make run", STARTS),
        ),
        "docs/first-carrier.md": (("DIGITREE_SIP=10.0.0.5:5060", STARTS),),
        "docs/hours.md": (('"state": {', SHOWN),),
        "docs/import.md": (("", FOREIGN),),
        "docs/install.md": (
            ("sh deploy/secrets.sh", MACHINE),
            ("for file in agent.pem", MACHINE),
            ("python -m pip wheel", MACHINE),
            ("cp deploy/systemd/digitree.sysusers.conf", MACHINE),
            ("cp -r deploy/systemd/digitree-", MACHINE),
            ("[Service]", SHOWN),
        ),
        "docs/packages.md": (("", MACHINE),),
        "docs/recipes.md": (("HUBSPOT_TOKEN=", ELSEWHERE), ("SALESFORCE_URL=", ELSEWHERE)),
        "docs/scaling.md": (("REDIS_URL=", SHOWN), ("DATABASE_URL=", SHOWN)),
        "docs/services.md": (("POST /callers HTTP/1.1", SHOWN),),
        "docs/sounds.md": (("import json, os, urllib.request", PROGRAM),),
        "docs/telephones.md": (
            ('curl -H "Authorization: Bearer $KEY"', CARRIER),
            ("digitree call --trunk carrier", CARRIER),
        ),
        "docs/voices.md": (("digitree voices list", NETWORK), ("digitree voices add nova", NETWORK)),
    }
)
# JSON is always parsed. What it means is held by these.
JSON_TESTED_BY: Mapping[str, str] = MappingProxyType(
    {
        "README.md": "tests/docs/test_every_command.py",
        "docs/agents.md": "tests/conform",
        "docs/errors.md": "tests/docs/test_help_links.py",
        "docs/menu-language.md": "tests/docs/test_menu_language.py",
        "docs/menu-tests.md": "tests/docs/test_menu_tests_page.py",
        "docs/people.md": "tests/docs/test_every_command.py",
        "docs/sounds.md": "tests/docs/test_every_command.py",
    }
)


def find_reason(block: CodeBlock) -> str | None:
    """Why the block is not run; None: it is."""
    return next((why for begins, why in NOT_RUN.get(block.page, ()) if block.head.startswith(begins)), None)
