"""What notes say, as the index of comments has it: which comments there are on a commit, as their lines leave them.

Runs in a worker process, for a note may have tens of thousands of lines. What it finds goes back in pieces that are taken up one after another, so
that the event loop and the database do other things in between.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from code_together.git import appraise, notes
from code_together.git.appraise import Location, Remark
from code_together.git.bare import opened
from code_together.git.notes import Refs, Said
from code_together.git.passages import Places
from code_together.session.lines import LineRange
from code_together.storage.commentrows import Comment, Spot

_LONGEST_TEXT = 100_000  # of what others wrote, in characters; Git keeps the rest
_PIECE = 200  # comments that are taken up at once


@dataclass(frozen=True)
class Noted:
    """A comment as the notes have it: without what only the database knows. `account`: the name of who the server vouches for; `range`: its
    exact place, if that is known."""

    comment: Comment
    account: str | None
    range: LineRange | None
    location: Location | None = None


@dataclass(frozen=True)
class Difference:
    """Comments that are new or others since (`unpacked` gives those of a piece), ids of those that are gone, and what the refs are."""

    pieces: list[bytes]
    gone: list[str]
    now: Refs


def difference(path: str, since: Refs, units: int) -> Difference:
    """What the notes say otherwise than at `since`."""
    found, now = notes.discussions(path, since)
    new: list[Noted] = []
    gone: list[str] = []
    for each in found:
        before = {one.comment.id: one for one in states(each.commit, each.before)}
        after = states(each.commit, each.said)
        new += [one for one in after if before.get(one.comment.id) != one]
        gone += before.keys() - {one.comment.id for one in after}
    with opened(path) as repository:
        places = Places(repository, units)
        new = [_placed(places, one) for one in sorted(new, key=_file)]
    pieces = [pickle.dumps(new[at : at + _PIECE]) for at in range(0, len(new), _PIECE)]
    return Difference(pieces, gone, now)


def unpacked(piece: bytes) -> list[Noted]:
    """The comments of a piece of a `Difference`; that it is opened late keeps the others from holding up the event loop."""
    found: list[Noted] = pickle.loads(piece)  # noqa: S301 - a worker of ours made it
    return found


def _file(one: Noted) -> tuple[str, str]:
    """Comments of one file are placed one after another, so that it is read once."""
    return (one.location.commit, one.location.path or "") if one.location else ("", "")


def _placed(places: Places, one: Noted) -> Noted:
    passage = places.placed(one.location, one.range) if one.location else None
    if passage is None:
        return one
    spot = Spot(passage.span, passage.range)
    return replace(one, comment=replace(one.comment, said=spot, quote=passage.quote))


def states(commit: str, all_said: Sequence[Said]) -> list[Noted]:
    """The comments on a commit as their lines leave them.

    What somebody said here is changed by lines that the server vouches for, and by nothing else that was pushed.
    """
    said = {one.id: one for one in all_said}
    order = {one.id: number for number, one in enumerate(all_said)}
    lines: dict[str, list[Said]] = {one.id: [one] for one in all_said if not one.remark.original}
    for one in all_said:
        original = said.get(one.remark.original)
        if original and original.id in lines and (one.extra or not original.extra):
            lines[original.id].append(one)
    for states_ in lines.values():
        states_[1:] = sorted(states_[1:], key=lambda one: (_seconds(one.remark), order[one.id]))
    threads = {id: _root(id, lines) for id in lines}
    settled: dict[str, tuple[int, int, bool]] = {}
    for id, states_ in lines.items():
        for one in states_:
            if one.remark.resolved is not None:
                verdict = _seconds(one.remark), order[one.id], one.remark.resolved
                settled[threads[id]] = max(verdict, settled.get(threads[id], verdict))
    comments = []
    for id, states_ in lines.items():
        thread = threads[id]
        verdict_ = settled.get(thread)
        comment = _comment(commit, states_, thread, bool(verdict_ and verdict_[2]))
        first = states_[0].extra
        comments.append(
            Noted(
                comment,
                first.account if first else None,
                first.range if first else None,
                states_[0].remark.location,
            )
        )
    return comments


def _root(id: str, lines: Mapping[str, Sequence[Said]]) -> str:
    """The comment that a thread begins with; one that answers what is not there begins its own."""
    seen = {id}
    while (parent := lines[id][0].remark.parent) in lines and parent not in seen:
        seen.add(parent)
        id = parent
    return id


def _comment(commit: str, lines: Sequence[Said], thread: str, settled: bool) -> Comment:
    first, last = lines[0], lines[-1]
    remark, newest = first.remark, last.remark
    texts = [one for before, one in pairwise(lines) if one.remark.description != before.remark.description]
    deleted = last is not first and not newest.description
    if deleted:
        texts = texts[:-1]  # that it was taken back is no edit
    location = remark.location
    text = appraise.clean(newest.description)
    return Comment(
        id=first.id,
        commit=commit,
        line=remark.line,
        parent=remark.parent if thread != first.id else None,
        thread=thread,
        account=None,
        author=appraise.clean(remark.author)[:254],
        at=first.extra.at if first.extra else float(_seconds(remark)),
        edited_at=_at(texts[-1]) if texts else None,
        newest=_seconds(newest),
        text=text if len(text) <= _LONGEST_TEXT else text[:_LONGEST_TEXT] + "…",
        resolved=newest.resolved,
        settled=settled,
        deleted=deleted,
        revision=location.commit if location and location.commit else commit,
        said_path=(location and location.path) or None,
        said=None,
        quote="",
        document=first.extra.document if first.extra else None,
    )


def _at(line: Said) -> float:
    return line.extra.at if line.extra else float(_seconds(line.remark))


def _seconds(remark: Remark) -> int:
    """When a line says that it was written; 0 where it says nothing that can be understood."""
    text = remark.timestamp
    return min(int(text), 253402300799) if text.isascii() and text.isdigit() and len(text) < 20 else 0
