"""The peer against the server's sequencer, with everything that a network does: all texts are equal, nothing is lost or doubled."""

from __future__ import annotations

import os
import random
from collections import Counter

import pytest

from code_together.errors import BadChanges
from code_together.ot.change import ChangeSet
from code_together.session.document import Document
from code_together.sync.peer import Peer

SEED = int(os.environ.get("SEED", "0"))


class Side:
    """A client with its peer, a copy as it was last kept, and pushes on their way."""

    def __init__(self, document: Document, client: str, rng: random.Random) -> None:
        self.document, self.client, self.rng = document, client, rng
        self.peer = Peer(0, str(document.text), client=client)
        self.tokens: list[str] = []

    def edit(self) -> None:
        token = f"<{self.client}{len(self.tokens)}>"
        lines = str(self.peer.text).splitlines(keepends=True)
        at = self.rng.randint(0, len(lines))
        self.peer.become("".join([*lines[:at], token + "\n", *lines[at:]]))
        self.tokens.append(token)

    def push(self, arrives: bool = True) -> None:
        if self.peer.take() and arrives:
            push = self.peer.push()
            changes = [ChangeSet.from_json(one) for one in push["changes"]]
            self.document.push(self.client, 1, push["version"], push["seq"], changes)

    def pull(self) -> None:
        for update in self.document.since(self.peer.version):
            self.peer.receive(update.client, update.seq, update.changes)

    def restart(self) -> None:
        """As it is kept when it pushes: the text and what is unconfirmed."""
        peer = self.peer
        self.peer = Peer(
            peer.version,
            str(peer.confirmed),
            client=peer.client,
            seq=peer.seq,
            underway=[ChangeSet.from_json(one.to_json()) for one in peer.underway],
            waiting=[ChangeSet.from_json(one.to_json()) for one in peer.waiting],
        )

    def reset(self) -> None:
        self.peer.reset(self.document.version, str(self.document.text), self.document.seq_of(self.client))


@pytest.mark.parametrize("number", range(100))
def test_converges(number: int) -> None:
    """CL1, CL2, CL3, CL6, SY4: whatever order things happen in, lost pushes, restarts and resets among them."""
    seed = SEED or random.randrange(1, 10**9)
    print(f"SEED={seed}")
    rng = random.Random(seed)
    document = Document(1, "a.txt", "utf-8", "".join(f"line {i} 😀\n" for i in range(5)))
    sides = [Side(document, name, rng) for name in "abc"]
    for _ in range(120):
        side = rng.choice(sides)
        step = rng.choices(
            [side.edit, side.push, side.pull, lambda s=side: s.push(False), side.restart, side.reset],
            [6, 4, 4, 1, 1, 0.3],
        )[0]
        step()
    for _ in range(3):
        for side in sides:
            side.push()
            side.pull()
    for side in sides:
        side.pull()
    text = str(document.text)
    assert [str(side.peer.text) for side in sides] == [text] * 3
    assert all(side.peer.saved for side in sides)
    counts = Counter(text.splitlines())
    assert {counts[token] for side in sides for token in side.tokens} == {1}


def test_another_update_under_the_number() -> None:
    """SY9: an update that is not the one that was pushed under its number is refused."""
    peer = Peer(0, "text", client="me")
    peer.become("text!")
    peer.take()
    with pytest.raises(BadChanges, match="number"):
        peer.receive("me", 1, ChangeSet.replace(4, 0, 0, "longer"))


def test_server_forgot() -> None:
    """SY9: a server that has fewer updates than it confirmed is noticed."""
    with pytest.raises(BadChanges, match="forgotten"):
        Peer(7, "text", client="me", seq=3).reset(5, "tex", 2)


def test_renumbered() -> None:
    """CL4: what is unconfirmed goes on under another client id."""
    peer = Peer(3, "text", client="old", seq=9)
    peer.become("text!")
    peer.renumber("new", 0)
    assert peer.take()
    assert peer.push()["seq"] == 1
    assert peer.receive("new", 1, ChangeSet.replace(4, 4, 4, "!"))
    assert (str(peer.text), peer.saved, peer.version) == ("text!", True, 4)
