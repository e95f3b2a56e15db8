"""The proxies of deploy/, as they are there, in front of a server of the tests: only names, ports and files are put in."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import os
import re
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from code_together.http.certificates import Place, certify, now
from tests.process import free_port

DEPLOY = Path(__file__).parent.parent.parent / "deploy"
_PATIENCE = 30.0


@dataclass(frozen=True)
class Front:
    """A proxy that runs."""

    url: str
    plain_url: str
    authority: Path


def program(name: str) -> str:
    """Its path; the test is left out where it is not installed."""
    path = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    if path is None:
        pytest.skip(f"there is no {name} here (deploy/install-proxies installs it, in a container)")
    return path


def _certificate(folder: Path) -> tuple[Path, Path]:
    """The server's certificate with its key in one file, and the authority's."""
    place = Place.of(["localhost"], [ipaddress.ip_address("127.0.0.1")])
    return certify(folder / "tls", place, now()).server, folder / "tls" / "ca.crt"


def nginx_site(folder: Path, port: int, tls_port: int, plain_port: int) -> Path:
    """A configuration with deploy/nginx.conf in it."""
    pem, _ = _certificate(folder)
    site = (DEPLOY / "nginx.conf").read_text()
    for old, new in (
        (r"listen 80;", f"listen 127.0.0.1:{plain_port};"),
        (r"listen 443 ssl http2;", f"listen 127.0.0.1:{tls_port} ssl http2;"),
        (r"listen \[::\].*;", ""),
        (r"server 127\.0\.0\.1:8080;", f"server 127.0.0.1:{port};"),
        (r"/etc/ssl/code-together/(cert|key)\.pem", str(pem)),
    ):
        site, found = re.subn(old, new, site)
        assert found, old
    (folder / "site.conf").write_text(site)
    kept = "\n".join(
        f"{what}_temp_path {folder}/{what};" for what in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root root;" if os.geteuid() == 0 else ""  # the folders of the tests are root's alone
    (folder / "nginx.conf").write_text(
        f"daemon off;\n{user}\npid {folder}/nginx.pid;\nerror_log stderr warn;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{kept}\ninclude {folder}/site.conf;\n}}\n"
    )
    return folder / "nginx.conf"


def caddy_site(folder: Path, port: int, tls_port: int, plain_port: int) -> Path:
    """A configuration with deploy/Caddyfile in it."""
    pem, _ = _certificate(folder)
    site = (DEPLOY / "Caddyfile").read_text()
    assert "code.school {\n" in site
    assert "127.0.0.1:8080" in site
    site = site.replace("code.school {\n", f"https://127.0.0.1:{tls_port} {{\n\ttls {pem} {pem}\n")
    options = f"{{\n\tadmin off\n\thttp_port {plain_port}\n\tauto_https disable_redirects\n}}\n"
    (folder / "Caddyfile").write_text(options + site.replace("127.0.0.1:8080", f"127.0.0.1:{port}"))
    return folder / "Caddyfile"


@asynccontextmanager
async def front(name: str, folder: Path, port: int) -> AsyncIterator[Front]:
    """The proxy `name` in front of the server at `port`."""
    path, tls_port, plain_port = program(name), free_port(), free_port()
    if name == "nginx":
        file = nginx_site(folder, port, tls_port, plain_port)
        words = [path, "-p", str(folder), "-e", "stderr", "-c", str(file)]
    else:
        file = caddy_site(folder, port, tls_port, plain_port)
        words = [path, "run", "--adapter", "caddyfile", "--config", str(file)]
    home = {**os.environ, "HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with (folder / "log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(*words, stdout=log, stderr=log, env=home)
    try:
        async with asyncio.timeout(_PATIENCE):
            while True:
                assert process.returncode is None, (folder / "log").read_text()
                with contextlib.suppress(OSError):
                    _, writer = await asyncio.open_connection("127.0.0.1", tls_port)
                    writer.close()
                    break
                await asyncio.sleep(0.05)
        yield Front(
            f"https://127.0.0.1:{tls_port}", f"http://127.0.0.1:{plain_port}", folder / "tls" / "ca.crt"
        )
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), 10)
        except TimeoutError:
            process.kill()
            await process.wait()


def lint(words: list[str]) -> str:
    """What a program says of a file; it must find it good."""
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr
