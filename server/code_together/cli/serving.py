"""`serve`: the server, until it is told to end."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from code_together import config
from code_together.cli.options import check_environment, data_option, option, refuse, setting


@click.command()
@data_option
@setting("host", "H")
@setting("port", "N", click.IntRange(0, 65_535))
@option(
    "lan",
    is_flag=True,
    help="Listen on every address, encrypt (--tls auto), announce the server on the network, and print its addresses with a QR code.",
)
@setting("tls", "auto|off|CERT,KEY")
@setting("trusted-proxy", "ADDRESSES")
@setting("registration", "open|invite|closed", click.Choice(["open", "invite", "closed"]))
def serve(
    data: Path | None,
    host: str | None,
    port: int | None,
    lan: bool,
    tls: str | None,
    trusted_proxy: str | None,
    registration: str | None,
) -> None:
    """Run the server until Ctrl-C or SIGTERM."""
    check_environment()
    if lan and host is not None and config.is_loopback(host):
        refuse(f"--lan is for the whole network, and --host {host} for this machine alone. Leave one out.")
    if lan and host is None:
        host = "0.0.0.0"  # noqa: S104
    if tls is None and host is not None and not config.is_loopback(host):
        tls = "auto"  # nothing goes over a network in the clear unless somebody says so
    _check_tls(tls)
    settings = config.from_environment(
        os.environ,
        data=data,
        host=host,
        port=port,
        lan=lan,
        tls=tls,
        trusted_proxy=trusted_proxy,
        registration=registration,
    )
    from code_together.http.app import run  # the whole server: other commands do without

    sys.exit(run(settings, os.environ.get("NOTIFY_SOCKET", "")))


def _check_tls(tls: str | None) -> None:
    if tls is None or tls in ("auto", "off"):
        return
    files = [Path(file) for file in tls.split(",")]
    if len(files) != 2:
        refuse(f"--tls is {tls!r}; it takes auto, off, or CERT,KEY: two PEM files with a comma between them.")
    for file in files:
        if not file.is_file():
            refuse(f"--tls names {file}, and there is no such file.")
