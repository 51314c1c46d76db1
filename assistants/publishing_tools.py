"""Tools that change what callers hear: publish a draft, assign a number, take one away. Each is done only after it
was shown and confirmed: by the person before the assistant, where the client can ask them (elicitation), else by a
second call with the token that the first gave (`confirming`)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any

from mcp.server import MCPServer
from mcp.server.elicitation import AcceptedElicitation, CancelledElicitation, DeclinedElicitation
from mcp.server.mcpserver import Elicit, Resolve
from pydantic import BaseModel, Field

from assistants.confirming import GOOD_FOR_S, Deed
from assistants.installation import KeyedApi, Refused, path_of
from assistants.marking import OTHERS, OURS, mark, neutral
from assistants.menu_tools import differences, outline
from assistants.tools import AnyContext, Effect, IvrId, Number, add_tools, api_of, desk_of, readable_errors

_NAME = 80
_QUESTION = 1500
# No draft has this revision, so nothing is ever published with it.
_NO_REVISION = {"If-Match": '"none"'}

Confirmation = Annotated[
    str | None,
    Field(max_length=400, description="from the first call of this tool; leave it out to see what would happen"),
]
_TWO_STEPS = "Do not confirm by yourself: show the person what would happen, and ask them first."


class Approval(BaseModel):
    """The form that a person is asked to fill in."""

    approve: bool = Field(title="Do it", description="Callers hear the change from the next call on.")


Asked = AcceptedElicitation[Approval] | DeclinedElicitation | CancelledElicitation


@dataclass(frozen=True)
class Plan:
    """What a tool would do. `shown` is the state that it was made for; `question` is for a person."""

    deed: Deed
    would: dict[str, Any]
    question: str


@readable_errors
async def _plan_publishing(ctx: AnyContext, ivr_id: str, speak: bool, require_tests: bool) -> Plan:
    api = api_of(ctx)
    await _need_write(api, ivr_id)
    draft = await api.get(path_of("ivr", ivr_id, "draft"))
    would = await differences(api, ivr_id)
    unspoken = [each["audio"] for each in draft["prompts"] if each["state"] != "ready"]
    shown = {"revision": draft["revision"], "version": would["version"]}
    question = (
        f"Publish draft {draft['revision']} of the menu {_quoted(draft['name'])} ({ivr_id})? "
        f"Changes: {would['summary'][OURS] or 'none'}. Numbers: {', '.join(draft['dids']) or 'none'}. "
        f"Warnings: {len(draft['warnings'])}. Texts without a sound: {len(unspoken)}"
        f"{', which are spoken first and charged' if speak and unspoken else ''}."
    )
    about = {**would, **mark({"revision": draft["revision"], "behind": draft["behind"], "unspoken": unspoken})}
    return Plan(_deed(api, "publish_draft", shown, ivr_id=ivr_id, speak=speak, require_tests=require_tests),
                {"publish": about}, question)  # fmt: skip


@readable_errors
async def _plan_assigning(ctx: AnyContext, ivr_id: str, did: str, language: str | None, take_over: bool) -> Plan:
    api = api_of(ctx)
    await _need_write(api, ivr_id)
    menu = await api.get(path_of("ivr", ivr_id))
    holder = await _holder(api, did)
    if holder is not None and holder["ivr_id"] != ivr_id and not take_over:
        text = f"{did} leads to another menu, {holder['ivr_id']}; take_over=true takes it from there"
        raise Refused(409, "did_taken", text)
    shown = {"version": menu["version"], "holder": None if holder is None else holder["ivr_id"]}
    now = None if holder is None else {"ivr_id": holder["ivr_id"], "name": {OTHERS: neutral(holder["name"])}}
    silent = sum(each["state"] != "ready" for each in menu["prompts"])
    whose = "no menu" if holder is None else f"the menu {_quoted(holder['name'])} ({holder['ivr_id']})"
    question = (
        f"Lead calls to {did} to the menu {_quoted(menu['name'])} ({ivr_id})? Now they reach {whose}. "
        f"Warnings: {len(menu['warnings'])}. Texts without a sound: {silent}."
    )
    about = {
        "did": did, "ivr_id": ivr_id, "name": {OTHERS: neutral(menu["name"])}, "version": menu["version"],
        "leads_now_to": now, "language": language, "warnings": mark(menu["warnings"]), "unspoken": silent,
    }  # fmt: skip
    return Plan(_deed(api, "assign_number", shown, ivr_id=ivr_id, did=did, language=language, take_over=take_over),
                {"assign": about}, question)  # fmt: skip


@readable_errors
async def _plan_unassigning(ctx: AnyContext, ivr_id: str, did: str) -> Plan:
    api = api_of(ctx)
    await _need_write(api, ivr_id)
    menu = await api.get(path_of("ivr", ivr_id))
    if did not in menu["dids"]:
        raise Refused(422, "not_assigned", f"{did} does not lead to this menu; list_numbers tells where it leads")
    question = (
        f"Take {did} from the menu {_quoted(menu['name'])} ({ivr_id})? Its callers will reach no "
        "menu: they are refused."
    )
    about = {"did": did, "ivr_id": ivr_id, "name": {OTHERS: neutral(menu["name"])}, "leads_then_to": None}
    return Plan(_deed(api, "unassign_number", {"version": menu["version"]}, ivr_id=ivr_id, did=did),
                {"unassign": about}, question)  # fmt: skip


def _ask(plan_of: Callable[..., Awaitable[Plan]]) -> Callable[..., Awaitable[Elicit[Approval] | None]]:
    """Ask the person about a plan, if the client can."""

    async def ask(ctx: AnyContext, plan: Plan) -> Elicit[Approval] | None:
        return Elicit(neutral(plan.question, _QUESTION), Approval) if _can_ask(ctx) else None

    # The name of the argument is no name where the SDK looks for it.
    plan = Annotated[Plan, Resolve(plan_of)]
    ask.__annotations__ = {"ctx": AnyContext, "plan": plan, "return": Elicit[Approval] | None}
    return ask


_ask_publishing, _ask_assigning, _ask_unassigning = (
    _ask(_plan_publishing),
    _ask(_plan_assigning),
    _ask(_plan_unassigning),
)


async def publish_draft(
    ctx: AnyContext,
    ivr_id: IvrId,
    plan: Annotated[Plan, Resolve(_plan_publishing)],
    asked: Annotated[Asked, Resolve(_ask_publishing)],
    speak: Annotated[bool, Field(description="speak texts that have no sound yet first, which is charged")] = False,
    require_tests: Annotated[bool, Field(description="run the menu's tests first; if one fails, do nothing")] = False,
    confirmation: Confirmation = None,
) -> dict[str, Any]:
    """Publish the draft of a menu: callers hear it from the next call on. The first call only shows what would change
    and gives a `confirmation`; the second, with it and the same arguments, does it. Do not confirm by yourself: show
    the person what would happen, and ask them first. Needs the scope write."""

    async def do(api: KeyedApi) -> dict[str, Any]:
        query = {"speak": speak, "require_tests": require_tests}
        headers = {"If-Match": f'"{plan.deed.shown["revision"]}"'}
        done = await api.send("POST", path_of("ivr", ivr_id, "draft", "publish"), query=query, headers=headers)
        return outline(done.document)

    return await _confirmed(ctx, plan, asked, confirmation, do)


async def assign_number(
    ctx: AnyContext,
    ivr_id: IvrId,
    did: Number,
    plan: Annotated[Plan, Resolve(_plan_assigning)],
    asked: Annotated[Asked, Resolve(_ask_assigning)],
    language: Annotated[str | None, Field(pattern="^[a-z]{2,3}(-[A-Z]{2})?$", description="of its callers")] = None,
    take_over: Annotated[bool, Field(description="take it from the menu that it leads to now")] = False,
    confirmation: Confirmation = None,
) -> dict[str, Any]:
    """Lead calls to a number (DID) to a menu, from the next call on. The first call only shows what would happen and
    gives a `confirmation`; the second, with it and the same arguments, does it. Do not confirm by yourself: show the
    person what would happen, and ask them first. Needs the scope write."""

    async def do(api: KeyedApi) -> dict[str, Any]:
        body = {"did": did, "replace": take_over, **({} if language is None else {"language": language})}
        headers = {"If-Match": f'"{plan.deed.shown["version"]}"'}
        return outline((await api.send("POST", path_of("ivr", ivr_id, "assign"), body, headers=headers)).document)

    return await _confirmed(ctx, plan, asked, confirmation, do)


async def unassign_number(
    ctx: AnyContext,
    ivr_id: IvrId,
    did: Number,
    plan: Annotated[Plan, Resolve(_plan_unassigning)],
    asked: Annotated[Asked, Resolve(_ask_unassigning)],
    confirmation: Confirmation = None,
) -> dict[str, Any]:
    """Take a number (DID) from a menu: further calls to it are refused. The first call only shows what would happen
    and gives a `confirmation`; the second, with it and the same arguments, does it. Do not confirm by yourself: show
    the person what would happen, and ask them first. Needs the scope write."""

    async def do(api: KeyedApi) -> dict[str, Any]:
        headers = {"If-Match": f'"{plan.deed.shown["version"]}"'}
        return outline((await api.send("DELETE", path_of("ivr", ivr_id, "assign", did), headers=headers)).document)

    return await _confirmed(ctx, plan, asked, confirmation, do)


async def _confirmed(
    ctx: AnyContext,
    plan: Plan,
    asked: Asked,
    confirmation: str | None,
    do: Callable[[KeyedApi], Awaitable[dict[str, Any]]],
) -> dict[str, Any]:
    """Do it if it is confirmed, else show it. Where a person was asked, their answer counts, not the token."""
    confirmations = desk_of(ctx).confirmations
    if _can_ask(ctx):
        if not (isinstance(asked, AcceptedElicitation) and asked.data is not None and asked.data.approve):
            return {"done": False, "declined": "the person did not approve; nothing was done", "would": plan.would}
    elif confirmation is None:
        return {
            "done": False,
            "would": plan.would,
            "confirmation": confirmations.offer(plan.deed),
            "good_for_s": GOOD_FOR_S,
            "next": f"call this tool again with the same arguments and this confirmation. {_TWO_STEPS}",
        }
    else:
        confirmations.redeem(plan.deed, confirmation)
    return {"done": True, "menu_now": await do(api_of(ctx))}


def _can_ask(ctx: AnyContext) -> bool:
    """Whether the client has said that it asks its person by forms. Both ends must be able to: over HTTP a client
    without a session cannot be asked."""
    capabilities = ctx.client_capabilities
    elicitation = capabilities.elicitation if capabilities is not None else None
    return elicitation is not None and (elicitation.form is not None or elicitation.url is None)


def _quoted(name: str) -> str:
    return f"\u201c{neutral(name, _NAME)}\u201d"


def _deed(api: KeyedApi, name: str, shown: dict[str, Any], **arguments: Any) -> Deed:
    return Deed(api.key, name, arguments, shown)


async def _need_write(api: KeyedApi, ivr_id: str) -> None:
    """Raises Refused now, not only in the second step, when the key may not write: whoever may is told that no draft
    has this revision, or that there is none."""
    try:
        await api.send("POST", path_of("ivr", ivr_id, "draft", "publish"), headers=_NO_REVISION)
    except Refused as error:
        if error.code not in ("draft_replaced", "draft_not_found"):
            raise


async def _holder(api: KeyedApi, did: str) -> dict[str, Any] | None:
    """Where a number leads now."""
    found = await api.get("/dids", search=did, limit=50)
    return next((each for each in found["items"] if each["did"] == did), None)


def add_publishing_tools(server: MCPServer[Any]) -> None:
    rows = (
        ("Publish a draft", Effect.DESTROYS, publish_draft),
        ("Assign a number", Effect.DESTROYS, assign_number),
        ("Take a number away", Effect.DESTROYS, unassign_number),
    )
    add_tools(server, rows)
