"""Renewed files of SIP over TLS: when they are noticed, and what is done about them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ivr.settings import Settings, SetupError
from launcher.tls_files import find_renewed, has_own_files, write_tls_files
from launcher.tls_renewal import Step, next_step
from tests.certificates import Authority, CertificateFiles

HOUR_S = 3600.0


@pytest.mark.parametrize(
    ("found", "before", "channels", "left_s", "step"),
    [
        (None, None, 0, HOUR_S, "nothing"),
        (None, "new", 0, HOUR_S, "nothing"),
        ("new", None, 0, HOUR_S, "wait"),
        ("new", "half", 0, HOUR_S, "wait"),
        ("new", "new", None, HOUR_S, "wait"),
        ("new", "new", 0, HOUR_S, "restart"),
        ("new", "new", 0, None, "restart"),
        ("new", "new", 1, 25 * HOUR_S, "wait"),
        ("new", "new", 1, None, "wait"),
        ("new", "new", 1, 23 * HOUR_S, "warn"),
        ("new", "new", 1, -HOUR_S, "warn"),
    ],
)
def test_freeswitch_is_restarted_with_whole_files_at_a_moment_without_calls(
    found: str | None, before: str | None, channels: int | None, left_s: float | None, step: Step
) -> None:
    assert next_step(found, before, channels, left_s) == step


@pytest.fixture
def root() -> Authority:
    return Authority("root")


@pytest.fixture
def files(root: Authority, tmp_path: Path) -> CertificateFiles:
    return root.write(tmp_path, "ivr.example")


@pytest.fixture
def settings(home: Path, files: CertificateFiles, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("DIGITREE_HOME", str(home))
    monkeypatch.setenv("DIGITREE_TLS_CERT", str(files.certificate))
    monkeypatch.setenv("DIGITREE_TLS_KEY", str(files.key))
    return Settings()


def test_files_are_renewed_until_freeswitch_has_started_with_them(
    settings: Settings, root: Authority, tmp_path: Path
) -> None:
    assert find_renewed(settings) is None
    write_tls_files(settings)
    assert find_renewed(settings) is None
    root.write(tmp_path, "ivr.example")
    first = find_renewed(settings)
    assert first is not None
    assert find_renewed(settings) == first
    root.write(tmp_path, "ivr.example")
    assert find_renewed(settings) not in (None, first)
    write_tls_files(settings)
    assert find_renewed(settings) is None


def test_links_are_followed_as_certbot_sets_them(
    settings: Settings, files: CertificateFiles, root: Authority
) -> None:
    write_tls_files(settings)
    archive = files.certificate.parent / "archive"
    archive.mkdir()
    for old, new in zip(files, root.write(archive, "ivr.example"), strict=True):
        old.unlink()
        old.symlink_to(new)
    assert find_renewed(settings) is not None


def test_another_chain_or_other_authorities_are_renewed_files_too(
    settings: Settings, files: CertificateFiles, root: Authority, tmp_path: Path
) -> None:
    authorities = tmp_path / "authorities.pem"
    authorities.write_text(root.pem)
    settings = settings.model_copy(update={"tls_ca": str(authorities)})
    write_tls_files(settings)
    authorities.write_text(root.pem + Authority("second").pem)
    assert find_renewed(settings) is not None
    write_tls_files(settings)
    assert find_renewed(settings) is None
    files.certificate.write_text(files.certificate.read_text() + root.authority("between").pem)
    assert find_renewed(settings) is not None
    without_authorities = settings.model_copy(update={"tls_ca": ""})
    write_tls_files(without_authorities)
    assert find_renewed(without_authorities) is None
    files.certificate.write_text(files.certificate.read_text() + Authority("further").pem)
    assert find_renewed(without_authorities) is not None


def test_a_pair_that_does_not_fit_together_is_refused(
    settings: Settings, files: CertificateFiles, root: Authority, tmp_path: Path
) -> None:
    write_tls_files(settings)
    other = root.write(tmp_path, "other.example")
    shutil.copy(other.certificate, files.certificate)
    with pytest.raises(SetupError, match="the key does not belong"):
        find_renewed(settings)
    shutil.copy(other.key, files.key)
    assert find_renewed(settings) is not None


def test_a_certificate_made_for_trying_is_not_watched(settings: Settings) -> None:
    assert has_own_files(settings)
    assert has_own_files(settings.model_copy(update={"tls_cert": "", "tls_ca": "authorities.pem"}))
    assert not has_own_files(settings.model_copy(update={"tls_cert": ""}))
