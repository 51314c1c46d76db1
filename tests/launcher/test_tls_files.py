"""The files that FreeSWITCH's TLS reads."""

from __future__ import annotations

import ssl
import time
from pathlib import Path

import pytest
from cryptography import x509

from ivr.clients.tls_peers import trusted_authorities
from ivr.settings import Settings, SetupError
from ivr.storage.disk.switch_certificate import find_certificate_end
from launcher.tls_files import write_tls_files
from tests.certificates import Authority


@pytest.fixture
def settings(home: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("DIGITREE_HOME", str(home))
    monkeypatch.setenv("DIGITREE_SIP", "127.0.0.7:5099")
    return Settings()


def given(settings: Settings, **paths: Path) -> Settings:
    return settings.model_copy(update={name: str(path) for name, path in paths.items()})


def test_a_certificate_made_for_trying_is_kept_and_nobody_else_can_read_it(settings: Settings) -> None:
    directory = write_tls_files(settings)
    made = (directory / "agent.pem").read_bytes()
    assert x509.load_pem_x509_certificate(made).subject.rfc4514_string() == "CN=127.0.0.7"
    assert directory.stat().st_mode & 0o777 == 0o700
    assert {path.name: path.stat().st_mode & 0o777 for path in directory.iterdir()} == {
        "agent.pem": 0o600, "cafile.pem": 0o600,
    }  # fmt: skip
    assert write_tls_files(settings) == directory
    assert (directory / "agent.pem").read_bytes() == made
    ssl.create_default_context(cafile=str(directory / "cafile.pem"))


def test_ones_own_certificate_goes_first_and_its_authorities_to_those_that_are_trusted(
    settings: Settings, tmp_path: Path
) -> None:
    root = Authority("root")
    between = root.authority("between")
    paths = between.write(tmp_path, "ivr.example")
    chain = tmp_path / "chain.pem"
    chain.write_text(paths.certificate.read_text() + between.pem)
    (tmp_path / "roots.pem").write_text(root.pem)
    directory = write_tls_files(
        given(settings, tls_cert=chain, tls_key=paths.key, tls_ca=tmp_path / "roots.pem")
    )
    assert (directory / "agent.pem").read_text() == paths.certificate.read_text() + paths.key.read_text()
    assert (directory / "cafile.pem").read_text() == between.pem + root.pem


def test_what_cannot_be_used_is_said_before_the_switch_starts(settings: Settings, tmp_path: Path) -> None:
    root = Authority("root")
    mine, other = root.write(tmp_path, "mine.example"), root.write(tmp_path, "other.example")
    ended = root.write(tmp_path, "ended.example", days=-1)
    nothing = tmp_path / "nothing.pem"
    nothing.write_text("nothing")
    for paths, said in (
        ({"tls_cert": mine.certificate, "tls_key": other.key}, "the key does not belong to the first certificate"),
        ({"tls_cert": ended.certificate, "tls_key": ended.key}, "the certificate ended on"),
        ({"tls_cert": mine.certificate}, "it is no certificate or key"),
        ({"tls_cert": tmp_path / "absent"}, "No such file"),
        ({"tls_ca": nothing}, "DIGITREE_TLS_CA"),
    ):
        with pytest.raises(SetupError, match=said):
            write_tls_files(given(settings, **paths))


def test_a_certificate_that_ends_soon_is_in_the_log_and_its_end_in_the_metrics(
    settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    root = Authority("root")
    assert find_certificate_end(settings.home) is None
    for days, lines in ((90, 0), (5, 1)):
        files = root.write(tmp_path, f"in-{days}.example", days)
        write_tls_files(given(settings, tls_cert=files.certificate, tls_key=files.key))
        assert len(caplog.records) == lines
        end = find_certificate_end(settings.home)
        assert end is not None
        assert days - 1 < (end - time.time()) / 86400 <= days
    assert "ends in 4 days" in caplog.text


def test_the_machines_own_authorities_are_trusted_where_none_are_named(settings: Settings) -> None:
    assert trusted_authorities(settings).count("BEGIN CERTIFICATE") > 50
