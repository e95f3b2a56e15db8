"""The command line, the only place that reads the environment and the only one that ends the process.

Exit status: 0 all went well; 1 the server's state is against it (the data folder is in use, the name is
taken); 2 what was given cannot be. Sentences about what went wrong go to standard error.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from code_together import __version__, config
from code_together.config import ENVIRONMENT_PREFIX
from code_together.errors import CodeTogetherError, NotFound, Unprocessable

if TYPE_CHECKING:
    from code_together.storage.accounts import Account, Accounts
    from code_together.storage.audit import Audit
    from code_together.storage.logins import Logins

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")


def _option(name: str, **attributes: Any) -> Callable[[F], F]:
    """An option that is also read from the environment, as every option of this program is."""
    variable = ENVIRONMENT_PREFIX + name.replace("-", "_").upper()
    return click.option(f"--{name}", envvar=variable, show_envvar=True, **attributes)


def _setting(name: str, metavar: str, type: click.ParamType[Any] | None = None) -> Callable[[F], F]:
    """The option for a setting, with its help and default from the table of settings."""
    default, help = next((default, help) for row, _, default, help in config.describe() if row == name)
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
@_option("lan", is_flag=True, hidden=True)
@_setting("tls", "off|CERT,KEY")
@_setting("registration", "open|invite|closed", click.Choice(["open", "invite", "closed"]))
def serve(
    data: Path | None,
    host: str | None,
    port: int | None,
    lan: bool,
    tls: str | None,
    registration: str | None,
) -> None:
    """Run the server until Ctrl-C or SIGTERM."""
    if lan:
        _refuse("--lan is not built yet. Use --host 0.0.0.0, and --tls CERT,KEY for an encrypted connection.")
    _check_tls(tls)
    settings = config.from_environment(
        os.environ, data=data, host=host, port=port, tls=tls, registration=registration
    )
    from code_together.http.app import run  # the whole server: other commands do without

    sys.exit(run(settings))


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

    async def work(accounts: Accounts, logins: Logins, audit: Audit) -> Account:
        account = await accounts.create(name, password, admin=admin or None)
        await audit.add("account_made", None, target=name)
        return account

    account = _run(data, work)
    click.echo(f"{account.name} can log in now{', and is an administrator' if account.admin else ''}.")


@user.command()
@click.argument("name")
@_password_stdin
@_data
def passwd(name: str, password_stdin: bool, data: Path | None) -> None:
    """Give the account NAME another password, and end its logins."""
    password = _password(password_stdin)

    async def work(accounts: Accounts, logins: Logins, audit: Audit) -> None:
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

    async def work(accounts: Accounts, logins: Logins, audit: Audit) -> None:
        await accounts.disable((await _named(accounts, name)).id)
        await audit.add("account_disabled", None, target=name)

    _run(data, work)
    click.echo(f"{name} cannot log in any more.")


@user.command()
@click.argument("name")
@_data
def enable(name: str, data: Path | None) -> None:
    """Let the account NAME log in again."""

    async def work(accounts: Accounts, logins: Logins, audit: Audit) -> None:
        await accounts.disable((await _named(accounts, name)).id, False)
        await audit.add("account_enabled", None, target=name)

    _run(data, work)
    click.echo(f"{name} can log in again.")


def _run(data: Path | None, work: Callable[[Accounts, Logins, Audit], Awaitable[T]]) -> T:
    """Do something with the accounts of the data folder, beside its server if there is one."""
    from code_together.storage.accounts import Accounts
    from code_together.storage.audit import Audit
    from code_together.storage.database import Database
    from code_together.storage.logins import Logins

    settings = config.from_environment(os.environ, data=data)
    database = Database.open_beside(settings.data)

    async def run() -> T:
        return await work(Accounts(database, settings), Logins(database, settings), Audit(database, settings))

    try:
        return asyncio.run(run())
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


def _check_tls(tls: str | None) -> None:
    if tls is None or tls == "off":
        return
    if tls == "auto":
        _refuse("--tls auto is not built yet. Use --tls CERT,KEY with two PEM files, or off.")
    files = [Path(file) for file in tls.split(",")]
    if len(files) != 2:
        _refuse(f"--tls is {tls!r}; it takes off, or CERT,KEY: two PEM files with a comma between them.")
    for file in files:
        if not file.is_file():
            _refuse(f"--tls names {file}, and there is no such file.")


def _refuse(sentence: str) -> NoReturn:
    raise click.UsageError(sentence)
