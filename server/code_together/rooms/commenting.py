"""What people do with comments: say something, change it, take it back, settle it, and read what there is.

Each is kept in the database, told to everyone, and in Git a moment later (`rooms/commentnotes`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import time

from code_together.errors import BadChanges, Conflict, NotFound, Unprocessable
from code_together.git import appraise, passages
from code_together.git.appraise import Remark
from code_together.git.notes import Extra
from code_together.git.passages import Asked, Passage
from code_together.rooms import history, whereabouts
from code_together.rooms.comments import CommentBody
from code_together.rooms.connection import Person
from code_together.rooms.room import Room
from code_together.rooms.whereabouts import There
from code_together.rooms.windows import commit_window
from code_together.session.anchors import follow
from code_together.session.authors import email_of
from code_together.session.comments import check_author, check_taking_back, check_text, is_id
from code_together.session.document import Document, HistoryNeeded
from code_together.session.lines import Span
from code_together.storage.commentrows import Comment, Spot

# Units of a text from which on its lines are counted in a worker process.
_LONG = 500_000
_KEY_LENGTH = 64


@dataclass(frozen=True, slots=True)
class LivePlace:
    """A stretch of a document at a version of it, as an editor has it."""

    document: int
    version: int
    span: Span


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of comments; `open` and `unread` count over the whole session, `unread_ids` are those that mention who asks."""

    comments: list[CommentBody]
    next: str | None
    open: int
    unread: int


async def said(room: Room, person: Person, key: str | None) -> CommentBody | None:
    """The comment that a person has made with a key before, as it is now. Raises `Unprocessable` (`bad_comment`)."""
    if key is None:
        return None
    if not 0 < len(key) <= _KEY_LENGTH:
        raise Unprocessable(f"The key of a comment has 1 to {_KEY_LENGTH} characters.", code="bad_comment")
    await room.comments.ready()
    known = await room.around.comments.said(room.session, person.account, key)
    return await _known(room, known) if known else None


async def say(
    room: Room,
    person: Person,
    text: str,
    path: str,
    where: Asked | LivePlace,
    revision: str | None,
    key: str | None = None,
) -> CommentBody:
    """Begins a thread about a stretch of a file: as it is now, or in a revision. What is open is committed first.

    One that was made with the same `key` meanwhile is given instead.

    Raises `Unprocessable` (`bad_comment`, `bad_range`), `NotFound`, `Conflict` (`text_gone`, `not_text`), `TooLarge` (`too_many_comments`).
    """
    text = _text(room, text)
    await room.comments.ready()
    if revision is not None:
        if isinstance(where, LivePlace):
            raise Unprocessable("A revision's text has lines, not a version.", code="bad_range")
        return await _say_of_revision(room, person, text, path, where, revision, key)
    if isinstance(where, LivePlace):
        now = room.documents.path_of(where.document)
        if now is None:
            raise NotFound(
                f"The anchor names document {where.document}, which is no file of this session now.",
                code="no_document",
            )
        path = now
    document = await room.documents.load(path)
    await room.comments.anchoring.attach(document)
    async with room.repository_lock:
        version, span = await _asked(room, document, where)
        await commit_window(room, None)
        head, committed, file = room.checkpoint.head, document.committed, document.path
        if head is None or document.id not in room.documents.loaded:
            raise NotFound(f"There is no file {path}.", code="no_file")
        found = _through(document, version, committed, span)
        passage = await room.around.workers.read(
            passages.passage,
            str(room.repository),
            head,
            file,
            document.format,
            room.around.settings.document_units,
            found,
        )
        comment = _comment(room, person, text, head, passage, document.id)
        comment = replace(comment, path=file, version=committed, place=Spot(passage.span, passage.range))
        known = await _keep(room, person, comment, key)
    if known:
        return await _known(room, known)

    await room.turns.perform(
        lambda: room.comments.anchoring.place(document, comment.id, committed, passage.span)
    )
    return await _told(room, comment, comment)


async def _say_of_revision(
    room: Room, person: Person, text: str, path: str, where: Asked, revision: str, key: str | None
) -> CommentBody:
    passage = await room.around.workers.look(
        passages.passage,
        str(room.repository),
        revision,
        path,
        None,
        room.around.settings.document_units,
        where,
    )
    document = await room.around.journal.document_at(room.session, revision, path)
    if document is None and (row := room.checkpoint.marked.get(path)):
        document = row.document
    comment = _comment(room, person, text, revision, passage, document)
    comment = replace(comment, path=room.documents.path_of(document) or path)
    if known := await _keep(room, person, comment, key):
        return await _known(room, known)
    comment = await whereabouts.find(room, comment, person.account)
    return await _told(room, comment, comment)


async def answer(room: Room, person: Person, text: str, parent: str, key: str | None = None) -> CommentBody:
    """Answers a comment; `key` as for `say`. Raises `NotFound` (`no_comment`), `Unprocessable` (`bad_comment`)."""
    text = _text(room, text)
    before, root = await _found(room, parent)
    remark = _remark(before)
    at = round(time(), 3)
    remark = Remark(
        timestamp=appraise.timestamp(at),
        author=email_of(person.name, room.around.host),
        parent=before.id,
        location=remark.location,
        description=text,
    )
    comment = replace(
        before,
        id=remark.id,
        line=remark.line,
        parent=before.id,
        account=person.account,
        author=remark.author,
        at=at,
        edited_at=None,
        newest=int(remark.timestamp),
        text=text,
        resolved=None,
        deleted=False,
    )
    if known := await _keep(room, person, comment, key):
        return await _known(room, known)
    return await _told(room, comment, root)


async def edit(room: Room, person: Person, id: str, text: str) -> CommentBody:
    """Its author says it in other words. Raises `NotFound` (`no_comment`), `NotAllowed` (`not_yours`), `Unprocessable` (`bad_comment`)."""
    comment, root = await _found(room, id)
    check_author(person.account, comment.account)
    text = _text(room, text)
    if text == comment.text:
        return await _told(room, comment, root)
    return await _change(room, person, replace(comment, text=text), root, edited=True)


async def settle(room: Room, person: Person, id: str, resolved: bool) -> CommentBody:
    """Resolves a thread, or opens it again. Raises `NotFound` (`no_comment`), `Unprocessable` (`not_a_thread`)."""
    comment, root = await _found(room, id)
    if comment.id != root.id:
        raise Unprocessable("Only the first comment of a thread is resolved.", code="not_a_thread")
    if comment.settled == resolved and comment.resolved is not None:
        return await _told(room, comment, root)
    comment = replace(comment, resolved=resolved, settled=resolved)
    return await _change(room, person, comment, comment)


async def take_back(room: Room, person: Person, role: str, id: str) -> None:
    """Deletes a comment; what was answered to it stays. Raises `NotFound` (`no_comment`), `NotAllowed` (`not_yours`)."""
    comment, root = await _found(room, id)
    check_taking_back(person.account, role, comment.account)
    await _change(room, person, replace(comment, text="", deleted=True), root)
    if comment.id == root.id and not await room.around.comments.thread(room.session, root.id):
        await room.turns.perform(lambda: room.comments.anchoring.remove(comment))


async def page(
    room: Room,
    person: Person,
    limit: int,
    before: str | None,
    path: str | None,
    open: bool | None,
    mine: bool,
    revision: str | None = None,
) -> Listed:
    """A page of threads, newest first, each with its replies. `open`: not resolved, or resolved; `revision`: said in it."""
    await room.comments.ready()
    of = person.account if mine else None
    comments = room.around.comments
    if before is not None and not (is_id(before) and await comments.get(room.session, before)):
        raise NotFound("There is no such comment.", code="no_comment")
    if revision is not None:
        await history.revision(room, revision)
    found, following = await comments.page(
        room.session, limit, before=before, path=path, open=open, of=of, revision=revision
    )
    return await _listed(room, person, found, following)


async def places(
    room: Room, revision: str, path: str, before: str | None, limit: int
) -> tuple[list[There], str | None]:
    """Where threads are in a file of a revision; as `whereabouts.in_revision`. Raises `NotFound` (`no_comment`) besides."""
    if before is not None and not is_id(before):
        raise NotFound("There is no such comment.", code="no_comment")
    return await whereabouts.in_revision(room, revision, path, before, limit)


async def counts(room: Room, revisions: Sequence[str]) -> dict[str, int]:
    """How many comments were said of each of these revisions, where there are any."""
    return await room.around.comments.counts(room.session, revisions)


async def thread(room: Room, person: Person, id: str) -> Listed:
    """The thread that a comment is in. Raises `NotFound` (`no_comment`)."""
    _, root = await _found(room, id, deleted=True)
    found = await room.around.comments.thread(room.session, root.id)
    if not found:
        raise NotFound("There is no such comment.", code="no_comment")
    return await _listed(room, person, found, None)


async def mentions(room: Room, person: Person, limit: int, before: str | None) -> Listed:
    """The comments that mention a person, newest first."""
    await room.comments.ready()
    found, following = await room.around.comments.mentions.page(room.session, person.account, before, limit)
    return await _listed(room, person, found, following)


async def mark_read(room: Room, person: Person, ids: Sequence[str] | None) -> int:
    """The person has read mentions, or all; gives how many are left."""
    await room.around.comments.mentions.mark_read(room.session, person.account, ids)
    return len(await room.around.comments.mentions.unread(room.session, person.account))


async def _listed(room: Room, person: Person, found: Sequence[Comment], following: str | None) -> Listed:
    around = room.around
    roots = {comment.id: comment for comment in found if comment.id == comment.thread}
    for id in {comment.thread for comment in found} - roots.keys():
        if root := await around.comments.get(room.session, id):
            roots[id] = root
    where = await whereabouts.locate(room, list(roots.values()), person.account)
    await room.comments.know(found)
    unread = await around.comments.mentions.unread(room.session, person.account)
    bodies = []
    for comment in found:
        body = room.comments.body(comment, where[comment.thread])
        if comment.id in unread:
            body["unread"] = True
        bodies.append(body)
    return Listed(bodies, following, await around.comments.count_open(room.session), len(unread))


async def _found(room: Room, id: str, *, deleted: bool = False) -> tuple[Comment, Comment]:
    """A comment and the first of its thread."""
    await room.comments.ready()
    comment = await room.around.comments.get(room.session, id) if is_id(id) else None
    if comment is None or (comment.deleted and not deleted):
        raise NotFound("There is no such comment.", code="no_comment")
    root = await room.around.comments.get(room.session, comment.thread) or comment
    return comment, root


def _text(room: Room, text: str) -> str:
    text = appraise.clean(text)
    check_text(text, room.around.settings.comment_length)
    return text


def _remark(comment: Comment) -> Remark:
    remark = appraise.parse(comment.line.encode())
    assert remark is not None, "a comment in the index has no line"
    return remark


async def _asked(room: Room, document: Document, where: Asked | LivePlace) -> tuple[int, Span]:
    """The version and the stretch that are meant. Raises `Unprocessable` (`bad_range`), `Conflict` (`text_gone`)."""
    if not isinstance(where, LivePlace):
        version, text = document.version, str(document.text)
        if len(text) > _LONG:
            return version, await room.around.workers.read(passages.span_in, text, where)
        return version, passages.span_in(text, where)
    if not 0 <= where.version <= document.version:
        raise BadChanges(f"The document is at version {document.version}.", code="bad_version")
    if where.version < document.first_held and not await room.documents.remember(document, where.version):
        raise Conflict("What you looked at is too old; look at the text again.", code="text_gone")
    since = document.since(where.version)
    length = since[0].changes.length if since else len(document.text)
    start, end = where.span
    if not 0 <= start <= end <= length:
        raise Unprocessable("There is no such range in the text.", code="bad_range")
    return where.version, where.span


def _through(document: Document, version: int, until: int, span: Span) -> Span:
    """The stretch at a later version. Raises `Conflict` (`text_gone`) if it was deleted meanwhile."""
    gone = Conflict("The text that you speak of was deleted meanwhile.", code="text_gone")
    try:
        changes = [update.changes for update in document.since(version, until)]
    except HistoryNeeded:
        raise gone from None
    if span[0] == span[1]:  # a caret: it stands for its line
        position = span[0]
        for one in changes:
            position = one.map_pos(position, 1)
        return position, position
    for one in changes:
        (moved,) = follow(one, [span])
        if moved is None:
            raise gone
        span = moved
    return span


def _comment(
    room: Room, person: Person, text: str, commit: str, passage: Passage, document: int | None
) -> Comment:
    """A new thread."""
    at = round(time(), 3)
    remark = Remark(
        timestamp=appraise.timestamp(at),
        author=email_of(person.name, room.around.host),
        location=passage.location,
        description=text,
    )
    return Comment(
        id=remark.id,
        commit=commit,
        line=remark.line,
        parent=None,
        thread=remark.id,
        account=person.account,
        author=remark.author,
        at=at,
        edited_at=None,
        newest=int(remark.timestamp),
        text=text,
        resolved=None,
        settled=False,
        deleted=False,
        revision=commit,
        said_path=passage.location.path,
        said=Spot(passage.span, passage.range),
        quote=passage.quote,
        document=document,
    )


async def _keep(room: Room, person: Person, comment: Comment, key: str | None) -> Comment | None:
    """Keeps a new comment; gives the one that is there instead, if it was made before."""
    await room.comments.know([comment])
    called = set(room.comments.called(comment.text).values()) - {person.account}
    said = comment.said
    extra = Extra(comment.id, person.name, comment.at, comment.document, said.range if said else None)
    most = room.around.settings.comments_per_session
    return await room.around.comments.add(
        room.session, comment, person.account, extra.line, called, most, key
    )


async def _known(room: Room, comment: Comment) -> CommentBody:
    """A comment that was made before, as it is now; everyone has heard of it."""
    await room.comments.notes.in_git()
    root = await room.around.comments.get(room.session, comment.thread) or comment
    await room.comments.know([comment])
    return room.comments.body(comment, whereabouts.now(room, root))


async def _change(
    room: Room, person: Person, comment: Comment, root: Comment, *, edited: bool = False
) -> CommentBody:
    """Another state of a comment, by a further line that names the first one; its author stays who said it."""
    at = round(time(), 3)
    newest = max(int(at), comment.newest + 1)
    remark = replace(
        _remark(comment),
        timestamp=appraise.timestamp(newest),
        original=comment.id,
        description=comment.text,
        resolved=comment.resolved,
    )
    comment = replace(comment, newest=newest, edited_at=at if edited else comment.edited_at)
    await room.comments.know([comment])
    called = set() if comment.deleted else set(room.comments.called(comment.text).values())
    extra = Extra(remark.id, person.name, at)
    await room.around.comments.change(
        room.session, comment, person.account, remark.line, extra.line, called - {comment.account or 0}
    )
    return await _told(room, comment, comment if comment.id == root.id else root)


async def _told(room: Room, comment: Comment, root: Comment) -> CommentBody:
    """Everyone hears of a comment once it is in Git; gives it as it was told."""
    await room.comments.notes.in_git()
    room.comments.anchoring.settled(root)
    return await room.comments.tell(comment, root)
