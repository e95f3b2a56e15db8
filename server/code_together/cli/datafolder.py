"""`verify`, `backup` and `restore`: the data folder as a whole."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import click

from code_together import config
from code_together.cli.options import data_option, option


@click.command()
@data_option
def verify(data: Path | None) -> None:
    """Check the database, every repository, and that both give the texts; the server must not run.

    One line for each fault. The lists of revisions and comments are made again where they are not what Git has.
    """
    from code_together.rooms.verification import verify

    counts = asyncio.run(verify(config.from_environment(os.environ, data=data), _show, _progress))
    _show(str(counts))
    sys.exit(1 if counts.faults else 0)


_file = click.argument("file", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))


@click.command()
@_file
@data_option
@option(
    "with-secrets",
    is_flag=True,
    help="Take along what lets people in without a password, and the keys of --tls auto.",
)
def backup(file: Path, data: Path | None, with_secrets: bool) -> None:
    """Write everything in the data folder into the new file FILE, also while the server runs.

    It is as at one moment: what was saved before is in it. Logins, access tokens and TLS keys are not, unless asked for.
    """
    from code_together.rooms.backup import back_up

    settings = config.from_environment(os.environ, data=data)
    faults = back_up(settings, file, _show, _progress, secrets=with_secrets)
    sys.exit(1 if faults else 0)


@click.command()
@_file
@data_option
def restore(file: Path, data: Path | None) -> None:
    """Make a data folder of the backup FILE; the folder must be empty or not be there."""
    from code_together.rooms.backup import restore

    restore(config.from_environment(os.environ, data=data), file, _show, _progress)


def _progress(what: str) -> None:
    """One line on a terminal that says what is being done; it is written over."""
    if sys.stderr.isatty():
        click.echo(f"\r\x1b[K{what}", nl=False, err=True)


def _show(line: str) -> None:
    _progress("")
    click.echo(line)
