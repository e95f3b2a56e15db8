"""The journal: turns, seqs, clients, documents and marks; and that a kill loses nothing."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from code_together.errors import Conflict
from code_together.storage.database import Database
from code_together.storage.journal import Entry, Journal, MarkedDocument

from .conftest import Store


def entry(
    document: int, version: int, *, client: str = "c", seq: int | None = None, account: int = 1
) -> Entry:
    return Entry(
        document, version, client, version if seq is None else seq, account, 1_800_000_000_000, b'[[0,"a"]]'
    )


async def append(store: Store, entries: Sequence[Entry]) -> None:
    await store.journal.append(entries)


@pytest.fixture
async def session(store: Store) -> str:
    return await store.session(await store.account())


async def test_append_and_read(store: Store, session: str) -> None:
    """JR2: what a turn appended is read back as it was, by range and in order."""
    document, other = [await store.journal.new_document(session) for _ in range(2)]
    turn = [Entry(document, v, "c\0😀", v, 1, 1_800_000_000_000 + v, bytes([v, 0, 255])) for v in range(1, 8)]
    await append(store, [*turn[::2], entry(other, 1), *turn[1::2]])
    assert await store.journal.updates(document, 0) == turn
    assert await store.journal.updates(document, 2, 5) == turn[2:5]
    assert await store.journal.updates(document, 7) == []
    assert await store.journal.updates(other, 0) == [entry(other, 1)]
    assert await store.journal.last_versions(session) == {document: 7, other: 1}


async def test_empty_turn(store: Store) -> None:
    """A turn without updates is kept without complaint."""
    await append(store, [])


async def test_a_gap_is_refused(store: Store, session: str) -> None:
    """JR8: a turn that leaves out a version, as after one that failed, is refused whole; others stand."""
    document, other = [await store.journal.new_document(session) for _ in range(2)]
    await append(store, [entry(document, 1)])
    with pytest.raises(Conflict) as refused:
        await append(store, [entry(other, 1), entry(document, 3)])
    assert refused.value.code == "journal_gap"
    assert await store.journal.last_versions(session) == {document: 1, other: 0}


async def test_version_twice_fails_alone(store: Store, session: str) -> None:
    """JR4: a turn with a version that is there already fails whole, others of the transaction stand."""
    document, other = [await store.journal.new_document(session) for _ in range(2)]
    await append(store, [entry(document, 1)])
    futures = [
        store.journal.append([entry(other, 1)]),
        store.journal.append([entry(other, 2), entry(document, 1, seq=9)]),
        store.journal.append([entry(other, 2)]),
    ]
    outcomes = await asyncio.gather(*futures, return_exceptions=True)
    assert outcomes[0] is None
    assert outcomes[2] is None
    assert isinstance(outcomes[1], sqlite3.IntegrityError)
    assert await store.journal.last_versions(session) == {document: 1, other: 2}
    assert await store.journal.seqs(document) == {"c": 1}


async def waiting_together(store: Store, turns: Sequence[Sequence[Entry]]) -> list[object]:
    """What becomes of turns that the writer finds waiting, all at once."""
    begun, go_on = threading.Event(), threading.Event()

    def hold(connection: sqlite3.Connection) -> None:
        begun.set()
        go_on.wait()

    held = store.database.submit(hold)
    await asyncio.to_thread(begun.wait)
    futures = [store.journal.append(turn) for turn in turns]
    go_on.set()
    await asyncio.wrap_future(held)
    return await asyncio.gather(*futures, return_exceptions=True)


async def test_turns_of_many_rooms_at_once(store: Store, session: str) -> None:
    """JR2, JR4: turns that wait together are all kept as they are, in however many rooms they were."""
    documents = [await store.journal.new_document(session) for _ in range(50)]
    turns = [[entry(document, 1), entry(document, 2, client="d", seq=7)] for document in documents]
    turns += [[entry(document, 3, client="d", seq=8)] for document in documents[:5]]
    transactions = store.database.writes.transactions
    assert await waiting_together(store, turns) == [None] * 55
    assert store.database.writes.transactions == transactions + 2
    for number, document in enumerate(documents):
        kept = await store.journal.updates(document, 0)
        assert kept == turns[number] + (turns[50 + number] if number < 5 else [])
        assert await store.journal.seqs(document) == {"c": 1, "d": 8 if number < 5 else 7}


@pytest.mark.parametrize("left_out", [2, 3])
async def test_a_gap_among_many_rooms(store: Store, session: str, left_out: int) -> None:
    """JR4, JR8: of turns that wait together the one that leaves out a version fails, and what would follow it; the others stand."""
    documents = [await store.journal.new_document(session) for _ in range(40)]
    assert await waiting_together(store, [[entry(one, 1)] for one in documents]) == [None] * 40
    turns = [[entry(one, version)] for version in (2, 3, 4) for one in documents]
    gap = 40 * (left_out - 2)
    del turns[gap]
    outcomes = await waiting_together(store, turns)
    failed = [turn for turn, outcome in zip(turns, outcomes, strict=True) if outcome is not None]
    assert failed == [[entry(documents[0], version)] for version in range(left_out + 1, 5)]
    assert all(isinstance(outcome, Conflict | None) for outcome in outcomes)
    versions = await store.journal.last_versions(session)
    assert versions == {one: left_out - 1 if one == documents[0] else 4 for one in documents}


@pytest.mark.parametrize("bad", [entry(999, 1), entry(1, 1, account=999), entry(1, 0)])
async def test_unknown_document_or_account(store: Store, session: str, bad: Entry) -> None:
    """JR4: an update of a document or an account that is not there, or of version 0, is refused."""
    assert await store.journal.new_document(session) == 1
    with pytest.raises(sqlite3.IntegrityError):
        await append(store, [bad])


async def test_seqs(store: Store, session: str) -> None:
    """SQ4: the last number of every client to a document is remembered, and never goes back."""
    document = await store.journal.new_document(session)
    assert await store.journal.seqs(document) == {}
    await append(store, [entry(document, 1, client="a", seq=1), entry(document, 2, client="b", seq=1)])
    await append(store, [entry(document, 3, client="a", seq=2), entry(document, 4, client="a", seq=3)])
    assert await store.journal.seqs(document) == {"a": 3, "b": 1}
    await append(store, [entry(document, 5, client="a", seq=2)])
    assert await store.journal.seqs(document) == {"a": 3, "b": 1}


async def test_numbers_outlive_marks_and_pruning(store: Store, session: str) -> None:
    """SQ4, JR9: whatever is marked, forgotten and pruned between: each client's last number is known."""
    seed = random.randrange(2**32)
    print("seed", seed)
    chance = random.Random(seed)
    documents = [await store.journal.new_document(session) for _ in range(2)]
    versions, reached = dict.fromkeys(documents, 0), {document: dict[str, int]() for document in documents}
    marks: list[int] = []
    for _ in range(120):
        document = chance.choice(documents)
        match chance.choice(["typed", "typed", "typed", "marked", "pruned", "lost"]):
            case "typed":
                turn = []
                for _ in range(chance.randint(1, 5)):
                    client = chance.choice("abc")
                    versions[document] += 1
                    reached[document][client] = seq = reached[document].get(client, 0) + 1
                    turn.append(entry(document, versions[document], client=client, seq=seq))
                await append(store, turn)
            case "marked":
                at = chance.randint(versions[document] - versions[document] // 4, versions[document])
                marks.append(
                    await store.journal.mark(session, "c" * 40, [MarkedDocument(document, "a", at, "utf-8")])
                )
            case "pruned":
                if marks:
                    await store.journal.prune(session, chance.choice(marks), chance.randint(1, 20))
            case "lost":
                if marks and chance.random() < 0.3:
                    marks.pop()
                    await store.journal.drop_marks_after(session, marks[-1] if marks else None)
        for one in documents:
            assert await store.journal.seqs(one) == reached[one]


async def test_document_ids_are_for_good(store: Store, session: str) -> None:
    """A document id is not given again, though its session is deleted."""
    first = await store.journal.new_document(session)
    await store.sessions.delete(session)
    again = await store.session((await store.accounts.all())[0])
    assert await store.journal.new_document(again) > first


async def test_clients(store: Store, session: str) -> None:
    """RM4: a client id is random, url-safe and remembered with the account and session it was issued to."""
    one, two = [await store.journal.new_client(session, 1) for _ in range(2)]
    assert one != two
    assert len(one) == 22
    assert set(one) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")
    assert await store.journal.client_owner(one) == (session, 1)
    assert await store.journal.client_owner("guessed") is None


async def test_marks(store: Store, session: str) -> None:
    """WN1: marks are listed newest first, those of a session alone, and can be dropped from the newest on."""
    other = await store.session((await store.accounts.all())[0])
    ids = [await store.journal.mark(session, f"commit{n}", []) for n in range(4)]
    await store.journal.mark(other, "elsewhere", [])
    marks = await store.journal.marks(session)
    assert [(mark.id, mark.commit) for mark in marks] == [(ids[n], f"commit{n}") for n in (3, 2, 1, 0)]
    assert abs(marks[0].at - time.time()) < 60
    assert [mark.id for mark in await store.journal.marks(session, 2)] == [ids[3], ids[2]]
    await store.journal.drop_marks_after(session, ids[1])
    assert [mark.id for mark in await store.journal.marks(session)] == [ids[1], ids[0]]
    assert await store.journal.mark(session, "later", []) > ids[3], "a dropped mark's id is not used again"
    await store.journal.drop_marks_after(session, None)
    assert await store.journal.marks(session) == []
    assert len(await store.journal.marks(other)) == 1


async def test_state(store: Store, session: str) -> None:
    """WN1: the state at a mark is each document's newest row at or before it; deleted files are left out."""
    a, b, c = [await store.journal.new_document(session) for _ in range(3)]
    rows = [
        [MarkedDocument(a, "a.py", 1, "utf-8"), MarkedDocument(b, "b.py", 0, "utf-8 crlf")],
        [MarkedDocument(a, "src/a.py", 5, "utf-8")],
        [MarkedDocument(b, None, 0, "utf-8 crlf"), MarkedDocument(c, "c.py", 2, "cp1252")],
    ]
    marks = [await store.journal.mark(session, f"commit{n}", documents) for n, documents in enumerate(rows)]
    assert await store.journal.state(session, marks[0]) == rows[0]
    assert await store.journal.state(session, marks[1]) == [rows[0][1], rows[1][0]]
    assert await store.journal.state(session, marks[2]) == [rows[2][1], rows[1][0]]
    assert await store.journal.state(session, marks[0] - 1) == []
    await store.journal.drop_marks_after(session, marks[1])
    assert await store.journal.state(session, marks[2]) == [rows[0][1], rows[1][0]]


async def test_pruning(store: Store, session: str) -> None:
    """JR9: the oldest updates that a mark holds go, a few at a time; never one beyond it, never the newest of a document."""
    journal = store.journal
    a, b, c = [await journal.new_document(session) for _ in range(3)]
    await append(store, [entry(d, v) for d in (a, b) for v in range(1, 11)])
    old = await journal.mark(
        session, "old", [MarkedDocument(a, "a.py", 6, "utf-8"), MarkedDocument(b, "b.py", 10, "utf-8")]
    )
    await journal.mark(session, "new", [MarkedDocument(a, "a.py", 9, "utf-8")])
    assert await journal.prunable(1_800_000_001) == {session: await journal.marks(session)}
    assert await journal.prunable(1_799_999_999) == {}
    assert [await journal.prune(session, old, 4) for _ in range(5)] == [4, 4, 4, 3, 0]
    assert [one.version for one in await journal.updates(a, 0)] == [7, 8, 9, 10]
    assert [one.version for one in await journal.updates(b, 0)] == [10]
    assert await journal.last_versions(session) == {a: 10, b: 10, c: 0}
    assert await journal.seqs(a) == {"c": 10}
    await append(store, [entry(a, 11), entry(b, 11)])


async def test_add_to_mark(store: Store, session: str) -> None:
    """A file that got its document id after its commit was marked is in the state of that mark, too."""
    mark = await store.journal.mark(session, "commit", [])
    late = MarkedDocument(await store.journal.new_document(session), "late.py", 0, "utf-8")
    await store.journal.add_to_mark(mark, [late])
    await store.journal.add_to_mark(mark, [late])
    assert await store.journal.state(session, mark) == [late]


async def test_state_is_the_naive_one(store: Store, session: str) -> None:
    """WN1: over random marks, renames, deletions and drops the state is what replaying the rows gives."""
    seed = random.randrange(2**32)
    print("seed", seed)
    chance = random.Random(seed)
    documents = [await store.journal.new_document(session) for _ in range(6)]
    history: list[tuple[int, list[MarkedDocument]]] = []
    for step in range(60):
        if history and chance.random() < 0.1:
            keep = chance.randrange(len(history))
            await store.journal.drop_marks_after(session, history[keep][0])
            history = history[: keep + 1]
        touched = [
            MarkedDocument(d, None if chance.random() < 0.3 else f"{d}-{step}.py", step, "utf-8")
            for d in chance.sample(documents, chance.randrange(4))
        ]
        history.append((await store.journal.mark(session, f"commit{step}", touched), touched))
        until = chance.randrange(len(history))
        state = {row.document: row for _, rows in history[: until + 1] for row in rows}
        expected = sorted(
            (row for row in state.values() if row.path is not None), key=lambda row: str(row.path)
        )
        assert await store.journal.state(session, history[until][0]) == expected


async def test_session_takes_its_journal_along(store: Store, session: str) -> None:
    """Deleting a session leaves nothing of its journal behind, and nothing of another's is touched."""
    other = await store.session((await store.accounts.all())[0])
    for here in (session, other):
        document = await store.journal.new_document(here)
        await append(store, [entry(document, 1)])
        await store.journal.mark(here, "commit", [MarkedDocument(document, "a", 1, "utf-8")])
        await store.journal.new_client(here, 1)
    await store.sessions.delete(session)

    def work(connection: sqlite3.Connection) -> list[int]:
        names = ("documents", "updates", "client_seqs", "clients", "marks", "mark_documents")
        return [connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in names]

    assert await store.database.read(work) == [1] * 6


WRITER = """
import asyncio, sys
from pathlib import Path
from code_together.storage.database import Database
from code_together.storage.journal import Entry, Journal
folder, documents, first = Path(sys.argv[1]), [int(d) for d in sys.argv[2].split(",")], [int(v) for v in sys.argv[3].split(",")]
journal = Journal(Database.open(folder))
print("open", flush=True)
async def room(document, version):
    while True:
        turn = [Entry(document, version + n, f"c{document}", version + n, 1, 0, b"%d" % (version + n)) for n in range(3)]
        await journal.append(turn)
        version += 3
        sys.stdout.write(f"{document} {version - 1}\\n")
        sys.stdout.flush()
async def rooms():
    await asyncio.gather(*(room(document, version) for document, version in zip(documents, first)))
asyncio.run(rooms())
"""


def test_kill_loses_nothing(tmp_path: Path) -> None:
    """JR1, JR2: after a kill at any moment every acknowledged turn is there, and no half turn is."""
    seed = random.randrange(2**32)
    print("seed", seed)
    chance = random.Random(seed)

    async def prepare() -> list[int]:
        database = Database.open(tmp_path)
        await database.write(
            lambda c: c.execute(
                "INSERT INTO accounts (id, name, display_name, color, password, created_at) VALUES (1, 'a', 'a', 1, '', 0)"
            )
        )
        await database.write(
            lambda c: c.execute("INSERT INTO sessions VALUES ('s', 't', 'private', 0, 0, 0, 'viewer')")
        )
        documents = [await Journal(database).new_document("s") for _ in range(4)]
        database.close()
        return documents

    documents = asyncio.run(prepare())
    kept = dict.fromkeys(documents, 0)
    acknowledged = 0
    for _ in range(10):
        arguments = [",".join(map(str, documents)), ",".join(str(kept[d] + 1) for d in documents)]
        child = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path), *arguments], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        assert child.stdout.readline() == "open\n"
        time.sleep(chance.random() * 0.1)
        child.kill()
        output, _ = child.communicate()
        said = dict(kept)
        for line in output.splitlines(keepends=True):
            if line.endswith("\n"):
                document, version = map(int, line.split())
                said[document] = version
                acknowledged += 1

        async def look() -> tuple[dict[int, int], dict[int, list[Entry]], list[dict[str, int]]]:
            database = Database.open(tmp_path)
            journal = Journal(database)
            versions = await journal.last_versions("s")
            updates = {d: await journal.updates(d, 0) for d in documents}
            seqs = [await journal.seqs(d) for d in documents]
            database.close()
            return versions, updates, seqs

        kept, updates, seqs = asyncio.run(look())
        for document, seq in zip(documents, seqs, strict=True):
            version = kept[document]
            assert version >= said[document]
            assert version % 3 == 0, "a turn of three is there whole"
            assert [e.version for e in updates[document]] == list(range(1, version + 1))
            assert [e.changes for e in updates[document]] == [b"%d" % v for v in range(1, version + 1)]
            assert seq == ({f"c{document}": version} if version else {})
    assert acknowledged > 100
