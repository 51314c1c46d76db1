"""`digitree privacy`: what is kept about a caller, and its erasure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from launcher.commands.common import database_url, fail, open_stores, read_settings

if TYPE_CHECKING:
    from ivr.domain.numbers import E164
    from ivr.settings import Settings
    from ivr.storage.postgres.privacy import PostgresPrivacy
    from ivr.storage.postgres.stores import PostgresStores

app = typer.Typer(help="What is kept about a caller: export, erase.", no_args_is_help=True)
ACTOR = "command line"
Number = Annotated[str, typer.Argument(help="The number, as +14155550123 or as in your region.")]


@app.command()
def export(number: Number) -> None:
    """Print all that is kept about a caller, as JSON."""
    import json

    settings = read_settings()
    wanted = _number(number, settings)
    with open_stores(settings) as stores:
        about = _privacy(settings, stores).export(wanted)
    document = {
        "number": about.number,
        "calls": [record.to_json() for record in about.calls],
        "opt_outs": about.opt_outs,
        "audit": about.audit,
        "messages": about.messages,
        "answers": about.answers,
        "lists": about.lists,
        "sounds": about.sounds,
        "outgoing": about.outgoing,
        "language": about.language,
    }
    typer.echo(json.dumps(document, indent=2, ensure_ascii=False, default=str))


@app.command()
def erase(number: Number) -> None:
    """Erase a caller's number from what need not keep it, this machine's journal and the live view included."""
    from ivr.domain.errors import StorageUnavailable
    from ivr.storage.disk.set_aside import erase_set_aside, records_about
    from ivr.storage.redis.live_calls import LiveReader
    from keeper.journal_tools import replay

    settings = read_settings()
    wanted = _number(number, settings)
    with open_stores(settings) as stores:
        # What waits in the journal would bring the number back.
        replay(settings.journal, database_url(settings), rates=settings.rates)
        privacy = _privacy(settings, stores)
        forms = [wanted, *{record.ani_raw for record in privacy.export(wanted).calls if len(record.ani_raw) > 6}]
        done = privacy.erase(wanted, actor=ACTOR)
    gone, aside = erase_set_aside(settings.journal, forms)
    open_records = records_about(settings.journal, forms)
    live = LiveReader(_redis_url(settings))
    try:
        now_live = live.forget_caller(wanted)
    except StorageUnavailable as error:
        fail(f"{error}: the live view may still have the number; do it again")
    finally:
        live.close()
    for count, what in (
        (done.calls, "call records are without the number"),
        (done.messages, "webhook messages are without it"),
        (done.answers, "answers to repeated requests were dropped"),
        (done.lists, "entries of lists were removed"),
        (done.sounds, "sounds were deleted; what they hold goes within ten minutes"),
        (done.outgoing, "calls that were ordered no longer have the number"),
        (done.languages, "language that was kept for the next call was removed"),
        (gone, "files of records that Postgres had refused were removed"),
    ):
        typer.echo(f"erased: {count} {what}")
    for count, what in (
        (done.opt_outs_kept, "opt-outs and releases: the law wants them kept, and the number must not be called"),
        (done.audit_kept, "entries of the audit log: what somebody did with the number"),
        (done.messages_kept, "webhook messages about do-not-call lists, until they are delivered: then erase again"),
        (aside, "opt-outs that Postgres had refused (`digitree journal`)"),
        (open_records, "records in open files of the journal; the files go within a minute of the next calls"),
        (now_live, "calls under way: erase again when they have ended"),
    ):
        if count:
            typer.echo(f"kept: {count} {what}")


def _privacy(settings: Settings, stores: PostgresStores) -> PostgresPrivacy:
    from ivr.secrets import Sealer, read_or_make_secret, signed_values
    from ivr.storage.postgres.privacy import PostgresPrivacy
    from ivr.storage.redis.kept_languages import LanguageEraser

    languages = LanguageEraser(_redis_url(settings), signed_values(settings))
    return PostgresPrivacy(stores.database, Sealer(lambda: read_or_make_secret(settings).encode()).find, languages)


def _redis_url(settings: Settings) -> str:
    from launcher.embedded.redis import redis_url

    return settings.redis_url or redis_url(settings.home / "redis")


def _number(text: str, settings: Settings) -> E164:
    from ivr.domain.errors import InvalidNumber
    from ivr.domain.numbers import read_number

    try:
        return read_number(text, settings.region)
    except InvalidNumber as error:
        fail(str(error), 2)
