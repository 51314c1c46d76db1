"""Which tests belong together: what needs no server, what must be punctual, what is heavy. Paths are below tests/."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

HERE = Path(__file__).parent
# `--no-servers` leaves out those of their tests that start one. Uploads are not among them: each of their hundred
# examples starts a decoder, which together cost as much as all the others.
NO_SERVER = (
    "assistants", "calls", "devswitch", "domain", "esl", "menus", "compose/test_closed_containers.py",
    "deploy/test_units.py", "faults/test_report.py",
    "phone/test_calls.py", "test_runner.py",
    "devswitch_sip/test_pure.py", "devswitch_sip/test_srtp.py", "admin/test_believed_keys.py", "admin/test_limits.py",
    "admin/test_session_cookies.py", "launcher/test_log_lines.py",
    "launcher/test_secret_files.py", "package/test_packages.py", "package/test_translations.py",
    "sip/test_freeswitch_command.py", "sip/test_load.py", "storage/test_journal.py", "storage/test_known_dids.py",
    "storage/test_lookups.py", "storage/test_prompt_files.py", "tts/test_audio.py", "tts/test_naming.py",
    "tts/test_texts.py", "tts/test_turns.py", "tts/test_wav_files.py", "web/test_editor_model.py",
)  # fmt: skip
SERVER_FIXTURES = frozenset({"migrated_postgres_url", "redis_url", "own_postgres", "own_redis", "speech", "switch"})
# Calls in real time, which wait most of the time. What takes longest comes first.
PUNCTUAL = ("sip", "carriers", "devswitch_sip", "calls", "phone", "devswitch", "esl")
# Minutes each, or a whole machine.
HEAVY = (
    "faults/test_short_form.py", "conform", "devswitch_sip/test_load.py", "devswitch_sip/test_recorded_call.py",
    "compose/test_services_by_hand.py", "deploy/test_units_run.py", "clients", "launcher/test_two_releases.py",
    "package/test_bare_install.py",
    "docs/test_every_command_runs.py",
    "sip/test_menus_over_sip.py", "sip/test_calls_out.py", "sip/test_people_of_the_product.py",
    "sip/test_assistants.py",
    "sip/test_recordings.py", "sip/test_waiting_of_the_product.py", "sip/test_talks_of_all.py",
    "sip/test_encrypted_trunks.py", "sip/test_languages.py", "sip/test_call_backs.py",
    "web/test_every_page_in_spanish.py", "web/test_owner_words.py", "web/test_printed_pages.py",
    "web/test_cut_buttons_of_every_page.py", "web/test_cut_buttons.py", "web/test_sorted_lists.py",
    "web/test_layout_shift.py", "web/test_voices.py", "web/test_help_site.py", "tts/test_kokoro_voices.py",
    "web/test_printed.py", "web/test_accounts.py", "web/test_audio.py", "launcher/test_restored.py",
    "storage/test_webhook_mirror.py", "admin/test_floods.py", "launcher/test_newer_schema.py",
    "web/test_every_page_stays.py",
    "sip/test_agent_rings.py", "admin/test_schemathesis_known.py",
    "carriers/test_registered.py", "carriers/test_encrypted.py", "carriers/test_at_length.py",
)  # fmt: skip
_LONG = ("launcher", "admin", "web")


def everything() -> list[str]:
    """Folders with tests, and files of tests beside them."""
    return sorted(
        each.name for each in HERE.iterdir() if each.name.startswith("test_") or next(each.glob("test_*.py"), None)
    )


def others() -> list[str]:
    """What is neither punctual nor heavy. What takes longest comes first."""
    left = [name for name in everything() if name not in (*PUNCTUAL, *HEAVY, *_LONG)]
    return [*_LONG, *left]


def paths(names: Iterable[str]) -> list[str]:
    """As pytest takes them."""
    return [f"tests/{name}" for name in names]
