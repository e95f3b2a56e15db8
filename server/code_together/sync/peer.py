"""One text as the client has it: confirmed, then what is under way, then what waits (CL1). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from code_together.errors import BadChanges
from code_together.ot.change import ChangeSet
from code_together.ot.collab import rebase
from code_together.ot.diff import diff
from code_together.ot.text import Text


class Peer:
    """A two-buffer client of one document.

    `confirmed` is the server's text at `version`; `seq` numbers the last own update in it, of the client id `client`.
    `underway` is pushed or may have been, numbered from `seq` + 1; `waiting` is not.
    """

    def __init__(
        self,
        version: int,
        text: str,
        *,
        client: str = "",
        seq: int = 0,
        underway: Sequence[ChangeSet] = (),
        waiting: Sequence[ChangeSet] = (),
    ) -> None:
        self.version = version
        self.client = client
        self.seq = seq
        self.confirmed = Text(text)
        self.underway = list(underway)
        self.waiting = list(waiting)
        self.text = self.confirmed.copy()
        for change in (*self.underway, *self.waiting):
            self.text.apply(change)

    @property
    def saved(self) -> bool:
        """Nothing is under way, nothing waits."""
        return not (self.underway or self.waiting)

    def edit(self, change: ChangeSet) -> None:
        """An own edit of `text`."""
        if not change.is_identity:
            self.text.apply(change)
            self.waiting = [self.waiting[0].compose(change)] if self.waiting else [change]

    def become(self, text: str) -> None:
        """An own edit that makes `text` of the text."""
        self.edit(diff(str(self.text), text))

    def take(self) -> bool:
        """What waits goes under way, if nothing is yet. Gives whether there is something to push."""
        if not self.underway:
            self.underway, self.waiting = self.waiting, []
        return bool(self.underway)

    def push(self) -> dict[str, Any]:
        """What is under way as the fields of a `push`."""
        changes = [change.to_json() for change in self.underway]
        return {"version": self.version, "seq": self.seq + 1, "changes": changes}

    def receive(self, client: str, seq: int, changes: ChangeSet) -> bool:
        """The next accepted update; gives whether it is an own one. Raises `BadChanges` if it cannot follow."""
        own = client == self.client and seq == self.seq + 1
        if own:
            self.seq += 1
        if own and self.underway:
            if self.underway[0].length != changes.length or self.underway[0].new_length != changes.new_length:
                raise BadChanges("The server has another update under this number.")
            self.confirmed.apply(changes)
            del self.underway[0]
        else:
            self._take_in(changes)
        self.version += 1
        return own

    def reset(self, version: int, text: str, seq: int) -> None:
        """The server's text at another version, without the updates between; of the own ones it has those up to `seq` (CL6).

        Raises `BadChanges` when it has fewer than were confirmed.
        """
        known = seq - self.seq
        if known < 0:
            raise BadChanges("The server has forgotten updates that it had confirmed.")
        accepted, self.underway = self.underway[:known], self.underway[known:]
        for change in accepted:
            self.confirmed.apply(change)
        self._take_in(diff(str(self.confirmed), text))
        self.version, self.seq = version, seq

    def renumber(self, client: str, seq: int) -> None:
        """What is unconfirmed goes on under another client id, of which the server has `seq` updates. Only once all missed updates are here."""
        self.client, self.seq = client, seq

    def _take_in(self, changes: ChangeSet) -> None:
        self.confirmed.apply(changes)
        self.underway, changes = rebase(self.underway, changes)
        self.waiting, changes = rebase(self.waiting, changes)
        self.text.apply(changes)
