"""What a session can begin with so that every feature has something to show: files, a few revisions, a named version, a comment.

The files are data of the package, in `sample/`: a folder for each revision, with what it makes or replaces.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from importlib.resources import files as resources
from importlib.resources.abc import Traversable
from typing import Any

from code_together.git.passages import Asked
from code_together.rooms import commenting, files, versions
from code_together.rooms.connection import Person
from code_together.rooms.room import Room


@dataclass(frozen=True)
class Step:
    """One revision: its message, its contents by path, and what it is named."""

    message: str
    contents: list[tuple[str, bytes]]
    name: str | None


@dataclass(frozen=True)
class Remark:
    path: str
    where: Asked
    text: str


@dataclass(frozen=True)
class Sample:
    steps: list[Step]
    comments: list[Remark]


def load() -> Sample:
    """The sample of the package. Blocks."""
    folder = resources("code_together").joinpath("sample")
    about: dict[str, Any] = json.loads(folder.joinpath("sample.json").read_text("utf-8"))
    steps = [
        Step(step["message"], sorted(_below(folder.joinpath(step["folder"]), "")), step.get("name"))
        for step in about["steps"]
    ]
    comments = [
        Remark(one["path"], (one["lines"][0], None, one["lines"][1], None), one["text"])
        for one in about["comments"]
    ]
    return Sample(steps, comments)


def _below(folder: Traversable, path: str) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for entry in folder.iterdir():
        name = f"{path}{entry.name}"
        if entry.is_dir():
            if entry.name != "__pycache__":
                found += _below(entry, f"{name}/")
        else:
            found.append((name, entry.read_bytes()))
    return found


async def fill(room: Room, person: Person) -> None:
    """Makes the sample in an empty session, in this person's name. What fails half-way is the caller's to take away."""
    sample = await asyncio.to_thread(load)
    for step in sample.steps:
        revision = await files.bring(room, person, step.contents, step.message)
        if step.name is not None:
            await versions.name(room, person, revision, step.name)
    for remark in sample.comments:
        await commenting.say(room, person, remark.text, remark.path, remark.where, None)
