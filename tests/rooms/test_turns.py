"""The turns of a room: what shares a transaction, over a real journal."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from code_together.config import Settings
from code_together.ot.change import ChangeSet
from code_together.rooms.awaited import IN_A_ROW
from code_together.rooms.connection import Connection
from code_together.rooms.turn import Turn
from code_together.rooms.turns import Turns
from code_together.session.document import Update
from code_together.session.protocol import ClientMessage, Ping
from code_together.storage.accounts import Accounts
from code_together.storage.database import Database
from code_together.storage.journal import Journal
from code_together.storage.sessions import Sessions
from tests.rooms.test_connection import Wire, connect


class Typist(Wire):
    """Pushes again as soon as its own push is there."""

    def __init__(self, turns: list[Turns]) -> None:
        super().__init__()
        self.turns = turns
        self.connection = connect(self)
        self.connection.joined = True
        self.connection.client = str(id(self))
        self.enough = asyncio.Event()

    def push(self) -> None:
        self.turns[0].post((self.connection, Ping()))

    def write(self, message: bytes) -> None:
        super().write(message)
        if len(self.sent) == 40 * IN_A_ROW:
            self.enough.set()
        if any(update["client"] == self.connection.client for update in json.loads(message)["updates"]):
            self.push()


async def test_who_push_as_soon_as_they_are_answered_share_their_transactions(
    tmp_path: Path, settings: Settings
) -> None:
    """RM13: they do not fall into two halves, of which one is written while the other types."""
    database = Database.open(tmp_path / "data")
    journal = Journal(database)
    account = (await Accounts(database, settings).create("ann", "correct horse")).id
    document = await journal.new_document(
        (await Sessions(database, settings).create("x", "private", account)).id
    )
    turns: list[Turns] = []
    typists = [Typist(turns) for _ in range(4)]
    version = 0

    def handle(connection: Connection, received: ClientMessage, turn: Turn) -> None:
        nonlocal version
        version += 1
        one = Update(version, connection.client, version, account, 0, ChangeSet.identity(3))
        turn.accept(document, [one], "ann")
        turn.answered.append((connection, document))

    def failed(error: BaseException) -> None:
        raise error

    turns.append(
        Turns(journal, handle, lambda _: [typist.connection for typist in typists], lambda: None, failed)
    )
    for typist in typists:
        typist.push()
        await asyncio.sleep(0)  # each begins in a turn, or at least in a step, of its own
    await typists[0].enough.wait()
    turns[0].end()
    database.close()
    together = [len(json.loads(message)["updates"]) for message in typists[0].sent]
    assert together[0] == 1
    # On a busy machine one may be late now and then; in halves it would never be all of them.
    assert together.count(len(typists)) > len(together) / 2, together
