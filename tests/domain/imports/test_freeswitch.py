"""FreeSWITCH's menus: the same callers meet the same there and in the menu that they become."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.imports.digit_patterns import entries_in
from ivr.domain.imports.report import Fate
from ivr.domain.imports.sources import import_menu
from ivr.domain.menu.document import parse_menu
from tests.domain.imports.callers import END, Caller, same, walk_menu
from tests.domain.imports.freeswitch_walker import MenuCall

_CALLERS = st.builds(Caller, keys=st.lists(st.sampled_from([*"0123459*", None]), max_size=12))


@st.composite
def menus(draw: st.DrawFn) -> str:
    """Menus of which each is below one of those before it, as FreeSWITCH's callers come to them."""
    count = draw(st.integers(1, 4))
    below = {at: draw(st.integers(0, at - 1)) for at in range(1, count)}
    texts = []
    for at in range(count):
        keys = iter("123459*0")
        entries = [("menu-sub", f"menu{sub}") for sub, above in below.items() if above == at]
        what = st.sampled_from(["top", "back", "exit", "sound", "ring", "pattern"])
        kinds = draw(st.lists(what, min_size=1, max_size=3, unique=True))
        made = [f'<entry action="{action}" digits="{next(keys)}" param="{param}"/>' for action, param in entries]
        for kind in kinds:
            match kind:
                case "sound":
                    made.append(f'<entry action="menu-play-sound" digits="{next(keys)}" param="say:Sound {at}."/>')
                case "ring":
                    param = "bridge sofia/gateway/carrier/+14155550100"
                    made.append(f'<entry action="menu-exec-app" digits="{next(keys)}" param="{param}"/>')
                case "pattern":
                    made.append('<entry action="menu-play-sound" digits="/^[67]$/" param="say:Six."/>')
                case _:
                    made.append(f'<entry action="menu-{kind}" digits="{next(keys)}"/>')
        greeting = f'greet-long="say:Menu {at}." greet-short="short/{at}.wav" exit-sound="say:Bye {at}."'
        limits = f'max-failures="{draw(st.integers(1, 3))}" max-timeouts="{draw(st.integers(1, 3))}" timeout="5000"'
        texts.append(f'<menu name="menu{at}" {greeting} {limits}>{"".join(made)}</menu>')
    return f'<configuration name="ivr.conf"><menus>{"".join(texts)}</menus></configuration>'


def _with_keys_again(text: str, caller: Caller) -> bool:
    imported = import_menu(text.encode())
    parse_menu(dict(imported.menu))
    return same(walk_menu(imported, caller), MenuCall(text, caller.again()).walk())


@given(menus(), _CALLERS)
def test_whoever_calls_meets_the_same_there_and_in_the_menu(text: str, caller: Caller) -> None:
    assert _with_keys_again(text, caller)


def test_digits_of_any_form_become_entries() -> None:
    assert entries_in("1") == ["1"]
    assert entries_in("/^([0-9])$/") == ["X"]
    assert entries_in("/^(10[01][0-9])$/") == ["100X", "101X"]
    assert entries_in(r"/^\d{4}$/") == ["XXXX"]
    assert entries_in(r"/^(\d{2,5})$/") == ["X{2,5}"]
    assert entries_in("/^(?=x)$/") == []
    assert entries_in("") == []


def test_what_leads_into_a_dialplan_becomes_an_agent_that_is_named() -> None:
    text = (
        '<include><menu name="main" greet-long="phrase:hello" timeout="10000">'
        '<entry action="menu-exec-app" digits="2" param="transfer 1000 XML default"/></menu></include>'
    )
    imported = import_menu(text.encode())
    fates = {line.part: (line.fate, line.why) for line in imported.lines}
    assert fates["main, 2"] == (
        Fate.CHANGED, "transfer 1000 XML default leads into a dialplan that is not here: make an agent 1000"
    )  # fmt: skip
    assert "the phrase hello is not in this file" in fates["main"][1]
    assert imported.menu["nodes"]["main_2"] == {"action": "transfer", "agent": "1000"}


_FUSIONPBX = """
<document type="freeswitch/xml"><section name="configuration"><configuration name="ivr.conf"><menus>
  <menu name="0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0" description="Hill Roofing" greet-long="main.wav" greet-short=""
        invalid-sound="" exit-sound="" timeout="3000" max-failures="1" max-timeouts="1" digit-len="5"
        ivr_menu_exit_app="transfer" ivr_menu_exit_data="*99500 XML example.com">
    <entry action="menu-exec-app" digits="1" param="set ringback=${us-ring}" description=""/>
    <entry action="menu-exec-app" digits="1" param="playback hold.wav" description=""/>
    <entry action="menu-exec-app" digits="1" param="transfer 600 XML example.com" description="Sales"/>
    <entry action="menu-exec-app" digits="/^(\\d{2,5})$/" param="set ${cond(${user_exists id $1 x} == true ? a=b)}"/>
    <entry action="menu-exec-app" digits="/^(\\d{2,5})$/" param="transfer ${cond(true == true ? $1 XML x)}"/>
  </menu>
</menus></configuration></section></document>
"""


def test_digits_in_the_place_of_an_application_are_an_extension() -> None:
    text = '<menu name="main"><entry action="menu-exec-app" digits="4" param="5000 XML default"/></menu>'
    assert import_menu(text.encode()).menu["nodes"]["main_4"] == {"action": "transfer", "agent": "5000"}


def test_entries_of_the_same_digits_run_one_after_the_other() -> None:
    imported = import_menu(_FUSIONPBX.encode())
    assert imported.menu["name"] == "Hill Roofing"
    assert imported.menu["nodes"]["Hill_Roofing"]["gather"] == {"1": "Hill_Roofing_1_2"}
    main, hold = ("played", "main.wav"), ("played", "hold.wav")
    assert walk_menu(imported, Caller(["1"])) == [main, hold, ("rang", "600"), END]
    assert walk_menu(imported, Caller([None])) == [main, ("rang", "99500"), END]
    whys = [line.why for line in imported.lines if line.fate is Fate.NOT_CARRIED]
    assert whys == ["extensions cannot be dialled directly: name them as entries of the question"] * 2
