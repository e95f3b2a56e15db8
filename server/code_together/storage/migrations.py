"""The schema, as a list of steps that is only ever added to (JR6).

Each function is one migration, and all that a database has not had are one transaction; `sqlite_utils.Migrations`
records which of them it has had. Write a step with `db.conn.execute`, one statement a call: `executescript` commits by
itself and would break it in two.
"""

from __future__ import annotations

import contextlib
import sqlite3
from typing import Final

import sqlite_utils
from sqlite_utils.migrations import Migrations

migrations: Final = Migrations("code_together")


def pending(connection: sqlite3.Connection) -> list[str]:
    """The steps that this database has not had yet, in order. Only reads."""
    return [step.name for step in migrations.pending(_wrap(connection))]


def is_new(connection: sqlite3.Connection) -> bool:
    """Whether this database has had no step yet. Only reads."""
    return not migrations.applied(_wrap(connection))


def unknown(connection: sqlite3.Connection) -> list[str]:
    """The steps that this database has had and this program does not know. Only reads."""
    with contextlib.closing(sqlite3.connect(":memory:")) as empty:
        known = set(pending(empty))
    return [step.name for step in migrations.applied(_wrap(connection)) if step.name not in known]


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the database up to this program's schema, by all that is pending or, if a step fails, by nothing."""
    with _wrap(connection).atomic() as whole:
        migrations.apply(whole)


def _wrap(connection: sqlite3.Connection) -> sqlite_utils.Database:
    return sqlite_utils.Database(connection, execute_plugins=False)


@migrations()
def m0001_first_schema(db: sqlite_utils.Database) -> None:
    for statement in _FIRST_SCHEMA.split(";\n"):
        db.conn.execute(statement)


# An account that ever typed is disabled and never deleted, so what it said and typed refers to it without a
# cascade. `updates` and its like are clustered by their key: a turn then touches one page for each document
# instead of two, and a replay reads one stretch.
_FIRST_SCHEMA: Final = """
CREATE TABLE accounts (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    display_name TEXT NOT NULL,
    color INTEGER NOT NULL CHECK (color BETWEEN 1 AND 8),
    admin INTEGER NOT NULL DEFAULT 0 CHECK (admin IN (0, 1)),
    disabled INTEGER NOT NULL DEFAULT 0 CHECK (disabled IN (0, 1)),
    password TEXT NOT NULL,
    created_at REAL NOT NULL
) STRICT;

CREATE TABLE logins (
    id_hash BLOB NOT NULL PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
    data TEXT NOT NULL,
    created_at REAL NOT NULL,
    last_seen_at REAL NOT NULL,
    expires_at REAL NOT NULL,
    address TEXT NOT NULL,
    agent TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX logins_by_account ON logins(account_id);
CREATE INDEX logins_by_end ON logins(expires_at);
CREATE INDEX logins_by_use ON logins(last_seen_at);

CREATE TABLE tokens (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
    label TEXT NOT NULL,
    scope TEXT NOT NULL CHECK (scope IN ('read', 'write')),
    secret_hash BLOB NOT NULL UNIQUE,
    created_at REAL NOT NULL,
    expires_at REAL,
    last_used_at REAL
) STRICT;
CREATE INDEX tokens_by_account ON tokens(account_id);

CREATE TABLE sessions (
    id TEXT NOT NULL PRIMARY KEY,
    title TEXT NOT NULL,
    visibility TEXT NOT NULL CHECK (visibility IN ('private', 'lan')),
    archived INTEGER NOT NULL DEFAULT 0 CHECK (archived IN (0, 1)),
    created_at REAL NOT NULL,
    active_at REAL NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_on_the_lan ON sessions(active_at) WHERE visibility = 'lan';

CREATE TABLE members (
    session_id TEXT NOT NULL REFERENCES sessions(id) ON DELETE CASCADE,
    account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
    role TEXT NOT NULL CHECK (role IN ('owner', 'editor', 'commenter', 'viewer')),
    added_at REAL NOT NULL,
    PRIMARY KEY (session_id, account_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX members_by_account ON members(account_id);

CREATE TABLE documents (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    session_id TEXT NOT NULL REFERENCES sessions(id) ON DELETE CASCADE,
    created_at REAL NOT NULL
) STRICT;
CREATE INDEX documents_by_session ON documents(session_id);

CREATE TABLE clients (
    id TEXT NOT NULL PRIMARY KEY,
    session_id TEXT NOT NULL REFERENCES sessions(id) ON DELETE CASCADE,
    account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
    created_at REAL NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX clients_by_session ON clients(session_id);
CREATE INDEX clients_by_account ON clients(account_id);

CREATE TABLE client_seqs (
    document_id INTEGER NOT NULL REFERENCES documents(id) ON DELETE CASCADE,
    client TEXT NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (document_id, client)
) STRICT, WITHOUT ROWID;

CREATE TABLE updates (
    document_id INTEGER NOT NULL REFERENCES documents(id) ON DELETE CASCADE,
    version INTEGER NOT NULL CHECK (version > 0),
    client TEXT NOT NULL,
    seq INTEGER NOT NULL,
    account_id INTEGER NOT NULL REFERENCES accounts(id),
    at INTEGER NOT NULL,
    changes BLOB NOT NULL,
    PRIMARY KEY (document_id, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE marks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    session_id TEXT NOT NULL REFERENCES sessions(id) ON DELETE CASCADE,
    "commit" TEXT NOT NULL,
    at REAL NOT NULL
) STRICT;
CREATE INDEX marks_by_session ON marks(session_id);

CREATE TABLE mark_documents (
    mark_id INTEGER NOT NULL REFERENCES marks(id) ON DELETE CASCADE,
    document_id INTEGER NOT NULL REFERENCES documents(id) ON DELETE CASCADE,
    path TEXT,
    version INTEGER NOT NULL,
    format TEXT NOT NULL,
    PRIMARY KEY (document_id, mark_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX mark_documents_by_mark ON mark_documents(mark_id);

CREATE TABLE chat (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    session_id TEXT NOT NULL REFERENCES sessions(id) ON DELETE CASCADE,
    account_id INTEGER NOT NULL REFERENCES accounts(id),
    at REAL NOT NULL,
    text TEXT NOT NULL
) STRICT;
CREATE INDEX chat_by_session ON chat(session_id)
"""


@migrations()
def m0003_invites(db: sqlite_utils.Database) -> None:
    for statement in _INVITES.split(";\n"):
        db.conn.execute(statement)


_INVITES: Final = """
CREATE TABLE invites (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    session_id TEXT NOT NULL REFERENCES sessions(id) ON DELETE CASCADE,
    account_id INTEGER NOT NULL REFERENCES accounts(id),
    role TEXT NOT NULL CHECK (role IN ('owner', 'editor', 'commenter', 'viewer')),
    token_hash BLOB NOT NULL UNIQUE,
    code_hash BLOB NOT NULL UNIQUE,
    code_expires_at REAL NOT NULL,
    created_at REAL NOT NULL,
    expires_at REAL,
    max_uses INTEGER CHECK (max_uses > 0),
    ended_at REAL
) STRICT;
CREATE INDEX invites_by_session ON invites(session_id);

CREATE TABLE invite_uses (
    invite_id INTEGER NOT NULL REFERENCES invites(id) ON DELETE CASCADE,
    account_id INTEGER NOT NULL REFERENCES accounts(id),
    at REAL NOT NULL,
    PRIMARY KEY (invite_id, account_id)
) STRICT, WITHOUT ROWID
"""


@migrations()
def m0004_role_of_visitors(db: sqlite_utils.Database) -> None:
    db.conn.execute(
        "ALTER TABLE sessions ADD COLUMN lan_role TEXT NOT NULL DEFAULT 'viewer'"
        " CHECK (lan_role IN ('viewer', 'editor'))"
    )


@migrations()
def m0005_administration(db: sqlite_utils.Database) -> None:
    for statement in _ADMINISTRATION.split(";\n"):
        db.conn.execute(statement)


# What the audit log says stays true when an account or session is gone: it holds names, and refers to nothing.
_ADMINISTRATION: Final = """
ALTER TABLE accounts ADD COLUMN last_seen_at REAL;

CREATE TABLE resets (
    account_id INTEGER NOT NULL UNIQUE REFERENCES accounts(id) ON DELETE CASCADE,
    secret_hash BLOB NOT NULL PRIMARY KEY,
    expires_at REAL NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE options (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at REAL NOT NULL,
    actor TEXT,
    action TEXT NOT NULL,
    session_id TEXT,
    session_title TEXT,
    target TEXT,
    detail TEXT
) STRICT;
CREATE INDEX audit_by_time ON audit(at)
"""


@migrations()
def m0006_index_of_the_history(db: sqlite_utils.Database) -> None:
    for statement in _HISTORY.split(";\n"):
        db.conn.execute(statement)


# All of it can be made again from Git. `ordinal` counts along first parents and has gaps nowhere; what is older than the
# first that came in counts down from it. `place` 0 is the revision, others are the commits that it merged. `own`: whose
# work it is, a merge's own for none. `left`: the path that a file was renamed from, with its new one.
_HISTORY: Final = """
CREATE TABLE histories (
    id INTEGER PRIMARY KEY,
    session_id TEXT NOT NULL UNIQUE REFERENCES sessions(id) ON DELETE CASCADE,
    older TEXT
) STRICT;

CREATE TABLE revision_people (
    id INTEGER PRIMARY KEY,
    history_id INTEGER NOT NULL REFERENCES histories(id) ON DELETE CASCADE,
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    UNIQUE (history_id, email, name)
) STRICT;

CREATE TABLE revisions (
    history_id INTEGER NOT NULL REFERENCES histories(id) ON DELETE CASCADE,
    ordinal INTEGER NOT NULL,
    place INTEGER NOT NULL,
    "commit" TEXT NOT NULL,
    parents TEXT NOT NULL,
    person_id INTEGER NOT NULL,
    at REAL NOT NULL,
    message TEXT NOT NULL,
    own INTEGER NOT NULL CHECK (own IN (0, 1)),
    added INTEGER NOT NULL,
    removed INTEGER NOT NULL,
    PRIMARY KEY (history_id, ordinal, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX revisions_by_commit ON revisions(history_id, "commit");
CREATE INDEX revisions_by_person ON revisions(history_id, person_id, ordinal, at, added, removed) WHERE own = 1;

CREATE TABLE revision_files (
    history_id INTEGER NOT NULL REFERENCES histories(id) ON DELETE CASCADE,
    path TEXT NOT NULL,
    ordinal INTEGER NOT NULL,
    place INTEGER NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('added', 'removed', 'changed', 'renamed', 'left')),
    other TEXT,
    added INTEGER NOT NULL,
    removed INTEGER NOT NULL,
    PRIMARY KEY (history_id, path, ordinal, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX revision_files_by_revision ON revision_files(history_id, ordinal, place);
CREATE INDEX revision_files_that_moved ON revision_files(history_id, path, ordinal)
    WHERE place = 0 AND status IN ('renamed', 'left')
"""


@migrations()
def m0007_chat(db: sqlite_utils.Database) -> None:
    for statement in _CHAT.split(";\n"):
        db.conn.execute(statement)


# A message that is deleted loses its text and keeps its place. `key` is what its sender calls it, so that a message that
# is sent again is kept once.
_CHAT: Final = """
ALTER TABLE chat ADD COLUMN edited_at REAL;
ALTER TABLE chat ADD COLUMN deleted_by INTEGER REFERENCES accounts(id);
ALTER TABLE chat ADD COLUMN key TEXT;
CREATE UNIQUE INDEX chat_by_key ON chat(session_id, account_id, key) WHERE key IS NOT NULL;

CREATE TABLE chat_reads (
    session_id TEXT NOT NULL REFERENCES sessions(id) ON DELETE CASCADE,
    account_id INTEGER NOT NULL REFERENCES accounts(id) ON DELETE CASCADE,
    message_id INTEGER NOT NULL,
    PRIMARY KEY (session_id, account_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX chat_reads_by_account ON chat_reads(account_id)
"""


@migrations()
def m0010_comments(db: sqlite_utils.Database) -> None:
    for statement in _COMMENTS.split(";\n"):
        db.conn.execute(statement)


# Comments live in Git; but for `comment_lines`, which waits to be written there, and what was read of mentions, all
# of this can be made again from the notes whose commits `comment_refs` has.
_COMMENTS: Final = """
CREATE TABLE comments (
    session_id TEXT NOT NULL REFERENCES sessions(id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    "commit" TEXT NOT NULL,
    line TEXT NOT NULL,
    parent TEXT,
    thread TEXT NOT NULL,
    account_id INTEGER REFERENCES accounts(id),
    author TEXT NOT NULL,
    at REAL NOT NULL,
    edited_at REAL,
    newest INTEGER NOT NULL,
    text TEXT NOT NULL,
    resolved INTEGER CHECK (resolved IN (0, 1)),
    settled INTEGER NOT NULL CHECK (settled IN (0, 1)),
    deleted INTEGER NOT NULL CHECK (deleted IN (0, 1)),
    revision TEXT NOT NULL,
    said_path TEXT,
    said TEXT,
    quote TEXT NOT NULL,
    document_id INTEGER,
    path TEXT,
    version INTEGER,
    place TEXT,
    outdated INTEGER NOT NULL DEFAULT 0 CHECK (outdated IN (0, 1)),
    PRIMARY KEY (session_id, id)
) STRICT;
CREATE INDEX comments_by_thread ON comments(session_id, thread, at);
CREATE INDEX comments_by_commit ON comments(session_id, "commit");
CREATE INDEX comments_by_account ON comments(session_id, account_id);
CREATE INDEX threads_by_time ON comments(session_id, at, id) WHERE id = thread;
CREATE INDEX threads_by_path ON comments(session_id, path, at, id) WHERE id = thread;
CREATE INDEX threads_by_document ON comments(session_id, document_id) WHERE id = thread;

CREATE TABLE comment_lines (
    number INTEGER PRIMARY KEY,
    session_id TEXT NOT NULL REFERENCES sessions(id) ON DELETE CASCADE,
    account_id INTEGER NOT NULL REFERENCES accounts(id),
    "commit" TEXT NOT NULL,
    line TEXT NOT NULL,
    extra TEXT NOT NULL
) STRICT;
CREATE INDEX comment_lines_by_session ON comment_lines(session_id);

CREATE TABLE comment_refs (
    session_id TEXT NOT NULL PRIMARY KEY REFERENCES sessions(id) ON DELETE CASCADE,
    discuss TEXT,
    extras TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE comment_mentions (
    session_id TEXT NOT NULL REFERENCES sessions(id) ON DELETE CASCADE,
    account_id INTEGER NOT NULL REFERENCES accounts(id),
    comment_id TEXT NOT NULL,
    at REAL NOT NULL,
    read_at REAL,
    PRIMARY KEY (session_id, account_id, comment_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX comment_mentions_by_comment ON comment_mentions(session_id, comment_id);
CREATE INDEX comment_mentions_unread ON comment_mentions(session_id, account_id) WHERE read_at IS NULL
"""


@migrations()
def m0011_seen(db: sqlite_utils.Database) -> None:
    db.conn.execute(_SEEN)


_SEEN: Final = """
CREATE TABLE seen (
    session_id TEXT NOT NULL REFERENCES sessions(id) ON DELETE CASCADE,
    account_id INTEGER NOT NULL REFERENCES accounts(id),
    revision TEXT,
    at REAL NOT NULL,
    PRIMARY KEY (session_id, account_id)
) STRICT, WITHOUT ROWID
"""


@migrations()
def m0012_comment_keys(db: sqlite_utils.Database) -> None:
    db.conn.execute(_COMMENT_KEYS)


# What its author calls a comment, so that one that is sent twice is made once. Git does not have it: it is no part of the index.
_COMMENT_KEYS: Final = """
CREATE TABLE comment_keys (
    session_id TEXT NOT NULL REFERENCES sessions(id) ON DELETE CASCADE,
    account_id INTEGER NOT NULL REFERENCES accounts(id),
    key TEXT NOT NULL,
    comment_id TEXT NOT NULL,
    PRIMARY KEY (session_id, account_id, key)
) STRICT, WITHOUT ROWID
"""


@migrations()
def m0013_summaries(db: sqlite_utils.Database) -> None:
    db.conn.execute(_SUMMARIES)


# What the list says of each session; all of it can be made again from Git. `account` is a name, for it may be of no account.
_SUMMARIES: Final = """
CREATE TABLE summaries (
    session_id TEXT NOT NULL PRIMARY KEY REFERENCES sessions(id) ON DELETE CASCADE,
    revision TEXT,
    files INTEGER NOT NULL,
    languages TEXT NOT NULL,
    account TEXT,
    name TEXT,
    email TEXT,
    edited_at REAL,
    path TEXT
) STRICT, WITHOUT ROWID
"""


@migrations()
def m0014_uncounted(db: sqlite_utils.Database) -> None:
    db.conn.execute("DROP TABLE revision_files")
    db.conn.execute("DELETE FROM revisions")
    db.conn.execute("DELETE FROM revision_people")
    db.conn.execute("DELETE FROM histories")
    for statement in _UNCOUNTED.split(";\n"):
        db.conn.execute(statement)


# Of a file that is too large its lines are not counted, which is something else than none. The index is made again from Git.
_UNCOUNTED: Final = """
CREATE TABLE revision_files (
    history_id INTEGER NOT NULL REFERENCES histories(id) ON DELETE CASCADE,
    path TEXT NOT NULL,
    ordinal INTEGER NOT NULL,
    place INTEGER NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('added', 'removed', 'changed', 'renamed', 'left')),
    other TEXT,
    added INTEGER,
    removed INTEGER,
    PRIMARY KEY (history_id, path, ordinal, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX revision_files_by_revision ON revision_files(history_id, ordinal, place);
CREATE INDEX revision_files_that_moved ON revision_files(history_id, path, ordinal)
    WHERE place = 0 AND status IN ('renamed', 'left')
"""


@migrations()
def m0015_clashes(db: sqlite_utils.Database) -> None:
    for statement in _CLASHES.split(";\n"):
        db.conn.execute(statement)


# Places where a push met what was changed here, until somebody settles them. `people` and `body` are JSON.
_CLASHES: Final = """
CREATE TABLE clashes (
    number INTEGER PRIMARY KEY,
    session_id TEXT NOT NULL REFERENCES sessions(id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    people TEXT NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX clashes_by_session ON clashes(session_id, id)
"""
