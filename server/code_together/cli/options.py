"""The options of the commands. Each is read from the environment too, where only what is one of them may be."""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click

from code_together import config
from code_together.config import ENVIRONMENT_PREFIX

TOKEN = f"{ENVIRONMENT_PREFIX}TOKEN"

_variables = {TOKEN, *(ENVIRONMENT_PREFIX + name.upper() for name, *_ in config.describe())}
"""All that this program reads from the environment under its prefix."""

F = TypeVar("F", bound=Callable[..., Any])


def option(name: str, **attributes: Any) -> Callable[[F], F]:
    """An option that is also read from the environment, as every option of this program is."""
    variable = ENVIRONMENT_PREFIX + name.replace("-", "_").upper()
    _variables.add(variable)
    return click.option(f"--{name}", envvar=variable, show_envvar=True, **attributes)


def setting(name: str, metavar: str, type: click.ParamType[Any] | None = None) -> Callable[[F], F]:
    """The option for a setting, with its help and default from the table of settings."""
    default, help = next(
        (default, help) for row, _, default, help in config.describe() if row == name.replace("-", "_")
    )
    return option(name, metavar=metavar, type=type, help=f"{help} Default: {default or 'none'}.")


data_option = setting("data", "DIR", click.Path(file_okay=False, path_type=Path))


def check_environment() -> None:
    """Refuses a variable that is no setting: what a mistyped one was to forbid would be allowed, in silence."""
    for variable in sorted(os.environ):
        if variable.startswith(ENVIRONMENT_PREFIX) and variable not in _variables:
            names = sorted(known.removeprefix(ENVIRONMENT_PREFIX) for known in _variables)
            near = difflib.get_close_matches(variable.removeprefix(ENVIRONMENT_PREFIX), names, 1)
            advice = f"Is {ENVIRONMENT_PREFIX}{near[0]} meant? Else take it out." if near else "Take it out."
            refuse(f"{variable} is in the environment, and is no setting. {advice}")


def refuse(sentence: str) -> NoReturn:
    raise click.UsageError(sentence)
