"""Comments as Git notes: read, added to and merged; what else stands in the notes' trees (`git.notetrees`) is kept as it is."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pygit2

from code_together.errors import Conflict, NotFound, Unavailable
from code_together.git import appraise
from code_together.git.appraise import Remark
from code_together.git.bare import opened, settle
from code_together.git.commits import read_commit, write_commit
from code_together.git.identity import Person, server
from code_together.git.messages import without_trailers
from code_together.git.notetrees import changed, note_on, put, target, tree_at
from code_together.session.lines import LineRange

DISCUSS: Final = "refs/notes/devtools/discuss"
REVIEWS: Final = "refs/notes/devtools/reviews"
EXTRAS: Final = "refs/notes/code_together/comments"
REFS: Final = (DISCUSS, REVIEWS, EXTRAS)


@dataclass(frozen=True)
class NewLine:
    """A line to be added to a commit's comments, with what is to be kept of it besides (`Extra`, as JSON)."""

    commit: str
    line: str
    extra: str


@dataclass(frozen=True)
class Refs:
    """The commits that the notes of comments are at; None before the first."""

    discuss: str | None
    extras: str | None


@dataclass(frozen=True)
class Extra:
    """What the format of comments has no place for. Only the server writes these, so they vouch for who made a line.

    `account` made it; `at` in seconds; `document` is that of the file, `range` the exact place in UTF-16 units.
    """

    id: str
    account: str
    at: float
    document: int | None = None
    range: LineRange | None = None

    @property
    def line(self) -> str:
        value: dict[str, object] = {"id": self.id, "account": self.account, "at": round(self.at, 3)}
        if self.document is not None:
            value["doc"] = self.document
        if self.range is not None:
            span = self.range
            value["range"] = [span.start_line, span.start_column, span.end_line, span.end_column]
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True)
class Said:
    """One line of a commit's comments, as it is read: `extra` if the server vouches for it."""

    id: str
    remark: Remark
    extra: Extra | None


@dataclass(frozen=True)
class Discussion:
    """All that is said on one commit, in the order of its lines, and what was said `before`."""

    commit: str
    said: list[Said]
    before: list[Said]


def refs(path: str) -> Refs:
    with opened(path) as repository:
        return Refs(target(repository, DISCUSS), target(repository, EXTRAS))


def add(path: str, new: Sequence[NewLine], author: Person | None, host: str, at: float) -> tuple[Refs, int]:
    """Adds lines to the notes of their commits; those that are there already are passed over, so it may be repeated.

    `author` of the notes' commits: who said it, None for several people. Gives the refs then, and how many bytes of notes were written.
    Raises `Conflict` (`ref_moved`), `Unavailable`.
    """
    by_commit: dict[str, list[NewLine]] = defaultdict(list)
    for line in new:
        by_commit[line.commit].append(line)
    with opened(path) as repository:
        comments = {commit: [line.line.encode() for line in lines_] for commit, lines_ in by_commit.items()}
        extras = {commit: [line.extra.encode() for line in lines_] for commit, lines_ in by_commit.items()}
        requests = {
            commit: [_request(repository, commit, lines_[0], at)] for commit, lines_ in by_commit.items()
        }
        who = author or server(host)
        moved = {
            DISCUSS: _append(repository, DISCUSS, comments, who, host, at),
            REVIEWS: _append(repository, REVIEWS, requests, who, host, at, unless=appraise.is_request),
            EXTRAS: _append(repository, EXTRAS, extras, who, host, at),
        }
        settle(path)
        _move(repository, moved)
        written = sum(len(note_on(tree_at(repository, moved[DISCUSS][1]), commit)) for commit in comments)
        return Refs(moved[DISCUSS][1], moved[EXTRAS][1]), written


def merge(path: str, ref: str, theirs: str, who: Person, host: str, at: float) -> str:
    """Joins notes that somebody else wrote, a commit of their own, into a ref by `cat_sort_uniq`; gives the ref's commit.

    Lines are only ever added: one that theirs took out or altered stays, also where theirs builds on ours. What git's own merge would do with such
    a change, taking it over, is what may not be done here. Raises `NotFound`, `Conflict` (`ref_moved`).
    """
    with opened(path) as repository:
        ours = target(repository, ref)
        read_commit(repository, theirs)
        if ours == theirs:
            return theirs
        mine, new = tree_at(repository, ours), tree_at(repository, theirs)
        joined, theirs_is_all = {}, True
        for commit in changed(mine, new):
            notes = [note_on(tree, commit) for tree in (mine, new)]
            known, given = (set(appraise.lines(note)) for note in notes)
            theirs_is_all = theirs_is_all and given >= known
            if not known >= given:
                joined[commit] = appraise.merge(*notes)
        if ours is None or (theirs_is_all and repository.descendant_of(theirs, ours)):
            _move(repository, {ref: (ours, theirs)})
            return theirs
        if not joined and repository.descendant_of(ours, theirs):
            return ours
        tree = put(repository, mine, joined)
        made = write_commit(repository, tree, [ours, theirs], who, host, at, "Merge notes\n")
        settle(path)
        _move(repository, {ref: (ours, made)})
        return made


def discussions(path: str, since: Refs) -> tuple[list[Discussion], Refs]:
    """What is said on every commit whose notes are others than at `since`, and what the refs are now.

    Whatever stands in the notes: what is no comment is passed over.
    """
    with opened(path) as repository:
        now = Refs(target(repository, DISCUSS), target(repository, EXTRAS))
        after, before = (
            [tree_at(repository, at.discuss), tree_at(repository, at.extras)] for at in (now, since)
        )
        others = changed(before[0], after[0]) | changed(before[1], after[1])
        found = []
        for commit in sorted(others):
            remarks: dict[bytes, Remark | None] = {}  # most lines stand in both
            said, was = (
                _said(note_on(trees[0], commit), note_on(trees[1], commit), remarks)
                for trees in (after, before)
            )
            found.append(Discussion(commit, said, was))
        return found, now


def _said(note: bytes, extras: bytes, remarks: dict[bytes, Remark | None]) -> list[Said]:
    vouched = {extra.id: extra for extra in map(_extra, appraise.lines(extras)) if extra}
    said: dict[str, Said] = {}
    for line in appraise.lines(note):
        if line not in remarks:
            remarks[line] = appraise.parse(line)
        remark = remarks[line]
        if remark is not None and not remark.says_nothing and (id := remark.id) not in said:
            said[id] = Said(id, remark, vouched.get(id))
    return list(said.values())


def _extra(line: bytes) -> Extra | None:
    try:
        value = json.loads(line)
        id, account, at = value["id"], value["account"], float(value["at"])
        document, range = value.get("doc"), value.get("range")
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None
    if not (isinstance(id, str) and isinstance(account, str) and 0 <= at < 2**40):
        return None
    whole = isinstance(range, list) and len(range) == 4 and all(type(one) is int for one in range)
    return Extra(
        id, account, at, document if type(document) is int else None, LineRange(*range) if whole else None
    )


def _request(repository: pygit2.Repository, commit: str, line: NewLine, at: float) -> bytes:
    remark = appraise.parse(line.line.encode())
    author = remark.author if remark else ""
    try:
        record = read_commit(repository, commit)
    except NotFound:
        return appraise.request(at, author, "", None).encode()  # lost; what was said of it is not
    subject = without_trailers(record.message).partition("\n")[0]
    base = record.parents[0] if len(record.parents) > 1 else None
    return appraise.request(at, author, subject, base).encode()


def _append(
    repository: pygit2.Repository,
    ref: str,
    new: Mapping[str, Sequence[bytes]],
    who: Person,
    host: str,
    at: float,
    unless: object = None,
) -> tuple[str | None, str | None]:
    """Writes notes with further lines; `unless`: only where no line is such a one. Gives the ref's commit before and then."""
    before = target(repository, ref)
    tree = tree_at(repository, before)
    if before is not None and tree is None:
        raise Unavailable(f"{ref} cannot be read; nothing is written over it.", code="notes_broken")
    longer: dict[str, bytes] = {}
    for commit, lines in new.items():
        note = note_on(tree, commit)
        present = appraise.lines(note)
        if callable(unless) and any(unless(line) for line in present):
            continue
        known = set(present)
        missing = [line for line in dict.fromkeys(lines) if line not in known]
        if missing:
            end = b"" if not note or note.endswith(b"\n") else b"\n"
            longer[commit] = note + end + appraise.joined(missing)
    if not longer:
        return before, before
    root = put(repository, tree, longer)
    return before, write_commit(repository, root, [before] if before else [], who, host, at, "Add notes\n")


def _move(repository: pygit2.Repository, moved: Mapping[str, tuple[str | None, str | None]]) -> None:
    """All refs or none, each from what it was."""
    repository.set_ident("code_together", "server@localhost")
    try:
        with repository.transaction() as transaction:
            wanted = [(ref, was, new) for ref, (was, new) in moved.items() if new and was != new]
            for ref, was, _ in wanted:
                transaction.lock_ref(ref)
                if target(repository, ref) != was:
                    raise Conflict("The notes were changed meanwhile; try again.", code="ref_moved")
            for ref, _, new in wanted:
                transaction.set_target(ref, new, message="code_together")
    except (pygit2.GitError, OSError) as error:
        raise Unavailable(f"The session's notes cannot be written now ({error}). Try again.") from error
