"""`sync`: a folder of this machine and a session of a server in step, for as long as it runs."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

import click

from code_together.cli.options import TOKEN, option, refuse

_APART = 3


@click.command()
@click.argument("url")
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@option(
    "token-file",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help=f"A file that only you can read, with an access token. Without it the token comes from {TOKEN}.",
)
@option(
    "ca",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The certificate (PEM) that signed the server's, when the system does not know it.",
)
@option(
    "merge", is_flag=True, help="Begin although both sides have files: of what differs, yours is kept beside."
)
@option(
    "once",
    is_flag=True,
    help="End when both sides are in step, or when nothing but what is said keeps them from it.",
)
def sync(url: str, folder: Path, token_file: Path | None, ca: Path | None, merge: bool, once: bool) -> None:
    """Keep the folder DIR and the session at URL in step both ways, until Ctrl-C.

    URL is the address of the session's page, or of its clone.

    Exit status: 0 both sides are in step; 1 it could not go on, or ended before they were; 2 what was given cannot be; 3 all is done that can
    be, and the files that are named are not the same on both sides.
    """
    from code_together.sync.line import address
    from code_together.sync.run import keep_in_step
    from code_together.sync.standing import Outcome

    address(url)
    token = _token(token_file)
    made = [one for one in (folder, *folder.parents) if not one.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        refuse(f"{folder} cannot be made: {error.strerror}.")

    async def run() -> Outcome:
        stop = asyncio.Event()
        for name in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(name, stop.set)
        return await keep_in_step(
            url, folder, token, stop=stop, say=click.echo, ca=ca, merge=merge, once=once
        )

    try:
        outcome = asyncio.run(run())
    except OSError as error:
        click.echo(f"Error: {error.filename or folder}: {error.strerror}.", err=True)
        sys.exit(1)
    finally:
        for one in made:
            with suppress(OSError):  # it is not empty: something came of it
                one.rmdir()
    if outcome.apart and outcome.done:
        click.echo(f"Not in step: {outcome}.", err=True)
        sys.exit(_APART)
    if outcome.apart:
        click.echo(f"Ended before both sides were in step: {outcome}. What is unsent is kept.", err=True)
        sys.exit(1)


def _token(file: Path | None) -> str:
    """The access token: never an argument, which every process of the machine can see."""
    token = os.environ.get(TOKEN, "")
    if file is not None:
        try:
            if file.stat().st_mode & 0o077:
                refuse(f"Others can read {file}. Run: chmod 600 {file}")
            token = file.read_text("utf-8", "replace")
        except OSError as error:
            refuse(f"The token cannot be read from {file}: {error}.")
    token = token.strip()
    if not token:
        refuse(f"There is no access token. Make one under Account, and put it into {TOKEN} or --token-file.")
    if not token.isascii() or not token.isprintable():
        refuse(
            f"What {file or TOKEN} holds is no access token: there is a line break in it, or a character that no token has. Copy it again, it alone."
        )
    return token
