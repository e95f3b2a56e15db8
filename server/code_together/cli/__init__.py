"""The command line, the only place that reads the environment and the only one that ends the process.

Exit status: 0 all went well; 1 the server's state is against it (the data folder is in use, the name is
taken); 2 what was given cannot be; 3 of `sync`, whose sides are not in step. Sentences about what went wrong go to standard error.
"""

from __future__ import annotations

from typing import Any

import click

from code_together import __version__
from code_together.cli.accounts import user
from code_together.cli.datafolder import backup, restore, verify
from code_together.cli.serving import serve
from code_together.cli.syncing import sync
from code_together.config import ENVIRONMENT_PREFIX
from code_together.errors import CodeTogetherError, Unprocessable


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


for command in (serve, sync, verify, backup, restore, user):
    main.add_command(command)
