"""The simulated world: an honest client, a server around the real `Document`, and the network between them.

Everything random comes from one seeded generator, so a seed is a whole run.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from code_together.errors import CodeTogetherError
from code_together.ot.change import ChangeSet
from code_together.ot.collab import rebase
from code_together.ot.text import Text
from code_together.session.document import Document, HistoryNeeded, Update
from tests.simulation.record import History

ALPHABET = ["a", "b", "\n", "é", "😀", "\r", "word ", "𝔘"]
ACCOUNTS = {1: "ann", 2: "bob", 3: "cyd"}


class Server:
    """What a room does, with a list for a disk. `journal` is what survives a crash; `memory` is not yet durable."""

    def __init__(self, base: str, history: History, held: int) -> None:
        self.base = base
        self.journal: list[Update] = []
        self.history = history
        self.held = held
        self.waiting: list[tuple[Update, list[Client]]] = []
        self.document = self._opened()

    def _opened(self) -> Document:
        seqs: dict[str, int] = {}
        for update in self.journal:
            seqs[update.client] = update.seq
        document = Document(1, "a.txt", "utf-8", self.base, seqs=seqs)
        document.replay(self.journal)
        document.committed = document.version
        document.forget(self.held)
        return document

    def crash(self) -> None:
        self.waiting = []
        self.document = self._opened()

    def push(self, client: Client, message: dict[str, Any], readers: Sequence[Client]) -> str | None:
        """The error code that the push got, None if it was taken."""
        changes = [ChangeSet.from_json(change) for change in json.loads(json.dumps(message["changes"]))]
        while True:
            try:
                accepted = self.document.push(
                    client.id, client.account, message["version"], message["seq"], changes
                )
            except HistoryNeeded as needed:
                self.document.remember(self.journal[needed.version : self.document.first_held])
                continue
            except CodeTogetherError as error:
                return error.code
            break
        for update in accepted:
            self.waiting.append((update, list(readers)))
        return None

    def sync(self) -> list[tuple[Client, dict[str, Any]]]:
        """The turn becomes durable; gives what is to be sent."""
        messages: list[tuple[Client, dict[str, Any]]] = []
        for update, readers in self.waiting:
            self.journal.append(update)
            wire = {
                "version": update.version - 1,
                "client": update.client,
                "seq": update.seq,
                "changes": json.dumps(update.changes.to_json()),
            }
            messages.extend((reader, wire) for reader in readers)
        self.waiting = []
        self.document.committed = len(self.journal)
        self.document.forget(self.held)
        return messages

    def missed(self, version: int) -> list[dict[str, Any]]:
        return [
            {
                "version": u.version - 1,
                "client": u.client,
                "seq": u.seq,
                "changes": json.dumps(u.changes.to_json()),
            }
            for u in self.journal[version:]
        ]


@dataclass
class Client:
    """An honest client: confirmed text, then what is under way, then what waits (CL1)."""

    id: str
    account: int
    text: Text
    history: History
    version: int = 0
    underway: list[ChangeSet] = field(default_factory=list)
    waiting: list[ChangeSet] = field(default_factory=list)
    confirmed: int = 0
    online: bool = True
    down: list[dict[str, Any]] = field(default_factory=list)
    up: list[dict[str, Any]] = field(default_factory=list)
    sent: bool = False
    typed: int = 0

    def edit(self, changes: ChangeSet) -> None:
        self.text.apply(changes)
        self.waiting.append(changes)
        self.typed += 1

    def push(self, mixed: bool = False) -> dict[str, Any] | None:
        """What is under way, again, or all that waits; `mixed`: both, so that known updates stand beside new ones (SQ3)."""
        if self.sent or not (self.underway or self.waiting):
            return None
        if mixed or not self.underway:
            self.underway, self.waiting = self.underway + self.waiting, []
        self.sent = True
        for offset in range(len(self.underway)):
            self.history.invoked(self.id, self.confirmed + 1 + offset)
        return {
            "version": self.version,
            "seq": self.confirmed + 1,
            "changes": [change.to_json() for change in self.underway],
        }

    def receive(self, update: dict[str, Any]) -> None:
        self.history.received(self.id, update)
        assert update["version"] == self.version, f"{self.id} is at {self.version}, got {update['version']}"
        changes = ChangeSet.from_json(json.loads(update["changes"]))
        self.version += 1
        if update["client"] == self.id:
            assert update["seq"] == self.confirmed + 1
            assert self.underway[0] == changes, "an own update came back as another"
            del self.underway[0]
            self.confirmed += 1
            self.history.acknowledged(self.id, update["seq"], self.version)
            if not self.underway:
                self.sent = False
            return
        self.underway, changes = rebase(self.underway, changes)
        self.waiting, changes = rebase(self.waiting, changes)
        self.text.apply(changes)

    def disconnect(self) -> None:
        self.online, self.sent = False, False
        self.up.clear()
        self.down.clear()


def random_edit(rng: random.Random, text: Text, token: str | None) -> ChangeSet:
    """A keystroke, a deletion, a replacement or a few at once; `token` goes in whole and in one piece."""
    length = len(text)

    def place() -> int:
        position = rng.randint(0, length)
        return position - 1 if text.splits_pair(position) else position

    if token is not None:
        position = place()
        return ChangeSet.replace(length, position, position, token)
    start, end = sorted((place(), place()))
    if end - start > 6:
        end = start + 3
        if text.splits_pair(end):
            end += 1
    inserted = "".join(rng.choice(ALPHABET) for _ in range(rng.choice((0, 1, 1, 1, 3))))
    if start == end and not inserted:
        inserted = rng.choice(ALPHABET)
    change = ChangeSet.replace(length, start, end, inserted)
    if rng.random() < 0.15:
        moved = text.copy()
        moved.apply(change)
        change = change.compose(random_edit(rng, moved, None))
    return change
