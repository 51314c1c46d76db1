"""The example configurations of reverse proxies, read by the proxies themselves, and Digitree behind nginx."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.admin.running import RunningAdmin, run_admin
from tests.helpers import wait_until
from tests.ports import free_port

DEPLOY = Path(__file__).parents[2] / "deploy"
NAME = "ivr.example.com"

needs_nginx = pytest.mark.skipif(not shutil.which("nginx"), reason="no nginx on this machine")
needs_caddy = pytest.mark.skipif(not shutil.which("caddy"), reason="no caddy on this machine")


def _nginx_conf(directory: Path, http: int, https: int, upstream: int) -> Path:
    """The example as it is, with ports, paths and a certificate of the test's own."""
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    made += ["-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}"]
    made += ["-keyout", str(directory / "privkey.pem"), "-out", str(directory / "fullchain.pem")]
    subprocess.run(made, check=True, capture_output=True)
    text = (DEPLOY / "nginx.conf").read_text().replace("/etc/ssl/digitree", str(directory))
    text = text.replace("server 127.0.0.1:8080;", f"server 127.0.0.1:{upstream};")
    text = re.sub(r"listen \[::\]:\S+[^;]*;\n", "", text)
    text = text.replace("listen 80;", f"listen 127.0.0.1:{http};")
    text = text.replace("listen 443 ", f"listen 127.0.0.1:{https} ")
    conf = directory / "nginx.conf"
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    paths = "".join(f"{kind}_temp_path {directory}/{kind};" for kind in kinds)
    conf.write_text(
        f"daemon off; pid {directory}/pid; error_log stderr;\nevents {{ worker_connections 512; }}\n"
        f"http {{ access_log off; {paths}\n{text}\n}}\n"
    )
    return conf


@needs_nginx
def test_nginx_takes_the_example(tmp_path: Path) -> None:
    conf = _nginx_conf(tmp_path, 80, 443, 8080)
    words = ["nginx", "-t", "-c", str(conf), "-p", str(tmp_path)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@needs_caddy
def test_caddy_takes_the_example(tmp_path: Path) -> None:
    done = subprocess.run(
        ["caddy", "validate", "--config", str(DEPLOY / "Caddyfile"), "--adapter", "caddyfile"],
        env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.fixture
def admin(migrated_postgres_url: str, redis_url: str, tmp_path: Path) -> Iterator[RunningAdmin]:
    from ivr.storage.postgres.stores import PostgresStores

    stores = PostgresStores(migrated_postgres_url)
    key = stores.keys.create("proxy tests")[1]
    stores.close()
    env = {"DATABASE_URL": migrated_postgres_url, "REDIS_URL": redis_url, "DIGITREE_TTS": "127.0.0.1:1"}
    env |= {"DIGITREE_PROXIES": "127.0.0.1", "DIGITREE_HOSTS": NAME}
    with run_admin(tmp_path, free_port(), key, env) as running:
        yield running


@needs_nginx
def test_behind_nginx_sessions_are_secure_and_addresses_are_the_clients(admin: RunningAdmin, tmp_path: Path) -> None:
    https = free_port()
    conf = _nginx_conf(tmp_path, free_port(), https, admin.port)
    nginx = subprocess.Popen(["nginx", "-c", str(conf), "-p", str(tmp_path)], stderr=subprocess.PIPE)
    with httpx.Client(
        base_url=f"https://127.0.0.1:{https}", headers={"Host": NAME}, timeout=30, trust_env=False,
        verify=False,  # noqa: S501 - its certificate is of the test's own
    ) as client:
        try:
            wait_until(lambda: _answers(client), 30, "nginx answers", poll_s=0.1)
            said = {"Origin": f"https://{NAME}", "X-Forwarded-For": "203.0.113.7"}
            page = client.post("/ui/login", data={"key": admin.key}, headers=said)
            assert page.status_code == 303
            assert "__Host-digitree=" in page.headers["Set-Cookie"]
            assert page.headers["Strict-Transport-Security"].startswith("max-age=")
            assert client.get("/ivr", headers={"Host": "evil.example"}).status_code == 421, "and is not asked"
        finally:
            nginx.terminate()
            nginx.wait(20)
    assert "203.0.113.7" not in admin.log.read_text(), "a client does not choose its address"


def _answers(client: httpx.Client) -> bool:
    try:
        return client.get("/healthz").status_code == 200
    except httpx.TransportError:
        return False
