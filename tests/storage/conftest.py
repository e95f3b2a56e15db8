"""A real database in a temporary folder, and what stands on it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from code_together.config import Settings
from code_together.storage.accounts import Account, Accounts
from code_together.storage.audit import Audit
from code_together.storage.chat import Chat
from code_together.storage.comments import Comments
from code_together.storage.database import Database
from code_together.storage.invites import Invites
from code_together.storage.journal import Journal
from code_together.storage.logins import Logins
from code_together.storage.options import Options
from code_together.storage.resets import Resets
from code_together.storage.revisions import Revisions
from code_together.storage.seen import Seen
from code_together.storage.sessions import Sessions
from code_together.storage.tokens import Tokens


class Clock:
    """A clock that stands until a test moves it."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True)
class Store:
    """Everything of the storage layer over one database."""

    database: Database
    settings: Settings
    clock: Clock
    accounts: Accounts
    logins: Logins
    tokens: Tokens
    sessions: Sessions
    invites: Invites
    journal: Journal
    chat: Chat
    audit: Audit
    options: Options
    resets: Resets
    revisions: Revisions
    seen: Seen

    async def account(self, name: str = "ann") -> Account:
        return await self.accounts.create(name, "correct horse")

    async def session(self, owner: Account) -> str:
        return (await self.sessions.create("Parsers", "private", owner.id)).id


@pytest.fixture
def database(tmp_path: Path, new_data: Path) -> Iterator[Database]:
    database = Database.open(shutil.copytree(new_data, tmp_path / "data"))
    yield database
    database.close()


@pytest.fixture
def store(database: Database) -> Store:
    settings = Settings(bcrypt_cost=4)
    clock = Clock()
    accounts = Accounts(database, settings)
    return Store(
        database,
        settings,
        clock,
        accounts,
        Logins(database, settings, clock),
        Tokens(database, settings, clock),
        Sessions(database, settings),
        Invites(database, settings, clock),
        Journal(database),
        Chat(database, settings),
        Audit(database, settings, clock),
        Options(database, settings),
        Resets(database, settings, accounts, clock),
        Revisions(database),
        Seen(database, clock),
    )


@pytest.fixture
def comments(database: Database) -> Comments:
    return Comments(database)
