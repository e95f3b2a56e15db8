"""The schema, as a list of steps that is only ever added to (JR6).

Each function is one migration and one transaction; `sqlite_utils.Migrations` records which of them a
database has had. Write a step with `db.conn.execute`, one statement a call: `executescript` commits by
itself and would break the step in two.
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


def unknown(connection: sqlite3.Connection) -> list[str]:
    """The steps that this database has had and this program does not know. Only reads."""
    with contextlib.closing(sqlite3.connect(":memory:")) as empty:
        known = set(pending(empty))
    return [step.name for step in migrations.applied(_wrap(connection)) if step.name not in known]


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the database up to this program's schema. A step that fails leaves it as the step before did."""
    migrations.apply(_wrap(connection))


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
