"""Undoing one revision alone: what it did is taken out of the newest revision, and what came after stays.

`plan` compares three trees, as a merge does: what the revision made, what was before it, and what is here. Where a place was changed again since,
nothing is decided for anybody: it says so, with both sides, and the caller changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Literal

import pygit2
from pygit2.enums import DeltaStatus

from code_together.errors import Conflict, NotFound, TooLarge
from code_together.git import messages
from code_together.git.bare import opened, settle
from code_together.git.changes import Change, Entry, Landing, Texts, deltas, plain_files, write_tree
from code_together.git.commits import Committed, parents_with, read_commit, tree_of, write_commit
from code_together.git.identity import Person, one_line
from code_together.git.leftout import MOST, LeftOut, kind_of
from code_together.ot.diff import diff
from code_together.ot.merge import Clash, merge
from code_together.ot.text import Text
from code_together.session.paths import TakenPaths

Reason = Literal["lines", "edited", "deleted", "taken", "moved", "binary"]
"""Why a place stands in the way: its lines were changed again; the file that the revision made was edited, or the one that it edited is gone; where
a file would come back there is another; it was renamed again, and several files may be it now; it is no text and was changed again."""

_LINES = re.compile(r"[^\n]*\n|[^\n]+")
_PLACES = 50  # that are told
_QUOTED = 4_000  # characters of each side that are told of a place


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines of a file, from 1, both included. With `end` before `start` it is the place between them."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Place:
    """Lines of a file as it is here that cannot be undone: `here` is what stands there, `before` what would come back."""

    path: str
    lines: Lines
    reason: Reason
    here: str = ""
    before: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """`changes` undo the revision if there are no `places` that stand in the way; without any there is nothing left to undo. `left_out` was there
    before the revision, and does not come back. `source` is the revision from which files that are gone do; None if none do."""

    changes: list[Change]
    places: list[Place]
    message: str
    left_out: list[LeftOut] = field(default_factory=list)
    source: str | None = None


def plan(
    path: str,
    head: str,
    revision: str,
    file: str | None,
    lines: Lines | None,
    formats: Mapping[str, str],
    *,
    units: int,
    most: int,
) -> Plan:
    """What undoes a revision, or what it did to one file, or to some lines of that file as the revision left it.

    `formats` are those of the files here that are documents, by path. Raises `NotFound` (`no_revision`, `no_file`, `no_change`), `TooLarge`
    (`too_many_files`).
    """
    with opened(path) as repository:
        commit = read_commit(repository, revision)
        if head != revision and not repository.descendant_of(head, revision):
            raise NotFound("There is no such revision in this session.", code="no_revision")
        after = tree_of(repository, commit)
        before = repository[repository.TreeBuilder().write()]
        if commit.parents:
            before = tree_of(repository, read_commit(repository, commit.parents[0]))
        assert isinstance(before, pygit2.Tree)
        reverting = _Reverting(
            repository, after, before, tree_of(repository, read_commit(repository, head)), formats, units
        )
        reverting.run(revision, file, lines)
        if reverting.size > most:
            raise TooLarge(f"A session may hold {most:,} files.", code="too_many_files")
        subject = one_line(messages.without_trailers(commit.message).partition("\n")[0])
        what = f"{revision[:7]} in {file}" if file is not None else revision[:7]
        message = f"Revert {what}: {subject}" if subject else f"Revert {what}"
        message += f"\n\nThis reverts {revision}."
        back = any(change.path is None for change in reverting.changes)
        source = commit.parents[0] if back and commit.parents else None
        return Plan(reverting.changes, reverting.places[:_PLACES], message, reverting.left_out, source)


def write(
    path: str,
    head: str,
    files: Sequence[Landing],
    author: Person,
    host: str,
    at: float,
    message: str,
    source: str | None,
) -> tuple[Committed, dict[str, str]]:
    """The revision in which these files are changed, without moving a ref; and the formats of the texts that were written, by path.

    `source` is the revision from which files that were gone come back.
    """
    with opened(path) as repository:
        before = read_commit(repository, head)
        tree, formats = write_tree(repository, tree_of(repository, before), files)
        if str(tree) == before.tree:
            return Committed(head, before.parents, [], [], ""), formats
        text = messages.tidy(message)
        parents = parents_with(repository, head, source)
        id = write_commit(repository, tree, parents, author, host, at, messages.with_trailers(text, []))
        settle(path)
        return Committed(id, parents, [0], [], text), formats


@dataclass
class _Reverting:
    """`after` is what the revision made, `before` what was there before it, `now` what is here."""

    repository: pygit2.Repository
    after: pygit2.Tree
    before: pygit2.Tree
    now: pygit2.Tree
    formats: Mapping[str, str]
    units: int
    changes: list[Change] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    size: int = 0

    def __post_init__(self) -> None:
        self._texts = Texts(self.repository, self.units)
        self._moved = {
            old.path: new
            for old, new in deltas(self.repository, self.after, self.now)
            if old and (not new or new.path != old.path)
        }
        self._present = {entry.path: entry for entry in plain_files(self.now)}

    def run(self, revision: str, file: str | None, lines: Lines | None) -> None:
        undone = [
            (made, old)
            for made, old in deltas(self.repository, self.after, self.before)
            if file is None or file in {entry.path for entry in (made, old) if entry}
        ]
        self.left_out = [one for one in self._not_kept() if file is None or one.path == file][:MOST]
        if file is not None and not undone and not self.left_out:
            raise NotFound(f"Revision {revision[:7]} did nothing to {file}.", code="no_file")
        coming: list[tuple[Entry | None, str, Entry, Entry | None]] = []  # here, wanted path, before, made
        for made, old in undone:
            here = self._here(made) if made else None
            if lines is not None:
                self._undo_lines(here, made, old, lines)
            elif made is None:
                assert old is not None
                coming.append((None, old.path, old, None))
            elif old is None:
                self._take_away(here, made)
            elif here is None:
                self._stop(made.path, "deleted", old)
            elif old.path != made.path:
                # Renamed again since or not: its name of before comes back.
                if here.path != made.path and self._may_be_others(here):
                    self._stop(here.path, "moved", None)
                else:
                    coming.append((here, old.path, old, made))
            else:
                coming.append((here, here.path, old, made))
        gone = {change.path for change in self.changes if change.to is None}
        gone |= {here.path for here, wanted, _, _ in coming if here and here.path != wanted}
        staying = [path for path in self._present if path not in gone]
        taken = TakenPaths(staying)
        for here, wanted, old, made in sorted(coming, key=lambda one: one[1]):
            self._put(here, wanted, old, made, taken)
        self.size = len(staying) + sum(c.to is not None and c.path != c.to for c in self.changes)

    def _here(self, made: Entry) -> Entry | None:
        if made.path in self._moved:
            return self._moved[made.path]
        return self._present.get(made.path)

    def _may_be_others(self, here: Entry) -> bool:
        """Whether there is more than one file, of those that came since the revision, with the contents of this one."""
        known = {entry.path for entry in plain_files(self.after)}
        return sum(one.blob == here.blob and one.path not in known for one in self._present.values()) > 1

    def _take_away(self, here: Entry | None, made: Entry) -> None:
        """The revision made this file."""
        if here is None:
            return
        if here.blob == made.blob:
            self.changes.append(Change(here.path, None, here.mode))
        else:
            self._stop(here.path, "edited", None)

    def _put(
        self, here: Entry | None, wanted: str, old: Entry, made: Entry | None, taken: TakenPaths
    ) -> None:
        if here is None or here.path != wanted:
            present = self._present.get(wanted)
            if here is None and present and present.blob == old.blob:
                return  # it is back already
            try:
                taken.check_free(wanted)
            except Conflict:
                self._stop(wanted, "taken", old)
                return
            taken.add(wanted)
        if here is None or made is None:
            self.changes.append(Change(None, wanted, old.mode, old.blob))
            return
        mode = old.mode if old.mode != made.mode else here.mode
        if old.blob in (made.blob, here.blob):
            if wanted != here.path or mode != here.mode:
                self.changes.append(Change(here.path, wanted, mode))
        elif here.blob == made.blob:
            self.changes.append(self._replaced(here, wanted, mode, old))
        else:
            self._merge(here, wanted, mode, old, made)

    def _replaced(self, here: Entry, to: str, mode: int, old: Entry) -> Change:
        """Nobody has changed it since: what was before comes back; by an edit where it may be open."""
        format = self.formats.get(here.path)
        now = self._texts.read(here, format) if format else None
        then = self._texts.read(old, None) if now else None
        if now is None or then is None:
            return Change(here.path, to, mode, old.blob)
        return Change(here.path, to, mode, old.blob, diff(now[0], then[0]), then[1])

    def _merge(self, here: Entry, to: str, mode: int, old: Entry, made: Entry) -> None:
        now = self._texts.read(here, self.formats.get(here.path))
        texts = (self._texts.read(made, None), self._texts.read(old, None))
        if now is None or texts[0] is None or texts[1] is None:
            self._stop(here.path, "binary", None)
            return
        (was, was_format), (back, back_format) = texts[0], texts[1]
        written = back_format if back_format != was_format else now[1]
        self._edit(here, to, mode, (was, now[0], back), written)

    def _not_kept(self) -> Iterator[LeftOut]:
        """What the revision took away and cannot come back."""
        for delta in self.after.diff_to_tree(self.before).deltas:
            gone = delta.new_file
            if delta.status != DeltaStatus.DELETED and (kind := kind_of(int(gone.mode))):
                yield LeftOut(gone.raw_path.decode(errors="replace"), kind)

    def _undo_lines(self, here: Entry | None, made: Entry | None, old: Entry | None, lines: Lines) -> None:
        """Of what the revision did to a text, what it did to these lines of it."""
        if made is None or old is None:
            raise NotFound(
                "The revision made or deleted this file: there are no lines to undo.", code="no_change"
            )
        if here is None:
            self._stop(made.path, "deleted", old)
            return
        now = self._texts.read(here, self.formats.get(here.path))
        texts = (self._texts.read(made, None), self._texts.read(old, None))
        if now is None or texts[0] is None or texts[1] is None:
            raise NotFound("This file is no text: there are no lines to undo.", code="no_change")
        was, before = texts[0][0], texts[1][0]
        back = _with_lines(was, before, lines)
        if back == was:
            raise NotFound("The revision did nothing to these lines.", code="no_change")
        self._edit(here, here.path, here.mode, (was, now[0], back), now[1])

    def _edit(self, here: Entry, to: str, mode: int, texts: tuple[str, str, str], format: str) -> None:
        was, now, back = texts
        edit, clashes = merge(was, now, back)
        if clashes:
            inverse = edit.invert(now)
            text = Text(now)
            for clash in islice(clashes, _PLACES):
                start = min(inverse.map_pos(clash.start, 1), inverse.map_pos(clash.end, -1))
                first = text.slice(0, start).count("\n") + 1
                self._stop_at(here.path, first, clash)
        elif not edit.is_identity:
            self.changes.append(Change(here.path, to, mode, here.blob, edit, format, True))
        elif to != here.path or mode != here.mode:
            self.changes.append(Change(here.path, to, mode))

    def _stop(self, path: str, reason: Reason, old: Entry | None) -> None:
        """A file stands in the way as a whole; `old` would come back."""
        present = self._present.get(path)
        text = self._texts.read(present, self.formats.get(path)) if present else None
        back = self._texts.read(old, None) if old else None
        here, before = (side[0] if side else "" for side in (text, back))
        count = max(len(_LINES.findall(here)), 1)
        self.places.append(Place(path, Lines(1, count), reason, here[:_QUOTED], before[:_QUOTED]))

    def _stop_at(self, path: str, first: int, clash: Clash) -> None:
        more = clash.ours.removesuffix("\n").count("\n")
        here, before = clash.ours[:_QUOTED], clash.theirs[:_QUOTED]
        self.places.append(Place(path, Lines(first, first + more), "lines", here, before))


def _with_lines(was: str, before: str, lines: Lines) -> str:
    """The text `was` in which what it changed of `before` within these lines is as before.

    The changes are those that Git finds, so that they are the ones that a difference shows.
    """
    patch = pygit2.Patch.create_from(before.encode(), was.encode(), context_lines=0)
    new, old = _LINES.findall(was), _LINES.findall(before)
    pieces: list[str] = []
    reached = 0
    for hunk in patch.hunks if patch is not None else ():
        start = hunk.new_start - 1 if hunk.new_lines else hunk.new_start
        end = start + hunk.new_lines
        inside = (
            (start < lines.end and end >= lines.start)
            if hunk.new_lines
            else lines.start - 1 <= start <= lines.end
        )
        if inside:
            first = hunk.old_start - 1 if hunk.old_lines else hunk.old_start
            pieces += [*new[reached:start], *old[first : first + hunk.old_lines]]
            reached = end
    return "".join([*pieces, *new[reached:]])
