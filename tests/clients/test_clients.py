"""Menus through digitree-client for Python and TypeScript, packed, installed and typed, against a whole Digitree.

The programs are below python and typescript; mypy and tsc, both strict, have read them and the packages before they
run. The generators come from their registries; where these cannot be reached, the tests are skipped.
"""

from __future__ import annotations

import re
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.clients.conftest import Programs
from tests.launcher.running import API_KEY, RunningDigitree
from tests.package.building import SETUP

KINDS = (
    "ActionNode,AskLanguageNode,CallbackNode,EachNode,GatherNode,MessageNode,RecordNode,RejectNode,RequestNode,"
    "SendDigitsNode,SendNode,SwitchNode,TransferNode"
)
ACTIONS = (
    "ask_language,callback,each,gather,hangup,message,record,reject,request,send,send_digits,suppress,switch,transfer"
)


@pytest.fixture(params=["python", "typescript"])
def programs(request: pytest.FixtureRequest) -> Programs:
    found: Programs = request.getfixturevalue(request.param)
    return found


def test_the_seed_page(programs: Programs, product: RunningDigitree) -> None:
    printed = programs.run("seed_page", product.base_url, API_KEY)
    menu = product.api("GET", f"/ivr/{printed.split()[-1]}")[1]
    assert (menu["name"], menu["status"], menu["dids"]) == ("Plumber Qualifier", "live", ["+14155559876"])
    assert menu["nodes"]["welcome"]["gather"] == {"1": "has_license", "2": "hours", "9": "dnc"}
    assert list(menu["nodes"])[:2] == ["welcome", "has_license"]
    ready = {each["audio"] for each in menu["prompts"] if each["state"] == "ready"}
    assert ready >= {"welcome.wav", "license_check.wav"}


def test_a_menu_of_every_kind_is_read_back_as_written_and_called(
    programs: Programs, product: RunningDigitree
) -> None:
    assert programs.run("every_kind", product.base_url, API_KEY).split()[-1] in (KINDS, ACTIONS)


def test_errors_pages_repeats_webhooks_and_drafts(
    programs: Programs, product: RunningDigitree, delivered: Path
) -> None:
    source = next(programs.source.glob("comforts.*")).read_text()
    names = re.findall(r"^(?:def|async function) ((?:an?|all|pages)(?:_|[A-Z])\w+)\(", source, re.MULTILINE)
    assert len(names) >= 6
    assert programs.run("comforts", product.base_url, API_KEY, delivered).split() == names


def test_the_examples_of_the_page_about_clients(programs: Programs, product: RunningDigitree) -> None:
    printed = programs.run("docs_page", DIGITREE_URL=product.base_url, DIGITREE_API_KEY=API_KEY)
    assert re.search(r"^ivr_\w+ \d+\.\d s$", printed, re.MULTILINE), printed
    assert "welcome asks for 1, 9" in printed
    assert re.search(r"^422 \w+\n/\S+ .+", printed, re.MULTILINE), printed


def test_both_packages_have_the_version_of_the_product_a_licence_and_their_types(packages: Path) -> None:
    version = SETUP["metadata"]["version"]
    assert sorted(each.name for each in packages.iterdir()) == [
        f"digitree-client-{version}.tgz",
        f"digitree_client-{version}-py3-none-any.whl",
        f"digitree_client-{version}.tar.gz",
    ]
    with zipfile.ZipFile(packages / f"digitree_client-{version}-py3-none-any.whl") as wheel:
        names = wheel.namelist()
    assert {"digitree_client/py.typed", "digitree_client/events.py"} <= set(names)
    assert any(each.endswith("/licenses/LICENSE") for each in names)
    with tarfile.open(packages / f"digitree-client-{version}.tgz") as tarball:
        names = tarball.getnames()
    assert {"package/lib/index.js", "package/lib/index.d.ts", "package/LICENSE", "package/README.md"} <= set(names)
    others = {"package/LICENSE", "package/README.md", "package/package.json"}
    assert {each for each in names if not each.startswith("package/lib/")} == others
