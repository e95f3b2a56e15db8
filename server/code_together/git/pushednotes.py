"""Notes that are pushed, looked at while they lie apart: whether they may come in, and what of them is new.

Only what is new is read: notes that are the same here, told by their ids, are not looked into, however many there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pygit2

from code_together.errors import NotFound, TooLarge
from code_together.git import appraise
from code_together.git.bare import opened
from code_together.git.commits import read_commit
from code_together.git.notes import DISCUSS
from code_together.git.notetrees import changed, note_on, stranger, target, tree_at

_SHOWN = 60  # characters of what is quoted


@dataclass(frozen=True, slots=True)
class Limits:
    """`lines` and `bytes` are for the note on one commit, joined with what is here; `line_bytes` for a line, `characters` for a comment's text,
    `push` for the new lines of one push, `session` for all comments of the session, in
    which `there` are already."""

    lines: int
    bytes: int
    line_bytes: int
    characters: int
    push: int
    session: int
    there: int


@dataclass(slots=True)
class Judged:
    """What a pushed ref of notes brings. `why`: the reason for which it cannot be taken; then the rest says nothing.

    `said`: new lines that are comments, or in the ref of reviews requests; `others`: new ones that are neither; `left_out`: lines that who pushed
    had before and that the push does not have; `unknown`: commits of new lines that are not in the session.
    """

    why: str | None = None
    said: int = 0
    others: int = 0
    left_out: int = 0
    unknown: list[str] = field(default_factory=list)


def judge(path: str, objects: str | None, pushed: Sequence[tuple[str, str]], limits: Limits) -> list[Judged]:
    """Looks at refs of notes and the commits that they shall be; `objects`: the folder in which they lie apart.

    `policy.check` has looked at their trees.
    """
    with opened(path) as repository:
        if objects is not None:
            repository.odb.add_disk_alternate(objects)
        judged = []
        left = limits.push
        for ref, theirs in pushed:
            try:
                one = _look(repository, ref, theirs, limits, left)
            except TooLarge as error:
                one = Judged(error.message)
            left -= one.said + one.others
            judged.append(one)
        return judged


def _look(repository: pygit2.Repository, ref: str, theirs: str, limits: Limits, left: int) -> Judged:
    """Raises `TooLarge`."""
    judged = Judged()
    ours = target(repository, ref)
    mine, new = tree_at(repository, ours), tree_at(repository, theirs)
    if (path := stranger(mine, new)) is not None:
        judged.why = f"{path} in it is no note; notes are named by the ids of commits. If this is a commit of files, push it to main"
        return judged
    for commit in sorted(changed(mine, new)):
        here = appraise.lines(note_on(mine, commit))
        known = set(here)
        fresh = [line for line in dict.fromkeys(appraise.lines(note_on(new, commit))) if line not in known]
        if not fresh:
            continue
        left -= len(fresh)
        if left < 0:
            raise TooLarge(f"one push may bring {limits.push:,} comments; this one brings more")
        _bound(commit, here, fresh, limits)
        for line in fresh:
            if _says(ref, commit, line, limits):
                judged.said += 1
            else:
                judged.others += 1
        if not _is_here(repository, commit):
            judged.unknown.append(commit)
    if ref == DISCUSS and judged.said + limits.there > limits.session:
        raise TooLarge(f"a session may have {limits.session:,} comments; with these it would have more")
    judged.left_out = _left_out(repository, ours, theirs)
    return judged


def _bound(commit: str, here: Sequence[bytes], fresh: Sequence[bytes], limits: Limits) -> None:
    """Raises `TooLarge` if the note on a commit would be too long with these lines."""
    note = f"the note on {commit[:10]}"
    longest = max(map(len, fresh))
    if longest > limits.line_bytes:
        raise TooLarge(f"a line of {note} has {longest:,} bytes; {limits.line_bytes:,} is the most")
    lines = len(here) + len(fresh)
    if lines > limits.lines:
        raise TooLarge(f"{note} would have {lines:,} lines; {limits.lines:,} is the most")
    size = sum(map(len, here)) + sum(map(len, fresh)) + lines
    if size > limits.bytes:
        raise TooLarge(f"{note} would have {size:,} bytes; {limits.bytes:,} is the most")


def _says(ref: str, commit: str, line: bytes, limits: Limits) -> bool:
    """Whether a line is what its ref is for. Raises `TooLarge` for a comment that is too long."""
    if ref != DISCUSS:
        return appraise.is_request(line)
    remark = appraise.parse(line)
    if remark is None or remark.says_nothing:
        return False
    text = appraise.clean(remark.description)
    if len(text) > limits.characters:
        begin = " ".join(text[:_SHOWN].split())
        raise TooLarge(
            f"the comment on {commit[:10]} that begins with {begin!r} has {len(text):,} characters; {limits.characters:,} is the most"
        )
    return True


def _is_here(repository: pygit2.Repository, commit: str) -> bool:
    try:
        read_commit(repository, commit)
    except NotFound:
        return False
    return True


def _left_out(repository: pygit2.Repository, ours: str | None, theirs: str) -> int:
    """How many lines who pushed took out or altered; not those that they have never had."""
    common = repository.merge_base(ours, theirs) if ours is not None else None
    if common is None:
        return 0
    had, have = tree_at(repository, str(common)), tree_at(repository, theirs)
    return sum(
        len(set(appraise.lines(note_on(had, commit))).difference(appraise.lines(note_on(have, commit))))
        for commit in changed(had, have)
    )
