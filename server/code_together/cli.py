"""The command line, the only place that reads the environment and the only one that ends the process.

Exit status: 0 all went well; 1 the server's state is against it (the data folder is in use, the name is
taken); 2 what was given cannot be; 3 of `sync`, whose sides are not in step. Sentences about what went wrong go to standard error.
"""

from __future__ import annotations

import asyncio
import difflib
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from code_together import __version__, config
from code_together.config import ENVIRONMENT_PREFIX
from code_together.errors import CodeTogetherError, Conflict, NotFound, Unprocessable

if TYPE_CHECKING:
    from code_together.storage.accounts import Account, Accounts
    from code_together.storage.audit import Audit
    from code_together.storage.logins import Logins
    from code_together.storage.resets import Resets

_TOKEN = f"{ENVIRONMENT_PREFIX}TOKEN"
_APART = 3

_variables = {_TOKEN, *(ENVIRONMENT_PREFIX + name.upper() for name, *_ in config.describe())}
"""All that this program reads from the environment under its prefix."""

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")


def _option(name: str, **attributes: Any) -> Callable[[F], F]:
    """An option that is also read from the environment, as every option of this program is."""
    variable = ENVIRONMENT_PREFIX + name.replace("-", "_").upper()
    _variables.add(variable)
    return click.option(f"--{name}", envvar=variable, show_envvar=True, **attributes)


def _setting(name: str, metavar: str, type: click.ParamType[Any] | None = None) -> Callable[[F], F]:
    """The option for a setting, with its help and default from the table of settings."""
    default, help = next(
        (default, help) for row, _, default, help in config.describe() if row == name.replace("-", "_")
    )
    return _option(name, metavar=metavar, type=type, help=f"{help} Default: {default}.")


_data = _setting("data", "DIR", click.Path(file_okay=False, path_type=Path))
_password_stdin = _option(
    "password-stdin", is_flag=True, help="Read the password from the first line of standard input."
)


class _Program(click.Group):
    """Turns what this program raises into a sentence and an exit status."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except CodeTogetherError as error:
            click.echo(f"Error: {error.message}", err=True)
            ctx.exit(2 if isinstance(error, Unprocessable) else 1)


@click.group(
    cls=_Program,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=f"Every option and every limit can also be given in the environment, as {ENVIRONMENT_PREFIX}<NAME>.",
)
@click.version_option(__version__, message="%(prog)s %(version)s")
def main() -> None:
    """Write code together on your own network; every revision is a real Git commit."""


@main.command()
@_data
@_setting("host", "H")
@_setting("port", "N", click.IntRange(0, 65_535))
@_option(
    "lan",
    is_flag=True,
    help="Listen on every address, encrypt (--tls auto), announce the server on the network, and print its addresses with a QR code.",
)
@_setting("tls", "auto|off|CERT,KEY")
@_setting("trusted-proxy", "ADDRESSES")
@_setting("registration", "open|invite|closed", click.Choice(["open", "invite", "closed"]))
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
    _check_environment()
    if lan and host is not None and config.is_loopback(host):
        _refuse(f"--lan is for the whole network, and --host {host} for this machine alone. Leave one out.")
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


@main.command()
@click.argument("url")
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@_option(
    "token-file",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help=f"A file that only you can read, with an access token. Without it the token comes from {_TOKEN}.",
)
@_option(
    "ca",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The certificate (PEM) that signed the server's, when the system does not know it.",
)
@_option(
    "merge", is_flag=True, help="Begin although both sides have files: of what differs, yours is kept beside."
)
@_option(
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
        _refuse(f"{folder} cannot be made: {error.strerror}.")

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
    token = os.environ.get(_TOKEN, "")
    if file is not None:
        try:
            if file.stat().st_mode & 0o077:
                _refuse(f"Others can read {file}. Run: chmod 600 {file}")
            token = file.read_text("utf-8", "replace")
        except OSError as error:
            _refuse(f"The token cannot be read from {file}: {error}.")
    token = token.strip()
    if not token:
        _refuse(
            f"There is no access token. Make one under Account, and put it into {_TOKEN} or --token-file."
        )
    if not token.isascii() or not token.isprintable():
        _refuse(
            f"What {file or _TOKEN} holds is no access token: there is a line break in it, or a character that no token has. Copy it again, it alone."
        )
    return token


@main.command()
@_data
def verify(data: Path | None) -> None:
    """Check the database, every repository, and that both give the texts; the server must not run.

    One line for each fault. The lists of revisions and comments are made again where they are not what Git has.
    """
    from code_together.rooms.verification import verify

    counts = asyncio.run(verify(config.from_environment(os.environ, data=data), _show, _progress))
    _show(str(counts))
    sys.exit(1 if counts.faults else 0)


_file = click.argument("file", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))


@main.command()
@_file
@_data
@_option(
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


@main.command()
@_file
@_data
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


@main.group()
def user() -> None:
    """Accounts from the shell, also while the server runs."""


@user.command()
@click.argument("name")
@_option("admin", is_flag=True, help="Make it an administrator; the first account is one anyway.")
@_password_stdin
@_data
def add(name: str, admin: bool, password_stdin: bool, data: Path | None) -> None:
    """Make the account NAME."""
    password = _password(password_stdin)

    async def work(accounts: Accounts, logins: Logins, audit: Audit, resets: Resets) -> Account:
        account = await accounts.create(name, password, admin=admin or None)
        await audit.add("account_made", None, target=name)
        return account

    account = _run(data, work, make=True)
    click.echo(f"{account.name} can log in now{', and is an administrator' if account.admin else ''}.")


@user.command()
@click.argument("name")
@_password_stdin
@_data
def passwd(name: str, password_stdin: bool, data: Path | None) -> None:
    """Give the account NAME another password, and end its logins."""
    password = _password(password_stdin)

    async def work(accounts: Accounts, logins: Logins, audit: Audit, resets: Resets) -> None:
        account = await _named(accounts, name)
        await accounts.set_password(account.id, password)
        await logins.end_all(account.id)
        await audit.add("password_changed", None, target=name)

    _run(data, work)
    click.echo(f"{name} has a new password; every browser must log in again.")


@user.command("list")
@_data
def list_accounts(data: Path | None) -> None:
    """List the accounts: name, display name, and what is special about them, with tabs between."""
    for account in _run(data, lambda accounts, *_: accounts.all()):
        marks = [mark for mark, holds in (("admin", account.admin), ("disabled", account.disabled)) if holds]
        click.echo("\t".join([account.name, account.display_name, ",".join(marks)]).rstrip("\t"))


@user.command()
@click.argument("name")
@_data
def disable(name: str, data: Path | None) -> None:
    """Keep the account NAME from logging in. What it wrote stays."""

    async def work(accounts: Accounts, logins: Logins, audit: Audit, resets: Resets) -> None:
        await accounts.disable((await _named(accounts, name)).id)
        await audit.add("account_disabled", None, target=name)

    _run(data, work)
    click.echo(f"{name} cannot log in any more.")


@user.command()
@click.argument("name")
@_data
def enable(name: str, data: Path | None) -> None:
    """Let the account NAME log in again."""

    async def work(accounts: Accounts, logins: Logins, audit: Audit, resets: Resets) -> None:
        await accounts.disable((await _named(accounts, name)).id, False)
        await audit.add("account_enabled", None, target=name)

    _run(data, work)
    click.echo(f"{name} can log in again.")


@user.command()
@click.argument("name")
@_option("off", is_flag=True, help="Make it an administrator no longer.")
@_data
def admin(name: str, off: bool, data: Path | None) -> None:
    """Make the account NAME an administrator."""

    async def work(accounts: Accounts, logins: Logins, audit: Audit, resets: Resets) -> bool:
        account = await _named(accounts, name)
        if account.admin != off:
            return False
        await accounts.appoint(account.id, not off)
        await audit.add("admin_taken" if off else "admin_given", None, target=name)
        return True

    if _run(data, work):
        click.echo(f"{name} is {'no administrator any more' if off else 'an administrator now'}.")
    else:
        click.echo(
            f"{name} is {'no administrator' if off else 'an administrator already'}; nothing was changed."
        )


@user.command()
@click.argument("name")
@_data
def reset(name: str, data: Path | None) -> None:
    """Make a one-time link by which the account NAME sets a new password."""

    async def work(accounts: Accounts, logins: Logins, audit: Audit, resets: Resets) -> tuple[str, float]:
        account = await _named(accounts, name)
        if account.disabled:
            raise Conflict(f"{name} is disabled; enable the account first.", code="disabled")
        made = await resets.create(account.id)
        await audit.add("reset_link_made", None, target=name)
        return made

    secret, expires_at = _run(data, work)
    until = datetime.fromtimestamp(expires_at).astimezone().isoformat(" ", "minutes")
    click.echo(
        f"{name} sets a new password at the server's address with this behind it, once, until {until}:"
    )
    click.echo(f"/reset#{secret}")


def _run(
    data: Path | None,
    work: Callable[[Accounts, Logins, Audit, Resets], Awaitable[T]],
    *,
    make: bool = False,
) -> T:
    """Do something with the accounts of the data folder, which may be made first, beside its server if there is one."""
    import sqlite3

    from code_together.storage.accounts import Accounts
    from code_together.storage.audit import Audit
    from code_together.storage.database import Database
    from code_together.storage.datafolder import cannot_be_opened
    from code_together.storage.logins import Logins
    from code_together.storage.resets import Resets

    settings = config.from_environment(os.environ, data=data)
    database = Database.open_beside(settings.data, make=make)

    async def run() -> T:
        accounts = Accounts(database, settings)
        resets = Resets(database, settings, accounts)
        return await work(accounts, Logins(database, settings), Audit(database, settings), resets)

    try:
        return asyncio.run(run())
    except sqlite3.Error as error:
        raise cannot_be_opened(settings.data.absolute(), error) from error
    finally:
        database.close()


async def _named(accounts: Accounts, name: str) -> Account:
    account = await accounts.by_name(name)
    if account is None:
        raise NotFound(f"There is no account {name}.")
    return account


def _password(from_stdin: bool) -> str:
    if from_stdin:
        try:
            return sys.stdin.buffer.readline().decode("utf-8").removesuffix("\n").removesuffix("\r")
        except UnicodeDecodeError:
            _refuse("The password on standard input is not UTF-8.")
    if not sys.stdin.isatty():
        _refuse("There is no terminal to ask for the password on; give it with --password-stdin.")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt="Once more"))


def _check_environment() -> None:
    """What a mistyped variable was to forbid would be allowed, in silence."""
    for variable in sorted(os.environ):
        if variable.startswith(ENVIRONMENT_PREFIX) and variable not in _variables:
            names = sorted(known.removeprefix(ENVIRONMENT_PREFIX) for known in _variables)
            near = difflib.get_close_matches(variable.removeprefix(ENVIRONMENT_PREFIX), names, 1)
            meant = f"Is {ENVIRONMENT_PREFIX}{near[0]} meant? " if near else ""
            _refuse(f"{variable} is in the environment, and is no setting. {meant}Else take it out.")


def _check_tls(tls: str | None) -> None:
    if tls is None or tls in ("auto", "off"):
        return
    files = [Path(file) for file in tls.split(",")]
    if len(files) != 2:
        _refuse(
            f"--tls is {tls!r}; it takes auto, off, or CERT,KEY: two PEM files with a comma between them."
        )
    for file in files:
        if not file.is_file():
            _refuse(f"--tls names {file}, and there is no such file.")


def _refuse(sentence: str) -> NoReturn:
    raise click.UsageError(sentence)
