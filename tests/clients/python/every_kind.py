"""A menu with every kind of node through typed models: built, read back, and called by the tests of the menu.

`python every_kind.py URL API_KEY` prints the kinds, comma-separated, as the last line.
"""

from __future__ import annotations

import sys

from digitree_client import Digitree
from digitree_client.models import (
    ActionNode,
    AskLanguageNode,
    AskLanguageNodeKeys,
    AudioByLanguage,
    CallbackNode,
    CreateChannel,
    CreateChannelSettings,
    CreateNumberList,
    CreateService,
    EachNode,
    ExpectedMessage,
    ExpectedResult,
    ExpectedSent,
    GatherNode,
    GatherNodeGather,
    GivenAnswerBody,
    GivenWorld,
    GivenWorldServices,
    MessageNode,
    RecordNode,
    RejectNode,
    RequestNode,
    RunOrder,
    SendDigitsNode,
    SendNode,
    SetVariables,
    SwitchNode,
    SwitchNodeCase,
    TextByLanguage,
    TransferNode,
    WrittenMenu,
    WrittenMenuNodes,
    WrittenTest,
)

NODES = WrittenMenuNodes({
    "who": SwitchNode(switch="list:banned", case=SwitchNodeCase({"true": "refuse"}), default="language"),
    "refuse": RejectNode(action="reject", reason="busy"),
    "language": AskLanguageNode(
        action="ask_language", keys=AskLanguageNodeKeys({"1": "en", "2": "es"}), next_="hello"
    ),
    "hello": MessageNode(
        audio=AudioByLanguage({"en": "hello.wav", "es": ["hola.wav", "bienvenido.wav"]}),
        text=TextByLanguage({"en": "Hello.", "es": ["Hola.", "Bienvenido."]}),
        set_=SetVariables({"tries": 0, "asked": True, "why": "call of {caller}"}),
        next_="main",
    ),
    "main": GatherNode(
        text="Press 1 for people, 2 to leave a message, 3 to be called back, 9 to be removed from our list.",
        gather=GatherNodeGather({"1": "find", "2": "leave", "3": "back", "4": "gate", "9": "out"}),
        timeout_s=5.5,
        max_attempts=2,
        save="chosen",
    ),
    "find": RequestNode(
        action="request", service="crm", send=["caller"], save="found", next_="each", fail_node="bye"
    ),
    "each": EachNode(action="each", list_="found.people", save="person", next_="tell", done_node="agent"),
    "tell": MessageNode(text="{person.name} is in today.", next_="each"),
    "agent": TransferNode(action="transfer", outcome="lead", fallback_node="bye"),
    "leave": RecordNode(action="record", text="Speak after the tone.", save="sound", next_="note", max_s=30),
    "note": SendNode(action="send", to="chat:ops", text="A message of {caller}.", next_="bye", fail_node="bye"),
    "back": CallbackNode(action="callback", reason="asked for it", next_="bye", fail_node="bye"),
    "gate": SendDigitsNode(action="send_digits", keys="w9", next_="bye"),
    "out": ActionNode(action="suppress"),
    "bye": ActionNode(action="hangup", text="Goodbye."),
})
PEOPLE = GivenWorldServices({
    "crm": GivenAnswerBody(answer={"people": [{"name": "Ann"}, {"name": "Ben"}]}),
})
TESTS = (
    WrittenTest(
        name="people, and the agent",
        script="1,1",
        given=GivenWorld(services=PEOPLE),
        expected=ExpectedResult(
            path=["who", "language", "hello", "main", "find", "each", "tell", "each", "tell", "each", "agent"],
            requests=[ExpectedMessage(service="crm")],
            rang=["default"],
            language="en",
        ),
    ),
    WrittenTest(
        name="a message",
        script="2,2,s8",
        expected=ExpectedResult(
            path=["who", "language", "hello", "main", "leave", "note", "bye"],
            sent=[ExpectedSent(by="chat:ops")],
            language="es",
        ),
    ),
    WrittenTest(
        name="a call-back",
        script="1,3",
        expected=ExpectedResult(path=["who", "language", "hello", "main", "back", "bye"], opted_out=False),
    ),
    WrittenTest(
        name="keys to the caller's side",
        script="1,4",
        expected=ExpectedResult(path=["who", "language", "hello", "main", "gate", "bye"], digits_sent=["w9"]),
    ),
    WrittenTest(
        name="asks to be left alone", script="1,9", expected=ExpectedResult(node="out", opted_out=True)
    ),
    WrittenTest(
        name="somebody who is refused",
        script="-",
        given=GivenWorld(lists=["banned"]),
        expected=ExpectedResult(path=["who", "refuse"]),
    ),
)


def main() -> None:
    with Digitree(sys.argv[1], sys.argv[2]) as digitree:
        digitree.lists.create_number_list(CreateNumberList(name="banned"))
        digitree.services.create_service(CreateService(name="crm", url="https://crm.example.com/callers"))
        settings = CreateChannelSettings({"topic": "ops"})
        digitree.channels.create_channel(CreateChannel(name="ops", preset="ntfy", settings=settings))
        menu = WrittenMenu(name="Every kind", languages=["en", "es"], answer=False, nodes=NODES)
        made = digitree.menus.create_menu(menu)
        read = digitree.menus.get_menu(made.id)
        assert read.nodes.to_dict() == NODES.to_dict()
        assert {name: type(each) for name, each in read.nodes.additional_properties.items()} == {
            name: type(each) for name, each in NODES.additional_properties.items()
        }
        for each in TESTS:
            kept = digitree.menu_tests.create_menu_test(made.id, each)
            assert kept.expected == each.expected
        run = digitree.menu_tests.run_menu_tests(made.id, RunOrder())
        assert (run.passed, run.failed) == (len(TESTS), 0), [result.faults for result in run.results]
        visited = {node for result in run.results for node in result.path}
        assert visited == set(NODES.additional_properties), set(NODES.additional_properties) - visited
        print(",".join(sorted({type(each).__name__ for each in NODES.additional_properties.values()})))


if __name__ == "__main__":
    main()
