"""A push as the hooks of git bring it here: what of it may come in, and what becomes of each ref (PU7 to PU9)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from code_together.errors import CodeTogetherError
from code_together.git import notes, policy, pushednotes, tagnames, tags
from code_together.git.pushednotes import Judged
from code_together.git.tags import Version
from code_together.rooms.connection import Person
from code_together.rooms.landing import Authorise, at_most, counted, land
from code_together.rooms.room import Room
from code_together.rooms.versions import told
from code_together.rooms.workers import Budget

_MAIN = ("refs/heads/main", "refs/for/main")
_TAGS = "refs/tags/"
_COMMENTS = (notes.DISCUSS, notes.REVIEWS)
_NAMED = 10  # sentences of one kind that are said one by one
_FEW = 5  # tags that are said one by one


@dataclass(frozen=True, slots=True)
class Command:
    """What a push asks for one ref: that it be `new`."""

    old: str
    new: str
    ref: str

    @property
    def deletes(self) -> bool:
        return not self.new.strip("0")


class Push:
    """One push of a person into a room, from git's first question to its last."""

    def __init__(self, room: Room, person: Person, authorise: Authorise) -> None:
        self._room = room
        self._person = person
        self._authorise = authorise
        self._looked_at: set[str] = set()
        self._refused: dict[str, str] = {}
        self._notes: dict[str, Judged] = {}

    async def check(self, commands: Sequence[Command], objects: str | None) -> tuple[bool, list[str]]:
        """Whether anything of the push may come into the repository, and what to tell who pushes. `objects`: where it lies until then."""
        settings = self._room.around.settings
        if len(commands) > settings.push_refs:
            return False, [
                f"One push may name {settings.push_refs:,} branches and tags; this one names more."
            ]
        for command in commands:
            if (why := refusal(command)) is not None:
                self._refused[command.ref] = why
        try:
            await self._look(commands, objects)
        except CodeTogetherError as error:
            return False, [error.message]
        good = [command for command in commands if command.ref not in self._refused]
        self._looked_at = {command.new for command in good}
        said = [_sentence(ref, why) for ref, why in self._refused.items()]
        return bool(good), at_most(_NAMED, said)

    async def _look(self, commands: Sequence[Command], objects: str | None) -> None:
        """Raises what is wrong with the commits that are pushed; of each tag it is noted why it cannot be taken."""
        settings = self._room.around.settings
        good = [command for command in commands if command.ref not in self._refused]
        if not good:
            return
        limits = policy.Limits(
            files=settings.session_files,
            bytes=settings.archive_bytes,
            file_bytes=settings.file_bytes,
            path_bytes=settings.path_bytes,
            part_bytes=settings.path_part_bytes,
            commits=settings.push_commits,
            trees=settings.push_trees,
        )
        budget = Budget(self._person.account, settings.push_seconds)
        repository, search = str(self._room.repository), self._room.around.workers.search
        await self._authorise()
        tips = [command.new for command in good if not command.ref.startswith(_TAGS)]
        await search(budget, policy.check, repository, objects, tips, limits)
        pushed = [(command.ref, command.new) for command in good if command.ref.startswith(_TAGS)]
        mains = [command.new for command in good if command.ref in _MAIN]
        if pushed:
            for (ref, _), why in zip(
                pushed, await search(budget, tags.judge, repository, objects, pushed, mains), strict=True
            ):
                if why is not None:
                    self._refused[ref] = why

        await self._look_at_notes([c for c in good if c.ref in _COMMENTS], objects, budget)

    async def _look_at_notes(self, commands: Sequence[Command], objects: str | None, budget: Budget) -> None:
        if not commands:
            return
        room, settings = self._room, self._room.around.settings
        limits = pushednotes.Limits(
            lines=settings.note_lines,
            bytes=settings.note_bytes,
            line_bytes=settings.note_line_bytes,
            characters=settings.comment_length,
            push=settings.push_comments,
            session=settings.comments_per_session,
            there=await room.around.comments.count(room.session),
        )
        pushed = [(command.ref, command.new) for command in commands]
        judged = await room.around.workers.search(
            budget, pushednotes.judge, str(room.repository), objects, pushed, limits
        )
        self._notes = {ref: one for (ref, _), one in zip(pushed, judged, strict=True)}
        self._refused |= {ref: one.why for ref, one in self._notes.items() if one.why is not None}

    async def land(self, commands: Sequence[Command]) -> tuple[list[str], list[tuple[str, str | None]]]:
        """Does what may be done. Gives what to tell who pushes, and for each ref why it was refused, or None.

        What is begun is finished, even if nobody waits for it any more.
        """
        done: asyncio.Future[tuple[list[str], list[tuple[str, str | None]]]] = (
            asyncio.get_running_loop().create_future()
        )

        async def work() -> None:
            try:
                result = await self._land(commands)
            except BaseException:
                done.cancel()
                raise
            if not done.done():
                done.set_result(result)

        self._room.in_background(work())
        return await asyncio.shield(done)

    async def _land(self, commands: Sequence[Command]) -> tuple[list[str], list[tuple[str, str | None]]]:
        said: list[str] = []
        refused: list[str] = []
        named: list[Version] = []
        results: dict[str, str | None] = {}
        for command in sorted(commands, key=lambda command: command.ref not in _MAIN):
            try:
                results[command.ref] = self._refused.get(command.ref) or refusal(command)
                if results[command.ref] is None and command.new not in self._looked_at:
                    results[command.ref] = "the server has not looked at it"
                if results[command.ref] is None:
                    await self._take(command, said, named)
            except CodeTogetherError as error:
                why = " ".join(error.message.split()).rstrip(".")
                results[command.ref] = why
                refused.append(_sentence(command.ref, why))
        said += [*_told_of(named), *at_most(_NAMED, refused)]
        return said, [(command.ref, results[command.ref]) for command in commands]

    async def _take(self, command: Command, said: list[str], named: list[Version]) -> None:
        room = self._room
        if command.ref in _MAIN:
            said += await land(room, self._person, command.new, self._authorise)
            return
        await self._authorise()
        if command.ref in _COMMENTS:
            await room.comments.notes.merge(command.ref, command.new, self._person)
            said += _told(command.ref, self._notes[command.ref])
            return
        async with room.repository_lock:
            version = await room.around.workers.write(
                tags.take, str(room.repository), command.ref, command.new
            )
            await told(room, version.revision)
        named.append(version)


def refusal(command: Command) -> str | None:
    """Why a ref of this name is not taken, or not in this way; None if it may be."""
    ref = command.ref
    if command.deletes and ref.startswith(_TAGS):
        return "nothing is deleted by a push; a named version is taken away in the session's history"
    if command.deletes:
        return "nothing is deleted by a push; what is on main stays in its history"
    if ref in _MAIN:
        return None
    if ref.startswith(_TAGS):
        try:
            tagnames.check_name(ref)
        except CodeTogetherError as error:
            return error.message
        return None
    if ref in _COMMENTS:
        return None
    if ref.startswith("refs/notes/"):
        return f"of notes only {' and '.join(_COMMENTS)} can be pushed"
    if ref.startswith("refs/heads/"):
        return "a session has the branch main alone; push to main"
    return "only main, tags and comments can be pushed"


def _told_of(named: Sequence[Version]) -> list[str]:
    """Which tags are versions now: each with its name if they are few."""
    if len(named) <= _FEW:
        return [
            f"{one.tag} is a named version now{'' if one.name == one.tag else f': {one.name}'}."
            for one in named
        ]
    shown = ", ".join(one.tag for one in named[:_FEW])
    return [f"{len(named):,} tags are named versions now: {shown} and {len(named) - _FEW:,} more."]


def _told(ref: str, notes_: Judged) -> list[str]:
    """What became of pushed notes. Nothing that is here goes by a push."""
    what = "comment" if ref == notes.DISCUSS else "review request"
    said = f"{counted(notes_.said, what)} came in" if notes_.said else f"No {what} came in"
    if left_out := notes_.left_out:
        said += f"; {left_out:,} that your push left out {'stays' if left_out == 1 else 'stay'}"
    told = [said + "."]
    if others := notes_.others:
        told.append(
            f"One line is no {what}; it is kept in Git and not shown."
            if others == 1
            else f"{others:,} lines are no {what}s; they are kept in Git and not shown."
        )
    if unknown := notes_.unknown:
        told.append(
            f"The commit {unknown[0][:10]}, which has a note, is not in the session."
            if len(unknown) == 1
            else f"{len(unknown):,} commits that have notes are not in the session, {unknown[0][:10]} for one."
        )
    return told


def _sentence(ref: str, why: str) -> str:
    return f"{_shown(ref)}: {why}."


def _shown(ref: str) -> str:
    return ref if ref.isprintable() else repr(ref)
