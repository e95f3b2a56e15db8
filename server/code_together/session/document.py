"""One text file that is being edited live, and the order of its updates: the sequencer.

Pure: it knows no clock, no socket and no disk. A room hands it pushes, makes what it accepts durable, and only then tells people.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from msgspec import Struct

from code_together.errors import BadChanges, Conflict, TooLarge
from code_together.ot.change import ChangeSet
from code_together.ot.collab import rebase
from code_together.ot.text import Text


class Update(Struct, frozen=True, gc=False):
    """One accepted change. `version` is the document's version after it, `at` the moment in milliseconds since the epoch.

    Kept from the garbage collector, as its change is.
    """

    version: int
    client: str
    seq: int
    account: int
    at: int
    changes: ChangeSet


@dataclass(frozen=True, slots=True)
class DocumentLimits:
    """`units`: UTF-16 units of a text; `mapping`: parts of a push times updates that it has to be mapped over."""

    units: int = 10_000_000
    mapping: int = 1_000_000


class HistoryNeeded(Exception):
    """The push is older than what is held in memory: give `remember` the updates after `version`, and push again."""

    def __init__(self, version: int) -> None:
        super().__init__(version)
        self.version = version


class Document:
    """A document at its newest version, with the updates that led there from `first_held` on.

    `committed` is the version that the newest revision holds; what came after it is the open window.
    """

    def __init__(
        self,
        id: int,
        path: str,
        format: str,
        text: str,
        *,
        version: int = 0,
        seqs: dict[str, int] | None = None,
        limits: DocumentLimits | None = None,
    ) -> None:
        self.id = id
        self.path = path
        self.format = format
        self.text = Text(text)
        self.version = version
        self.committed = version
        self.frozen = False
        self._seqs = seqs or {}
        self._held: list[Update] = []
        self._limits = limits or DocumentLimits()

    @property
    def first_held(self) -> int:
        """The oldest version that a push may name without `HistoryNeeded`."""
        return self.version - len(self._held)

    def seq_of(self, client: str) -> int:
        """The number of the last update accepted from this client, 0 if there is none."""
        return self._seqs.get(client, 0)

    def since(self, version: int, until: int | None = None) -> Sequence[Update]:
        """The updates after `version` up to `until` (default: all). Raises `HistoryNeeded` if they are not held."""
        first = self.first_held
        if version < first:
            raise HistoryNeeded(version)
        return self._held[version - first : None if until is None else until - first]

    def replay(self, updates: Iterable[Update]) -> None:
        """Takes up updates of the journal that follow the present version. Raises `BadChanges` if they do not fit."""
        for update in updates:
            if update.version != self.version + 1:
                raise BadChanges(f"The journal has version {update.version} after {self.version}.")
            self.text.apply(update.changes)
            self._accept(update)

    def remember(self, updates: Sequence[Update]) -> None:
        """Puts older updates of the journal before those held, so that an old push can be mapped."""
        older = [update for update in updates if update.version <= self.first_held]
        if older and older[-1].version != self.first_held:
            raise BadChanges(f"The journal ends at {older[-1].version}, not at {self.first_held}.")
        self._held[:0] = older

    def forget(self, keep: int) -> None:
        """Lets go of the oldest updates held, but for the newest `keep` and those of the open window."""
        surplus = min(len(self._held) - keep, self.committed - self.first_held)
        if surplus > 0:
            del self._held[:surplus]

    def push(
        self,
        client: str,
        account: int,
        version: int,
        seq: int,
        changes: Sequence[ChangeSet],
        at: int = 0,
    ) -> list[Update]:
        """Sequences a push: `changes`, numbered from `seq`, made one after another on the text at `version`.

        Gives the updates that were accepted now; none if all were known. Updates known from before are skipped, the rest is mapped over every
        update accepted since `version`, one at a time (SQ2). All or nothing: an error leaves the document as it was.

        Raises `BadChanges`, `Conflict` (`sequence_gap`), `TooLarge`, or `HistoryNeeded`.
        """
        if not 0 <= version <= self.version:
            raise BadChanges(
                f"The push is made on version {version}; the document is at {self.version}.",
                code="bad_version",
            )
        known = self.seq_of(client)
        if seq > known + 1:
            raise Conflict(
                f"Update {known + 1} is missing: the push begins with {seq}.",
                code="sequence_gap",
                expected=known + 1,
            )
        if seq + len(changes) <= known + 1:
            return []
        pending = self._rebased(client, version, seq, known, changes)
        accepted = [
            Update(self.version + i, client, known + i, account, at, change)
            for i, change in enumerate(pending, 1)
        ]
        self._apply(accepted)
        return accepted

    def _rebased(
        self, client: str, version: int, seq: int, known: int, changes: Sequence[ChangeSet]
    ) -> list[ChangeSet]:
        since = self.since(version)
        if len(changes) == 1 and seq == known + 1:
            # One more update of a client that has seen all of its own, as nearly every push is.
            change = changes[0]
            self._check_chain(changes, since)
            return [change.map_over(update.changes for update in since)]
        # Known updates that lie before `version` are part of the text that the push was made on; those after it are met, and
        # dropped, on the way.
        next_seq = max(seq, next((update.seq for update in since if update.client == client), known + 1))
        pending = list(changes[next_seq - seq :])
        self._check_chain(pending, since)
        for update in since:
            if update.client == client and update.seq == next_seq:
                if pending[0].new_length != update.changes.new_length:
                    raise BadChanges("An update that is sent again is not the one that was accepted.")
                del pending[0]
                next_seq += 1
            else:
                pending, _ = rebase(pending, update.changes)
        return pending

    def _check_chain(self, pending: Sequence[ChangeSet], since: Sequence[Update]) -> None:
        length = since[0].changes.length if since else len(self.text)
        parts = 0
        for change in pending:
            if change.length != length:
                raise BadChanges(f"A change is for a text of {change.length} units; there are {length}.")
            length = change.new_length
            parts += change.parts
        if len(since) * parts > self._limits.mapping:
            raise Conflict(
                "The push is too large to be mapped over all that came since; open the document again first.",
                code="too_far_behind",
            )

    def _apply(self, accepted: Sequence[Update]) -> None:
        undo: list[ChangeSet] = []
        try:
            for update in accepted:
                for text in update.changes.inserted_text():
                    if "\0" in text:
                        raise BadChanges("A text cannot hold a NUL character.")
                if update.changes.new_length > max(self._limits.units, update.changes.length):
                    raise TooLarge(
                        f"{self.path} would be longer than {self._limits.units:,} characters.",
                        code="document_too_large",
                    )
                if len(accepted) == 1:
                    self.text.apply(update.changes)
                else:
                    inverse = update.changes.invert(self.text)
                    self.text.apply(update.changes)
                    undo.append(inverse)
        except Exception:
            for inverse in reversed(undo):
                self.text.apply(inverse)
            raise
        for update in accepted:
            self._accept(update)

    def _accept(self, update: Update) -> None:
        self._held.append(update)
        self.version = update.version
        self._seqs[update.client] = update.seq
