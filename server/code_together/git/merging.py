"""A pushed commit and the newest revision: what of the push is new here, and the commit that holds both.

`plan` compares three trees: the newest commit that both sides know, what is here, and what was pushed. Renames of both sides are followed. `write`
makes the revision of what the caller has made of the plan.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import NamedTuple

import pygit2

from code_together.errors import Conflict, TooLarge
from code_together.git import messages
from code_together.git.bare import opened, settle
from code_together.git.changes import Change, Entry, Landing, Texts, deltas, plain_files, write_tree
from code_together.git.commits import Commit, Committed, read_commit, tree_of, write_commit
from code_together.git.identity import Person, one_line
from code_together.ot.change import ChangeSet
from code_together.ot.diff import diff
from code_together.ot.merge import merge
from code_together.session.paths import TakenPaths

_LOOKED_AT = 100_000  # commits
_SUBJECT = 60
_BESIDE = 100  # files of one name that a push may lay beside each other


class Note(NamedTuple):
    """A sentence about what could not be done as it was pushed. `whose`: "you", "your" or "yours", by which it speaks of who pushed."""

    before: str
    whose: str
    after: str

    def to_pusher(self) -> str:
        return "".join(self)

    def to_others(self, name: str) -> str:
        """The same to anybody, with the name of who pushed."""
        return self.before + (name if self.whose == "you" else f"{name}'s") + self.after


@dataclass(frozen=True, slots=True)
class Plan:
    """`changes` in the order of their paths; `notes`: what could not be done as it was pushed.

    `straight`: the pushed commits may become revisions as they are, if their files are what comes out. `joined` are the people whose work is here
    and was not known to the push; `commits` and `subject` speak of what was pushed.
    """

    changes: list[Change] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    joined: list[Person] = field(default_factory=list)
    straight: bool = False
    known: bool = False
    commits: int = 0
    subject: str = ""


def plan(
    path: str,
    head: str | None,
    pushed: str,
    formats: Mapping[str, str],
    who: str,
    *,
    units: int,
    most: int,
) -> Plan:
    """What a push does to the session. `formats` are those of the files that are documents, by path; `who` pushes.

    Raises `Conflict` (`path_taken`) and `TooLarge` (`too_many_files`).
    """
    with opened(path) as repository:
        tip = read_commit(repository, pushed)
        subject = one_line(tip.message.strip().partition("\n")[0])
        if head is None:
            return Plan(straight=True, commits=_count(repository, pushed, None), subject=subject)
        if head == pushed or repository.descendant_of(head, pushed):
            return Plan(known=True)
        base = repository.merge_base(head, pushed)
        common = read_commit(repository, str(base)) if base else None
        merging = _Merging(repository, common, read_commit(repository, head), tip, formats, who, units)
        merging.run()
        if merging.size > most:
            raise TooLarge(f"A session may hold {most:,} files.", code="too_many_files")
        return Plan(
            merging.changes,
            merging.notes,
            _authors(repository, head, common),
            _is_straight(repository, head, tip),
            False,
            _count(repository, pushed, head),
            subject,
        )


class _Merging:
    def __init__(
        self,
        repository: pygit2.Repository,
        base: Commit | None,
        here: Commit,
        pushed: Commit,
        formats: Mapping[str, str],
        who: str,
        units: int,
    ) -> None:
        self._repository = repository
        empty = repository[repository.TreeBuilder().write()]
        assert isinstance(empty, pygit2.Tree)
        common = tree_of(repository, base) if base else empty
        self._theirs = list(deltas(repository, common, tree_of(repository, pushed)))
        self._ours = {
            old.path: new
            for old, new in deltas(repository, common, tree_of(repository, here))
            if old is not None
        }
        self._present = {entry.path: entry for entry in plain_files(tree_of(repository, here))}
        self._formats = formats
        self._who = who
        self._texts = Texts(repository, units)
        self._taken = TakenPaths(())
        self.changes: list[Change] = []
        self.notes: list[Note] = []
        self.size = 0

    def run(self) -> None:
        placed: list[tuple[Entry | None, str, Entry, Entry | None]] = []  # here, wanted path, pushed, base
        for base, new in self._theirs:
            here = self._here(base) if base else None
            if new is None:
                self._remove(base, here)
            elif base is not None and here is None and new.blob == base.blob:
                continue  # moved there, deleted here
            else:
                wanted = new.path if base is None or here is None or new.path != base.path else here.path
                placed.append((here, wanted, new, base))
        gone = {change.path for change in self.changes} | {
            here.path for here, wanted, _, _ in placed if here and here.path != wanted
        }
        staying = [path for path in self._present if path not in gone]
        self._taken = TakenPaths(staying)
        for here, wanted, new, base in sorted(placed, key=lambda place: place[1]):
            self._place(here, wanted, new, base)
        self.size = len(staying) + sum(
            change.to is not None and change.to not in self._present for change in self.changes
        )

    def _here(self, base: Entry) -> Entry | None:
        if base.path in self._ours:
            return self._ours[base.path]
        return self._present.get(base.path)

    def _remove(self, base: Entry | None, here: Entry | None) -> None:
        if here is None or base is None:
            return
        if here.blob == base.blob:
            if here.path != base.path:
                self.notes.append(
                    Note(f"{here.path} was {base.path}, which ", "you", " deleted: it is removed.")
                )
            self.changes.append(Change(here.path, None, here.mode))
        else:
            self.notes.append(
                Note(f"{here.path} stays: it has been edited here since, and ", "you", " deleted it.")
            )

    def _place(self, here: Entry | None, wanted: str, new: Entry, base: Entry | None) -> None:
        if here is None:
            present = self._present.get(wanted)
            if present and present.blob == new.blob:
                return  # both have made the same file
            if present and base is None and self._join(present, new):
                return
            to = self._place_for(wanted)
            if to == wanted and base is not None:
                self.notes.append(Note(f"{wanted} was deleted here; it is back with ", "your", " changes."))
            self._add(Change(None, to, new.mode, new.blob))
            return
        to = here.path if wanted == here.path else self._place_for(wanted)
        mode = new.mode if base is None or new.mode != base.mode else here.mode
        assert base is not None
        if here.path not in (base.path, wanted):
            self.notes.append(
                Note(
                    f"{base.path} was renamed to {here.path} here, and by ",
                    "you",
                    f" to {wanted}: it is {to} now.",
                )
            )
        if new.blob in (base.blob, here.blob):
            if to != here.path or mode != here.mode:
                self._add(Change(here.path, to, mode))
        elif here.blob == base.blob:
            self._add(self._replaced(here, to, mode, new))
        else:
            self._merge(here, to, mode, new, base)

    def _join(self, present: Entry, new: Entry) -> bool:
        """Both sides have made a text at one path, and most of one is in the other, as when a commit that is here was amended: one file of both."""
        format = self._formats.get(present.path)
        here, there = self._texts.read(present, format), self._texts.read(new, None)
        if here is None or there is None:
            return False
        (ours, written), (theirs, _) = here, there
        common = _common(ours, theirs)
        if 2 * len(common) < max(len(ours), len(theirs)):
            return False
        edit, clashes = merge(common, ours, theirs)
        path = present.path
        self._add(Change(path, path, present.mode, new.blob, edit, written, True, clashes))
        return True

    def _replaced(self, here: Entry, to: str, mode: int, new: Entry) -> Change:
        """Nobody here has changed it since: the pushed content stands; by an edit where it may be open."""
        format = self._formats.get(here.path)
        now = self._texts.read(here, format) if format else None
        then = self._texts.read(new, None) if now else None
        if now is None or then is None:
            return Change(here.path, to, mode, new.blob)
        return Change(here.path, to, mode, new.blob, diff(now[0], then[0]), then[1])

    def _merge(self, here: Entry, to: str, mode: int, new: Entry, base: Entry) -> None:
        texts = [
            self._texts.read(base, None),
            self._texts.read(here, self._formats.get(here.path)),
            self._texts.read(new, None),
        ]
        if not all(texts):
            beside = self._free(self._beside(to))
            self.notes.append(
                Note(f"{to} was changed here too and is no text; ", "yours", f" is beside it as {beside}.")
            )
            self._add(Change(None, beside, new.mode, new.blob))
            if to != here.path or mode != here.mode:
                self._add(Change(here.path, to, mode))
            return
        (old, old_format), (ours, format), (theirs, new_format) = (text for text in texts if text)
        edit, clashes = merge(old, ours, theirs)
        written = new_format if new_format != old_format else format
        self._add(Change(here.path, to, mode, new.blob, edit, written, True, clashes))

    def _add(self, change: Change) -> None:
        self.changes.append(change)
        if change.to is not None and change.to not in self._present:
            self._taken.add(change.to)

    def _place_for(self, wanted: str) -> str:
        """The path if a file may come there, else one beside it, which is noted."""
        found = self._taken.in_the_way(wanted)
        to = self._free(wanted)
        if found is not None:
            self.notes.append(Note(f"There is another {found[1]} here; ", "yours", f" is beside it as {to}."))
        return to

    def _free(self, path: str) -> str:
        """The path if a file may come there, else one beside it: beside a folder on it, if that is what cannot be."""
        found = self._taken.in_the_way(path)
        if found is None:
            return path
        part = found[0]
        for number in range(1, _BESIDE):
            wanted = self._beside(part, number) + path[len(part) :]
            if self._taken.in_the_way(wanted) is None:
                return wanted
        raise Conflict(f"There are {_BESIDE:,} files beside {path}: rename some.", code="path_taken")

    def _beside(self, path: str, number: int = 1) -> str:
        file = PurePosixPath(path)
        again = "" if number == 1 else f" {number}"
        return str(file.with_name(f"{file.stem} (pushed by {self._who}{again}){file.suffix}"))


def _common(ours: str, theirs: str) -> str:
    """What of a text is in another one too, in its order."""
    kept = [part if isinstance(part, int) else [part[0]] for part in diff(ours, theirs).to_json()]
    return ChangeSet.from_json([part for part in kept if part != [0]], max_parts=len(kept)).apply(ours)


def write(
    path: str,
    head: str | None,
    pushed: str,
    files: Sequence[Landing],
    straight: bool,
    author: Person,
    host: str,
    at: float,
    message: str,
) -> tuple[Committed, dict[str, str]]:
    """The revision that holds what is here and what was pushed, without moving a ref; and the formats of the texts that were written, by path.

    That is the pushed commit itself if it may be and its files are what comes out; else a commit whose first parent is the newest revision and
    whose second the pushed commit.
    """
    with opened(path) as repository:
        tip = read_commit(repository, pushed)
        if head is None:
            settle(path)
            return Committed(pushed, tip.parents, [0], [], message), {}
        before = tree_of(repository, read_commit(repository, head))
        tree, formats = write_tree(repository, before, files)
        if straight and str(tree) == tip.tree:
            id, parents = pushed, tip.parents
        else:
            parents = [head, pushed]
            id = write_commit(
                repository, tree, parents, author, host, at, messages.with_trailers(message, [])
            )
        settle(path)
        return Committed(id, parents, [0], [], message), formats


def message(plan: Plan) -> str:
    """The subject of the commit that joins a push."""
    subject = plan.subject[:_SUBJECT] or "a commit without a message"
    return f"Merge {subject}" if plan.commits == 1 else f"Merge {plan.commits:,} commits: {subject}"


def _count(repository: pygit2.Repository, pushed: str, head: str | None) -> int:
    walk = repository.walk(pushed)
    if head is not None:
        walk.hide(head)
    return sum(1 for _ in walk)


def _authors(repository: pygit2.Repository, head: str, base: Commit | None) -> list[Person]:
    """Who made what is here and the push did not know, newest first."""
    walk = repository.walk(head)
    if base is not None:
        walk.hide(base.id)
    found: dict[str, Person] = {}
    for _, one in zip(range(1_000), walk, strict=False):
        commit = read_commit(repository, str(one.id))
        if len(commit.parents) < 2:
            found.setdefault(commit.author.email, commit.author)
    return list(found.values())


def _is_straight(repository: pygit2.Repository, head: str, tip: Commit) -> bool:
    """Whether head is on the pushed commit's line of first parents. Its dates say nothing: clocks differ, and anybody may set them."""
    commit = tip
    for _ in range(_LOOKED_AT):
        if not commit.parents:
            return False
        if commit.parents[0] == head:
            return True
        commit = read_commit(repository, commit.parents[0])
    return False
